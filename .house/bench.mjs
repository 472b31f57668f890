// `npm run bench -- AREA`: runs test/bench/AREA.bench.ts with Node 24. Without an area it lists them.

import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { environment, places, root } from "./environment.mjs";
import { setUp } from "./setup.mjs";
import { main, StepFailed } from "./steps.mjs";

const folder = path.join(root, "test", "bench");

function areaNames() {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) => /^(.+)\.bench\.ts$/.exec(name)?.[1] ?? []);
}

await main(async () => {
  const [area, ...rest] = process.argv.slice(2);
  const names = areaNames();
  if (!names.includes(area)) {
    const came = area === undefined ? "no area was given" : `there is no bench "${area}"`;
    throw new StepFailed(`npm run bench -- AREA: ${came}; areas: ${names.join(", ") || "none yet"}.`);
  }
  await setUp({ test: true });
  const bench = spawn(places.node, [path.join(folder, `${area}.bench.ts`), ...rest], {
    cwd: root,
    env: environment("bench"),
    stdio: "inherit",
  });
  return await new Promise((resolve, reject) => {
    bench.on("error", reject);
    bench.on("exit", (code) => resolve(code ?? 1));
  });
});

/** The commands of docs/kernel.md run something: their files are there, and each `-t` names a test in them. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";

const root = path.resolve(import.meta.dirname, "../..");
const text = readFileSync(path.join(root, "docs", "kernel.md"), "utf8");
const tests = [...text.matchAll(/`vitest run (\S+\.test\.ts)(?: -t "([^"]+)")?`/g)];
const benches = [...text.matchAll(/`npm run bench -- (\w+)`/g)];

test.each(tests.map(([, file, titles]) => [file!, titles ?? ""]))(
  "vitest run %s -t '%s' finds tests",
  (file, titles) => {
    const source = readFileSync(path.join(root, file), "utf8");
    for (const title of titles.split("\\|").filter(Boolean)) expect(source).toContain(title);
  },
);

test("the benches are there, and the table is not empty", () => {
  expect(benches.length).toBeGreaterThan(0);
  for (const [, area] of benches)
    expect(existsSync(path.join(root, "test", "bench", `${area}.bench.ts`)), area).toBe(true);
  expect(tests.length).toBeGreaterThan(30);
});

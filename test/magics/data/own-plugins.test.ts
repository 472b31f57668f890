import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { RunView } from "@lepton/contract";
import { createPlugins } from "@lepton/magics";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadMagics } from "../../../kernel/load-magics.ts";
import { addOwnPlugins, ownPluginNames } from "../../../magics/data/own-plugins.ts";
import { type FakeHost, fakeHost } from "../fake-host.ts";

const made: string[] = [];
function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), "lepton-plugins-"));
  made.push(folder);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
  return folder;
}
const settings = (lepton: unknown) => JSON.stringify({ lepton });
const tracker = (name: string, parts = "") =>
  `const tracker = { name: "${name}", async onStart() {}, async onEvent() {}, async onEnd() {}, ${parts} };
   export default { name: "${name}", contract: 1, trackers: [tracker] };`;

/** Answers as MLflow does and remembers what it was asked. */
const asked: { readonly url: string; readonly body: Record<string, unknown> }[] = [];
let mlflow: Server;
const hosts: FakeHost[] = [];

beforeAll(async () => {
  mlflow = createServer((request, reply) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      asked.push({ url: request.url ?? "", body: JSON.parse(Buffer.concat(parts).toString()) });
      reply.end(JSON.stringify({ run: { info: { run_id: "r1" } } }));
    });
  });
  await new Promise<void>((resolve) => mlflow.listen(0, "127.0.0.1", resolve));
  process.env["MLFLOW_TRACKING_URI"] = `http://127.0.0.1:${(mlflow.address() as AddressInfo).port}`;
});
afterAll(async () => {
  delete process.env["MLFLOW_TRACKING_URI"];
  mlflow.close();
  for (const host of hosts) await host.shutdown(false);
  for (const folder of made) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** Trains on a few rows in a folder, with the plugins that its package.json names. */
async function trainIn(folder: string): Promise<RunView> {
  const rows = Array.from({ length: 60 }, (_, i) => `${i % 7},${(i * 5) % 11},${i % 2 === 0 ? "yes" : "no"}`);
  writeFileSync(path.join(folder, "table.csv"), `a,b,answer\n${rows.join("\n")}\n`);
  const host = fakeHost(folder);
  hosts.push(host);
  const magics = await loadMagics();
  await magics.start(host);
  await magics.run({ line: "features table.csv --target answer --as data" });
  const run = (await magics.run({ line: "train data --model logistic --epochs 2 --as run" })) as { view(): RunView };
  return run.view();
}

test("the tracker of docs/plugins.md, in TypeScript beside the notebook, sends a run to MLflow", async () => {
  const docs = readFileSync(path.join(import.meta.dirname, "../../../docs/plugins.md"), "utf8");
  const text = /```ts\n(.*?)```/s.exec(docs)![1]!;
  const view = await trainIn(folderWith({ "mlflow.ts": text, "package.json": settings({ plugins: ["./mlflow.ts"] }) }));
  expect([view.state, view.messages]).toEqual(["finished", []]);
  const calls = asked.map(({ url }) => url.replace("/api/2.0/mlflow/", ""));
  expect(calls[0]).toBe("runs/create");
  expect(asked[0]!.body).toMatchObject({ run_name: "run" });
  expect(asked[1]!.body).toMatchObject({ params: expect.arrayContaining([{ key: "epochs", value: "2" }]) });
  const metrics = asked.flatMap(
    ({ body }) => (body["metrics"] ?? []) as { key: string; value: number; step: number }[],
  );
  const sent = metrics.findLast(({ key }) => key === "validation_rocAuc")!;
  const drawn = view.series.find(({ name, split }) => name === "rocAuc" && split === "validation")!;
  expect(sent.value).toBe(drawn.y.at(-1));
  expect(calls.at(-1)).toBe("runs/update");
  expect(asked.at(-1)!.body).toMatchObject({ run_id: "r1", status: "FINISHED" });
}, 120_000);

test("a tracker that cannot start fails the run with its words; one that fails later only warns", async () => {
  const refusing = tracker("strict", 'async onStart() { throw new Error("no server at 10.0.0.1"); }');
  const one = await trainIn(folderWith({ "t.js": refusing, "package.json": settings({ plugins: ["./t.js"] }) })).catch(
    (error: Error) => error.message,
  );
  expect(JSON.stringify(one)).toContain("tracker strict could not start: no server at 10.0.0.1.");
  const tiring = tracker("tired", 'onEvent() { throw new Error("enough"); }');
  const two = await trainIn(folderWith({ "t.js": tiring, "package.json": settings({ plugins: ["./t.js"] }) }));
  expect(two.state).toBe("finished");
  expect(two.messages).toEqual(["tracker tired failed and sees no more of this run: enough."]);
}, 120_000);

test("a package that exports for import only is found from the notebook's folder, once", async () => {
  const folder = folderWith({
    "node_modules/lepton-tracker/package.json": JSON.stringify({
      name: "lepton-tracker",
      type: "module",
      exports: { import: "./main.js" },
    }),
    "node_modules/lepton-tracker/main.js": tracker("packaged"),
    "package.json": settings({ plugins: ["lepton-tracker", "./near.ts"] }),
    "near.ts": tracker("near"),
  });
  // In a process of its own: here vitest resolves imports, not Node.
  const source = (file: string) => JSON.stringify(pathToFileURL(path.join(import.meta.dirname, "../../..", file)).href);
  const script = `
    import { addOwnPlugins } from ${source("magics/data/own-plugins.ts")};
    import { createPlugins, pluginsForRuns } from ${source("magics/plugins.ts")};
    const plugins = createPlugins();
    for (let i = 0; i < 2; i++) await addOwnPlugins(plugins, ${JSON.stringify(folder)});
    console.log(JSON.stringify([plugins.trackers().map(({ name }) => name), pluginsForRuns(plugins)]));`;
  const told = execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  expect(JSON.parse(told)).toEqual([
    ["packaged", "near"],
    ["lepton-tracker", "../../../near.ts"],
  ]);
});

test("a plugin that did not load is there once it is mended", async () => {
  const folder = folderWith({
    "package.json": settings({ plugins: ["./t.js"] }),
    "t.js": 'throw new Error("half done");',
  });
  const plugins = createPlugins();
  await expect(addOwnPlugins(plugins, folder)).rejects.toThrow("plugin ./t.js does not load: half done; mend it");
  writeFileSync(path.join(folder, "t.js"), tracker("whole"));
  await addOwnPlugins(plugins, folder);
  expect(plugins.trackers().map(({ name }) => name)).toEqual(["whole"]);
});

test("so is one whose helper did not load, with what that helper imports", () => {
  const plugin = tracker("whole").replace('name: "whole"', "name");
  const folder = folderWith({
    "package.json": settings({ plugins: ["./t.ts"] }),
    "t.ts": `import { name } from "./lib/helper.ts";\n${plugin}`,
    "lib/helper.ts": 'throw new Error("half done"); export const name = "";',
  });
  const later = [
    ["lib/helper.ts", 'export { name } from "./deep.ts";'],
    ["lib/deep.ts", "export const name = ;"],
    ["lib/deep.ts", 'export const name: string = "deep";'],
  ];
  // In a process of its own: here vitest resolves imports, not Node.
  const source = (file: string) => JSON.stringify(pathToFileURL(path.join(import.meta.dirname, "../../..", file)).href);
  const script = `
    import { writeFileSync } from "node:fs";
    import { addOwnPlugins } from ${source("magics/data/own-plugins.ts")};
    import { createPlugins } from ${source("magics/plugins.ts")};
    const [plugins, told] = [createPlugins(), []];
    const load = () => addOwnPlugins(plugins, ${JSON.stringify(folder)}).catch(({ message }) => told.push(message.split("; ")[0]));
    for (const [name, text] of ${JSON.stringify(later)}) {
      await load();
      writeFileSync(${JSON.stringify(`${folder}/`)} + name, text);
    }
    await load();
    console.log(JSON.stringify([told, plugins.trackers().map(({ name }) => name)]));`;
  const output = execFileSync(process.execPath, ["--input-type=module", "-e", script], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [told, names] = JSON.parse(output) as [string[], string[]];
  expect(told).toEqual([
    "plugin ./t.ts does not load: half done",
    expect.stringMatching(/^plugin \.\/t\.ts does not load: Cannot find module .*deep\.ts/),
    expect.stringMatching(/^plugin \.\/t\.ts does not load: .*xpression/),
  ]);
  expect(names).toEqual(["deep"]);
});

test("opening a notebook loads no plugin of its folder; the first verb does", async () => {
  const folder = folderWith({
    "mark.js": `import { writeFileSync } from "node:fs"; writeFileSync(new URL("./ran", import.meta.url), "");\n${tracker("mark")}`,
    "package.json": settings({ plugins: ["./mark.js"] }),
  });
  const ran = () => {
    try {
      return readFileSync(path.join(folder, "ran"), "utf8") === "";
    } catch {
      return false;
    }
  };
  const host = fakeHost(folder);
  hosts.push(host);
  const magics = await loadMagics();
  await magics.start(host);
  await magics.complete("train --eng", 11);
  expect(ran()).toBe(false);
  await magics.run({ line: "runs" });
  expect(ran()).toBe(true);
});

test.each([
  ["no package.json", undefined, []],
  ["a package.json without lepton", "{}", []],
  ["an empty list", settings({ plugins: [] }), []],
  ["a name", settings({ plugins: ["x"] }), ["x"]],
])("%s", (_, text, expected) => {
  const folder = folderWith(text === undefined ? {} : { "package.json": text });
  expect(ownPluginNames(folder)).toEqual(expected);
});

test.each([
  ["a file that is no JSON", "{", "LEPTON_FILE_FORMAT", "package.json is not JSON"],
  ["an unknown setting", settings({ plugin: ["x"] }), "LEPTON_PLUGIN", 'no setting "plugin"; did you mean "plugins"?'],
  [
    "a name that is no list",
    settings({ plugins: "x" }),
    "LEPTON_PLUGIN",
    'must be a list of files and packages, such as ["./tracker.ts"], got "x"',
  ],
  ["a list with a number", settings({ plugins: [3] }), "LEPTON_PLUGIN", "must be a list of files and packages"],
  ["lepton that is a list", settings(["x"]), "LEPTON_PLUGIN", '"lepton" must be an object with "plugins"'],
  [
    "a file that is not there",
    settings({ plugins: ["./gone.ts"] }),
    "LEPTON_PLUGIN",
    "plugin ./gone.ts does not load: Cannot find module",
  ],
  [
    "a plugin of our own name",
    settings({ plugins: ["./empty.js"] }),
    "LEPTON_PLUGIN",
    "plugin ./empty.js: its default export must be an object",
  ],
])("%s is told with what to do", async (_, text, code, sentence) => {
  const folder = folderWith({ "package.json": text, "empty.js": "export const nothing = 0;" });
  const refused = addOwnPlugins(createPlugins(), folder);
  await expect(refused).rejects.toMatchObject({ code, message: expect.stringContaining(sentence) });
});

/** STYLE.md, section 3: what code in a folder may import. Reads every import of every file. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { type Import, importsOf, isNode, packageOf, root, sourceFiles } from "./imports.ts";

interface Zone {
  readonly name: string;
  readonly holds: (file: string) => boolean;
  /** Our own parts that it may import besides itself; null for anything. */
  readonly ours: readonly string[] | null;
  /** What its messages say. */
  readonly law: string;
  readonly node: boolean;
}

/** Entry points put everything together. */
const entries = ["kernel/main.ts", "kernel/run.ts", "kernel/cli.ts", "kernel/load-magics.ts"];
const inside = (folder: string) => (file: string) => file.startsWith(`${folder}/`);

const plugin = (name: string): Zone => ({
  name: `plugins/${name}`,
  holds: inside(`plugins/${name}`),
  ours: ["kernel/contract", "magics/graph"],
  law: "plugins may import contract and magics/graph",
  node: true,
});

const pluginNames = readdirSync(path.join(root, "plugins"));

/** The first zone that holds a file is its zone. */
const zones: readonly Zone[] = [
  { name: "tests", holds: inside("test"), ours: null, law: "", node: true },
  { name: "root", holds: (file) => !file.includes("/"), ours: null, law: "", node: true },
  { name: "entry points", holds: (file) => entries.includes(file), ours: null, law: "", node: true },
  {
    name: "kernel/contract",
    holds: inside("kernel/contract"),
    ours: [],
    law: "the contract may import nothing",
    node: false,
  },
  { name: "kernel", holds: inside("kernel"), ours: ["kernel/contract"], law: "kernel may import contract", node: true },
  {
    name: "magics/graph",
    holds: inside("magics/graph"),
    ours: ["kernel/contract"],
    law: "magics/graph may import contract",
    node: false,
  },
  {
    name: "magics",
    holds: inside("magics"),
    ours: ["kernel/contract", "magics/graph"],
    law: "magics may import contract and magics/graph",
    node: true,
  },
  ...pluginNames.map(plugin),
  {
    name: "extension",
    holds: inside("extension"),
    ours: ["kernel/contract"],
    law: "the extension may import contract",
    node: false,
  },
];

/** Packages that magics must not know: sockets of Jupyter, an engine's library, DuckDB's API. */
const vendors = /^(zeromq|onnxruntime-(node|web|common)|@duckdb\/|@jupyterlab\/|fastify$)/;

/** Stages of magics in the order of the data; a stage may import itself and those before it. Pictures come before all: they draw contract types. */
const stages = ["draw", "data", "features", "nn", "optim", "train", "sweep", "compare", "card", "deploy", "about"];

const workspaces: Readonly<Record<string, string>> = {
  "@lepton/contract": "kernel/contract",
  "@lepton/graph": "magics/graph",
  "@lepton/magics": "magics",
  "@lepton/kernel": "kernel",
  ...Object.fromEntries(pluginNames.map((name) => [`@lepton/${name}`, `plugins/${name}`])),
};

const zoneOf = (file: string): Zone | undefined => zones.find((zone) => zone.holds(file));

/** Where an import leads: a zone's name of ours, or undefined for a package of others. */
function targetOf({ file, specifier }: Import): string | undefined {
  if (specifier.startsWith("."))
    return zoneOf(path.posix.join(path.posix.dirname(file), specifier))?.name ?? "outside the zones";
  return workspaces[packageOf(specifier)];
}

function violations(one: Import): string[] {
  const zone = zoneOf(one.file);
  if (!zone) return [`${one.file} is in no zone of STYLE.md 3`];
  if (zone.ours === null) return [];
  return [crossing(one, zone), outside(one, zone), backwards(one)].filter((text) => text !== undefined);
}

function crossing(one: Import, zone: Zone): string | undefined {
  const target = targetOf(one);
  if (target === undefined || target === zone.name || zone.ours?.includes(target)) return undefined;
  return `${one.file} imports ${target}; ${zone.law}`;
}

function outside(one: Import, zone: Zone): string | undefined {
  if (one.specifier.startsWith(".") || targetOf(one) !== undefined) return undefined;
  if (isNode(one.specifier)) {
    return zone.node ? undefined : `${one.file} imports ${one.specifier}; ${zone.name} may not know Node`;
  }
  if (zone.name === "kernel/contract") return `${one.file} imports ${one.specifier}; ${zone.law}`;
  if (zone.name.startsWith("magics") && vendors.test(one.specifier)) {
    return `${one.file} imports ${one.specifier}; magics may not know sockets, an engine's library or DuckDB's API`;
  }
  const name = packageOf(one.specifier);
  return declared(one.file).has(name) ? undefined : `${one.file} imports ${name}, which its package.json does not list`;
}

/** Dependencies of the nearest package.json above a file. */
function declared(file: string): ReadonlySet<string> {
  let folder = path.dirname(path.join(root, file));
  while (!existsSync(path.join(folder, "package.json"))) folder = path.dirname(folder);
  const manifest = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8")) as Record<string, object>;
  return new Set(
    ["dependencies", "devDependencies", "peerDependencies"].flatMap((kind) => Object.keys(manifest[kind] ?? {})),
  );
}

/** A stage of magics that imports a later one. Files of magics itself put stages together, but a stage may use the small shared ones. */
const shared = ["verb.ts", "folder.ts", "plugins.ts", "names.ts"];

function backwards({ file, specifier }: Import): string | undefined {
  const from = stageOf(file);
  if (from === undefined || !specifier.startsWith(".")) return undefined;
  const target = path.posix.join(path.posix.dirname(file), specifier);
  if (!target.startsWith("magics/")) return undefined;
  const to = stageOf(target);
  if (to === undefined) {
    if (shared.includes(target.slice("magics/".length)) || from === "about") return undefined;
    return `${file} imports ${target}, which puts stages together; a stage may import ${shared.join(", ")} of magics`;
  }
  if (stages.indexOf(to) <= stages.indexOf(from)) return undefined;
  return `${file} imports ${to}, a later stage than ${from}; a later stage may import an earlier one, never the reverse`;
}

function stageOf(file: string): string | undefined {
  // A run's card belongs to train, which writes it (STYLE.md 2); the verb `card` also takes a study. The other pictures draw what they are handed.
  if (file.startsWith("magics/draw/card/")) return "train";
  if (file === "magics/draw/run-card.ts") return "card";
  const name = /^magics\/([a-z]+)\//.exec(file)?.[1];
  return name !== undefined && stages.includes(name) ? name : undefined;
}

const all = sourceFiles().flatMap((file) => importsOf(file));

test("every import goes in the direction that STYLE.md section 3 allows", () => {
  expect(all.length).toBeGreaterThan(200);
  expect([...new Set(all.flatMap(violations))]).toEqual([]);
});

test("every source file is in a zone", () => {
  const outsiders = sourceFiles().filter((file) => !zoneOf(file));
  expect(outsiders).toEqual([]);
});

const written = (file: string, specifier: string) => violations({ file, specifier, typeOnly: false });

test.each([
  [
    "plugins/engine-onnx/engine.ts",
    "@lepton/magics",
    "plugins/engine-onnx/engine.ts imports magics; plugins may import contract and magics/graph",
  ],
  [
    "plugins/server/serve.ts",
    "../target-local/index.ts",
    "plugins/server/serve.ts imports plugins/target-local; plugins may import contract and magics/graph",
  ],
  ["kernel/cells/run.ts", "@lepton/magics", "kernel/cells/run.ts imports magics; kernel may import contract"],
  ["kernel/contract/cell.ts", "node:fs", "kernel/contract/cell.ts imports node:fs; kernel/contract may not know Node"],
  [
    "magics/graph/stages/encode.ts",
    "node:crypto",
    "magics/graph/stages/encode.ts imports node:crypto; magics/graph may not know Node",
  ],
  [
    "magics/graph/tensor.ts",
    "../data/open.ts",
    "magics/graph/tensor.ts imports magics; magics/graph may import contract",
  ],
  [
    "magics/train/loop.ts",
    "onnxruntime-node",
    "magics/train/loop.ts imports onnxruntime-node; magics may not know sockets, an engine's library or DuckDB's API",
  ],
  [
    "magics/features/plan.ts",
    "../train/loop.ts",
    "magics/features/plan.ts imports train, a later stage than features; a later stage may import an earlier one, never the reverse",
  ],
  ["magics/train/loop.ts", "left-pad", "magics/train/loop.ts imports left-pad, which its package.json does not list"],
  ["extension/src/index.ts", "node:fs", "extension/src/index.ts imports node:fs; extension may not know Node"],
])("this test would see %s importing %s", (file, specifier, message) => {
  expect(written(file, specifier)).toEqual([message]);
});

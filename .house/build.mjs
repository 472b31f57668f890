// Bundles the entry points into build/lepton/, one flat folder. In source and in the build alike a worker lies beside the file that starts
// it: `new URL("./NAME" + path.extname(import.meta.url), import.meta.url)` finds NAME.ts here and NAME.js there. An entry's file name is its output's name.

import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** Entry points; those that do not exist yet are left out. */
const entries = [
  "kernel/main.ts",
  "kernel/run.ts",
  "kernel/cli.ts",
  "kernel/wire/wire-worker.ts",
  "kernel/language/language-worker.ts",
  "magics/features/features-worker.ts",
  "plugins/server/serve.ts",
  "plugins/engine-onnx/webgpu-probe.ts",
];

/** Our workspaces are bundled, packages of others are found in node_modules. */
const packagesOfOthersStayOutside = {
  name: "packages-of-others-stay-outside",
  setup(b) {
    b.onResolve({ filter: /^[^./]/ }, (args) => {
      if (args.kind === "entry-point" || args.path.startsWith("@lepton/") || path.isAbsolute(args.path))
        return undefined;
      return { path: args.path, external: true };
    });
  },
};

/**
 * Node's own modules without their ES module facade: making it reads every getter, and that of fs alone loads streams (14 ms before a kernel's first
 * thread starts), that of crypto web crypto. Each importer has its own line, since one shared by all would be a file to load.
 */
const nodeWithoutFacade = {
  name: "node-without-facade",
  setup(b) {
    b.onResolve({ filter: /^node:/ }, ({ path, importer }) => ({
      path: `${path} in ${importer.slice(root.length + 1)}`,
      namespace: "node",
      pluginData: path,
      sideEffects: false,
    }));
    b.onLoad({ filter: /.*/, namespace: "node" }, ({ pluginData }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(pluginData)});`,
    }));
  },
};

/**
 * TypeScript is a file beside ours, made smaller: V8 keeps a script's text, and of a package that a module imports it keeps it twice (18 MB). Its
 * declaration files stay in its package.
 */
const typescriptBeside = {
  name: "typescript-beside",
  setup(b) {
    b.onResolve({ filter: /^typescript$/ }, () => ({ path: "typescript", namespace: "beside" }));
    b.onLoad({ filter: /.*/, namespace: "beside" }, () => ({
      contents: `import { createRequire } from "node:module";
export default createRequire(import.meta.url)("./typescript.cjs");`,
    }));
  },
};

async function buildTypescript(esbuild, out, before) {
  const source = createRequire(import.meta.url).resolve("typescript");
  const [known, outfile] = [path.join(before, "typescript.cjs"), path.join(out, "typescript.cjs")];
  if (existsSync(known) && statSync(known).mtimeMs > statSync(source).mtimeMs) return copyFileSync(known, outfile);
  await esbuild({
    entryPoints: [source],
    outfile,
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node24",
    minify: true,
    legalComments: "inline",
    logLevel: "warning",
  });
}

/** The server as one file by itself, which deploy copies into a deployed folder, and the versions of the packages it needs. */
async function buildServerFile(esbuild, out) {
  await esbuild({
    absWorkingDir: root,
    entryPoints: ["plugins/server/serve.ts"],
    outfile: path.join(out, "server.mjs"),
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    logLevel: "warning",
    plugins: [packagesOfOthersStayOutside],
  });
  copyFileSync(path.join(root, "plugins/server/package.json"), path.join(out, "server-package.json"));
}

/** A cell's `const performance = ...` stands before the global of that name in every script of its thread: ours says which one it means. */
const globals = Object.getOwnPropertyNames(globalThis).filter(
  (name) => !/^(globalThis|global|undefined|NaN|Infinity|eval)$/.test(name),
);
const ownGlobals = Object.fromEntries(globals.map((name) => [name, `globalThis.${name}`]));

export async function build({ quiet = false } = {}) {
  const { build: esbuild } = await import("esbuild");
  const out = process.env.LEPTON_BUILD ?? path.join(root, "build", "lepton");
  const fresh = `${out}.${process.pid}`;
  const started = performance.now();
  await esbuild({
    absWorkingDir: root,
    entryPoints: entries.filter((entry) => existsSync(path.join(root, entry))),
    outdir: fresh,
    entryNames: "[name]",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node24",
    sourcemap: true,
    define: ownGlobals,
    logLevel: "warning",
    plugins: [nodeWithoutFacade, typescriptBeside, packagesOfOthersStayOutside],
  });
  await buildServerFile(esbuild, fresh);
  await buildTypescript(esbuild, fresh, out);
  rmSync(out, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  renameSync(fresh, out);
  if (!quiet) console.log(`built build/lepton in ${Math.round(performance.now() - started)} ms`);
  return out;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();

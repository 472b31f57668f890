/**
 * The server as one file, for a deployed folder to run by itself. Enters: nothing; leaves: `server.mjs` and the versions of the packages it needs. In the
 * build both lie beside this file; in source they are made from plugins/server (a path, not an import: magics know no plugin).
 */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

export interface ServerFile {
  readonly code: Uint8Array;
  /** npm package ─► version. */
  readonly dependencies: Readonly<Record<string, string>>;
}

const isSource = import.meta.url.endsWith(".ts");
const beside = (name: string) => new URL(name, import.meta.url);
let made: Promise<ServerFile> | undefined;

/** Read or bundled once a process. */
export function serverFile(): Promise<ServerFile> {
  made ??= make();
  return made;
}

async function make(): Promise<ServerFile> {
  const manifest = await readFile(
    beside(isSource ? "../../plugins/server/package.json" : "./server-package.json"),
    "utf8",
  );
  const { dependencies } = JSON.parse(manifest) as { dependencies: Record<string, string> };
  const others = Object.entries(dependencies).filter(([name]) => !name.startsWith("@lepton/"));
  const code = isSource ? await bundleSource(others.map(([name]) => name)) : await readFile(beside("./server.mjs"));
  return { code, dependencies: Object.fromEntries(others) };
}

async function bundleSource(external: string[]): Promise<Uint8Array> {
  const esbuild = await import("esbuild");
  const result = await esbuild.build({
    entryPoints: [fileURLToPath(beside("../../plugins/server/serve.ts"))],
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    target: "node20",
    external,
    logLevel: "silent",
  });
  return result.outputFiles[0]!.contents;
}

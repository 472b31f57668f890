/**
 * Writes the folder that runs by itself. Enter: what is served (graph, host stages, the words around them); leaves: model.onnx, stages.json, bundle.json,
 * the card, server.mjs and package.json. Anything the server reads is pinned by its SHA-256 in bundle.json.
 */
import { createHash } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import type { BundleManifest, Graph } from "@lepton/contract";
import { toOnnx } from "@lepton/graph";
import type { Stages } from "@lepton/graph/stages";
import { diskError, replaceFile } from "../data/durable-file.ts";
import { serverFile } from "./server-file.ts";

export interface BundleParts {
  /** All of bundle.json but what writing makes. */
  readonly about: Omit<BundleManifest, "format" | "createdAt" | "files" | "model">;
  /** raw [B, ...rowShape] f32 ─► one output: predictions, or probabilities. */
  readonly graph: Graph;
  /** null for a model of plain arrays. */
  readonly stages: Stages | null;
  readonly card: { readonly markdown: string; readonly json: unknown };
}

/** Write `folder`, which must not exist or be empty; a failure leaves nothing behind. @throws LEPTON_DISK */
export async function writeBundleFolder(parts: BundleParts, folder: string): Promise<BundleManifest> {
  const server = await serverFile();
  const pinned: Readonly<Record<string, Uint8Array | string>> = {
    "model.onnx": toOnnx(parts.graph, { name: parts.about.name }),
    "stages.json": `${JSON.stringify(parts.stages, null, 1)}\n`,
  };
  const manifest = bundleManifest(parts, pinned);
  const files: Readonly<Record<string, Uint8Array | string>> = {
    ...pinned,
    "card.md": parts.card.markdown,
    "card.json": `${JSON.stringify(parts.card.json, null, 2)}\n`,
    "server.mjs": server.code,
    "package.json": packageJson(manifest, server.dependencies),
    // The packages' binaries are in their tarballs; onnxruntime-node's install script would fetch GPU libraries from elsewhere.
    ".npmrc": "ignore-scripts=true\n",
    "README.md": readme(manifest),
  };
  try {
    await mkdir(folder, { recursive: true });
    for (const [name, bytes] of Object.entries(files)) await writeFile(path.join(folder, name), bytes);
    // Last, and whole or not at all: a folder without it is not a bundle.
    replaceFile(path.join(folder, "bundle.json"), [`${JSON.stringify(manifest, null, 2)}\n`]);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw diskError(folder, error);
  }
  return manifest;
}

function bundleManifest(
  { about, graph }: BundleParts,
  pinned: Readonly<Record<string, Uint8Array | string>>,
): BundleManifest {
  const [input, ...moreInputs] = graph.inputs;
  const [output, ...moreOutputs] = graph.outputs;
  if (input === undefined || output === undefined || moreInputs.length + moreOutputs.length > 0) {
    throw new Error("a served graph has one input and one output");
  }
  const sha256 = (bytes: Uint8Array | string) => createHash("sha256").update(bytes).digest("hex");
  return {
    format: 1,
    ...about,
    createdAt: new Date().toISOString(),
    model: { input: input.id, output: output.name },
    files: Object.fromEntries(Object.entries(pinned).map(([name, bytes]) => [name, sha256(bytes)])),
  };
}

function packageJson({ name, version }: BundleManifest, dependencies: Readonly<Record<string, string>>): string {
  const content = {
    name: `${name}-service`.toLowerCase(),
    version: `${version}.0.0`,
    private: true,
    type: "module",
    engines: { node: ">=20.11" },
    scripts: { start: "node server.mjs" },
    dependencies,
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

function readme({ name, version, target, task }: BundleManifest): string {
  return `# ${name} v${version}

Predicts ${target || "a value"} (${task}). This folder runs by itself, anywhere Node 20.11 or newer is:

    npm install
    node server.mjs --port 8080

It prints its address and a new token; \`LEPTON_TOKEN=... node server.mjs\` sets one. \`node server.mjs --help\` lists the options, \`/docs\` shows what to send.
`;
}

/**
 * Writes a data set's folder. Enters: the parts of a manifest and arrays; leaves: the manifest as it lies on disk. Written beside its place and
 * renamed, so that a folder is whole or not there; equal content has an equal ID and is not written twice.
 */
import { createHash, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type ArrayFile, type DatasetManifest, LeptonError, type SplitName } from "@lepton/contract";
import { replaceFile } from "../data/durable-file.ts";
import { makeOwnFolder } from "../data/own-folder.ts";
import type { SplitArrays } from "./fit.ts";
import type { Plan } from "./plan.ts";
import { splitNames } from "./split.ts";

export type ManifestParts = Omit<DatasetManifest, "version" | "id" | "createdAt" | "arrays" | "rows" | "plan">;

export interface DatasetContent {
  readonly parts: ManifestParts;
  readonly plan: Plan | null;
  readonly arrays: Readonly<Record<SplitName, SplitArrays>>;
  /** The first rows of the source, for `head`. */
  readonly preview: readonly unknown[];
}

/** @param datasets  the folder of all data sets. @returns the manifest of the folder `datasets/ID`. @throws LEPTON_DISK */
export function writeDataset(datasets: string, content: DatasetContent): DatasetManifest {
  const id = identify(content);
  const folder = path.join(datasets, id);
  const known = readWhole(folder);
  if (known) {
    writeFileRows(folder, content.arrays);
    return known;
  }
  makeOwnFolder(datasets);
  const fresh = path.join(datasets, `.${id}.${randomUUID()}`); // its own, also beside another thread of this process in the same millisecond
  try {
    mkdirSync(fresh);
    writeFiles(fresh, id, content);
    moveInPlace(fresh, folder);
  } catch (cause) {
    rmSync(fresh, { recursive: true, force: true });
    throw diskError(datasets, cause);
  }
  return readManifest(folder)!;
}

/** Hash of what the content follows from: source, options fitted into the plan, split. Time and the magic's text are left out. */
function identify({ parts, plan, arrays }: DatasetContent): string {
  const hash = createHash("sha256");
  const { sourceText: _, ...named } = parts;
  hash.update(JSON.stringify({ ...named, plan }));
  if (!plan) for (const split of splitNames) hash.update(bytesOf(arrays[split].x)).update(bytesOf(arrays[split].y));
  return hash.digest("hex").slice(0, 12);
}

function writeFiles(folder: string, id: string, { parts, plan, arrays, preview }: DatasetContent): void {
  const files = splitNames.map((split) => {
    const { rows, x, y } = arrays[split];
    const files = {
      x: writeArray(folder, `${split}.x.f32`, x, [rows, ...parts.rowShape]),
      y: writeArray(folder, `${split}.y.${y instanceof Float32Array ? "f32" : "i32"}`, y, [rows, ...parts.targetShape]),
    };
    return [split, files] as const;
  });
  writeFileRows(folder, arrays);
  if (plan) writeJson(folder, "plan.json", plan);
  writeJson(folder, "preview.json", preview);
  const manifest: DatasetManifest = {
    version: 1,
    id,
    createdAt: new Date().toISOString(),
    ...parts,
    rows: { train: arrays.train.rows, validation: arrays.validation.rows, test: arrays.test.rows },
    arrays: Object.fromEntries(files) as DatasetManifest["arrays"],
    plan: plan ? "plan.json" : null,
  };
  // Last and synced: a folder with it is whole, also after a power cut.
  replaceFile(path.join(folder, "dataset.json"), [`${JSON.stringify(manifest, null, 2)}\n`]);
}

/** What is there already; a folder that a power cut left in parts is removed, to be written anew. */
function readWhole(folder: string): DatasetManifest | undefined {
  const file = path.join(folder, "dataset.json");
  if (existsSync(file) && parsed(readFileSync(file, "utf8")) === undefined)
    rmSync(folder, { recursive: true, force: true });
  return readManifest(folder);
}

/** Which row of the file each row of a split is, so that a card can measure by a column that the model never saw. */
function writeFileRows(folder: string, arrays: DatasetContent["arrays"]): void {
  for (const split of splitNames) {
    const { fileRows } = arrays[split];
    const file = path.join(folder, fileRowsFile(split));
    if (fileRows && !existsSync(file)) writeFileSync(file, bytesOf(fileRows));
  }
}

/** u32, little-endian, beside the arrays; no part of the data set's identity. */
export function fileRowsFile(split: SplitName): string {
  return `${split}.rows.u32`;
}

function writeArray(
  folder: string,
  file: string,
  values: Float32Array | Int32Array,
  shape: readonly number[],
): ArrayFile {
  const bytes = bytesOf(values);
  writeFileSync(path.join(folder, file), bytes);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { file, dtype: values instanceof Float32Array ? "f32" : "i32", shape, sha256 };
}

/** Little-endian, as every machine Node runs on. */
function bytesOf(values: Float32Array | Int32Array | Uint32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function writeJson(folder: string, file: string, value: unknown): void {
  writeFileSync(path.join(folder, file), `${JSON.stringify(value, null, 2)}\n`);
}

/** Another kernel may have put the same content there a moment ago; it is the same. */
function moveInPlace(fresh: string, folder: string): void {
  try {
    renameSync(fresh, folder);
  } catch (error) {
    if (!existsSync(path.join(folder, "dataset.json"))) throw error;
    rmSync(fresh, { recursive: true, force: true });
  }
}

/** The manifest of a folder, or undefined when there is none. */
export function readManifest(folder: string): DatasetManifest | undefined {
  const file = path.join(folder, "dataset.json");
  if (!existsSync(file)) return undefined;
  const manifest = parsed(readFileSync(file, "utf8")) as DatasetManifest | undefined | null;
  if (manifest?.version === 1) return manifest;
  const law = manifest ? `has version ${String(manifest.version)}, this Lepton reads version 1` : "is damaged";
  throw new LeptonError("LEPTON_FILE_FORMAT", `${file} ${law}; make the data set again.`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function diskError(folder: string, cause: unknown): unknown {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === undefined || !["ENOSPC", "EDQUOT", "EROFS", "EACCES", "EPERM"].includes(code)) return cause;
  const law = code === "ENOSPC" || code === "EDQUOT" ? "the disk is full" : "the folder cannot be written";
  return new LeptonError(
    "LEPTON_DISK",
    `features: ${law}: ${folder} (${code}). Free space with %lepton clean, or start Jupyter elsewhere.`,
    { cause },
  );
}

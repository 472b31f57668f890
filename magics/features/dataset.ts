/**
 * A data set on disk, as the notebook holds it. Enters: its folder; leaves: what is in it, read when asked for. A class because it has an identity
 * (the folder) and shows itself.
 */
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import {
  type DatasetManifest,
  type Displayable,
  displaySymbol,
  LeptonError,
  type MimeBundle,
  type RawColumn,
  type SplitName,
  type Task,
} from "@lepton/contract";
import { datasetBundle, describeBundle } from "./dataset-view.ts";
import type { ColumnReport, Plan } from "./plan.ts";
import { type ShownRows, shownRows } from "./shown-rows.ts";
import { readManifest } from "./write-dataset.ts";

export interface DatasetArrays {
  /** [rows, ...rowShape], row-major. */
  readonly x: Float32Array;
  /** [rows, 1] f32 for a regression and two classes, [rows] class indices for more. */
  readonly y: Float32Array | Int32Array;
  /** Shape of x. */
  readonly shape: readonly number[];
  readonly rows: number;
  /** Names of the F features; empty for arrays from a cell. */
  readonly features: readonly string[];
}

export class Dataset implements Displayable {
  readonly manifest: DatasetManifest;
  /** Absolute path of `.lepton/datasets/ID`. */
  readonly folder: string;
  /** Rows of the file that had no target and were left out; known only where the data set was just made. */
  readonly withoutTarget: number;
  #plan: Plan | undefined;

  constructor(manifest: DatasetManifest, folder: string, withoutTarget = 0) {
    this.manifest = manifest;
    this.folder = folder;
    this.withoutTarget = withoutTarget;
  }

  get id(): string {
    return this.manifest.id;
  }
  get name(): string {
    return this.manifest.name;
  }
  get task(): Task {
    return this.manifest.task;
  }
  get target(): string {
    return this.manifest.target.name;
  }
  get classes(): readonly string[] | null {
    return this.manifest.target.classes;
  }
  get columns(): readonly RawColumn[] {
    return this.manifest.columns;
  }
  get features(): readonly string[] {
    return this.manifest.features;
  }
  get rows(): Readonly<Record<SplitName, number>> {
    return this.manifest.rows;
  }
  /** One row to predict with: each column's median or most frequent value. */
  get example(): Readonly<Record<string, unknown>> {
    return Object.fromEntries(this.columns.map((column) => [column.name, column.example]));
  }

  /** What was fitted; null for arrays from a cell. */
  get plan(): Plan | null {
    if (this.manifest.plan === null) return null;
    this.#plan ??= JSON.parse(readFileSync(path.join(this.folder, this.manifest.plan), "utf8")) as Plan;
    return this.#plan;
  }

  /** The first rows as they are in the file, at most 100. @throws LEPTON_OPTION_RANGE */
  head(rows = 10): ShownRows {
    if (this.manifest.plan === null)
      throw new LeptonError(
        "LEPTON_COLUMN_UNKNOWN",
        `${this.name} was made from arrays and has no columns to show; use arrays("train").`,
      );
    const preview = JSON.parse(readFileSync(path.join(this.folder, "preview.json"), "utf8")) as readonly Record<
      string,
      unknown
    >[];
    if (!(Number.isInteger(rows) && rows >= 1 && rows <= 100))
      throw new LeptonError("LEPTON_OPTION_RANGE", `head: rows must be a whole number from 1 to 100, got ${rows}.`);
    const shown = preview.slice(0, rows);
    const total = Object.values(this.rows).reduce((sum, part) => sum + part, 0);
    return shownRows(`${this.name}: first ${shown.length} rows`, shown, total);
  }

  /** Statistics of each column over the training rows, and what was made of it. */
  describe(): readonly ColumnReport[] & Displayable {
    const report = [...(this.plan?.report ?? [])];
    const bundle = describeBundle(this.manifest, report);
    return Object.defineProperty(report, displaySymbol, { value: () => bundle }) as ColumnReport[] & Displayable;
  }

  /** The numbers that training sees. @throws LEPTON_OPTION_VALUE, LEPTON_FILE_MISSING */
  async arrays(split: SplitName): Promise<DatasetArrays> {
    const files = this.manifest.arrays[split];
    if (!files)
      throw new LeptonError(
        "LEPTON_OPTION_VALUE",
        `arrays: split must be train, validation or test, got "${String(split)}".`,
      );
    const [x, y] = await Promise.all([this.#bytes(files.x.file), this.#bytes(files.y.file)]);
    return {
      x: new Float32Array(x),
      y: files.y.dtype === "f32" ? new Float32Array(y) : new Int32Array(y),
      shape: files.x.shape,
      rows: this.rows[split],
      features: this.features,
    };
  }

  async #bytes(file: string): Promise<ArrayBuffer> {
    try {
      const { buffer, byteOffset, byteLength } = await readFile(path.join(this.folder, file));
      return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
    } catch (cause) {
      throw new LeptonError(
        "LEPTON_FILE_MISSING",
        `data set ${this.name}: ${file} cannot be read in ${this.folder}; make the data set again.`,
        { cause },
      );
    }
  }

  [displaySymbol](): MimeBundle {
    return datasetBundle(this.manifest, this.plan, this.withoutTarget);
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return String(this[displaySymbol]()["text/plain"]);
  }
}

/** @throws LEPTON_FILE_MISSING when the folder holds no data set */
export function loadDataset(folder: string): Dataset {
  const manifest = readManifest(folder);
  if (!manifest)
    throw new LeptonError(
      "LEPTON_FILE_MISSING",
      `${folder} holds no data set (no dataset.json); make it again with %lepton features.`,
    );
  return new Dataset(manifest, path.resolve(folder));
}

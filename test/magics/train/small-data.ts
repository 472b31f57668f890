/** Small data sets on disk for the tests of training: as DATA writes them, made by hand from a seed. */
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { ArrayFile, DatasetManifest, SplitName, Task } from "@lepton/contract";
import { normal } from "@lepton/graph";

export interface SmallOptions {
  readonly task: Task;
  readonly rows?: Readonly<Record<SplitName, number>>;
  /** Classes of a multiclass task. */
  readonly classes?: number;
  readonly rowShape?: readonly number[];
}

/** Rows around a random direction (binary, regression) or around one centre a class (multiclass). */
export function makeSmallDataset(folder: string, options: SmallOptions): DatasetManifest {
  const { task, classes = 3, rowShape = [6] } = options;
  const rows = options.rows ?? { train: 300, validation: 60, test: 60 };
  mkdirSync(folder, { recursive: true });
  const arrays = {} as Record<SplitName, { x: ArrayFile; y: ArrayFile }>;
  const counts = new Array<number>(task === "binary" ? 2 : classes).fill(0);
  for (const [index, split] of (["train", "validation", "test"] as const).entries()) {
    const { x, y } = makeRows(task, rows[split], rowShape, classes, index);
    if (split === "train" && task !== "regression") for (const label of y) counts[label]!++;
    const yShape = task === "multiclass" ? [rows[split]] : [rows[split], 1];
    arrays[split] = {
      x: writeArray(folder, `${split}-x.bin`, x, [rows[split], ...rowShape]),
      y: writeArray(folder, `${split}-y.bin`, y, yShape),
    };
  }
  const names = counts.map((_, index) => `c${index}`);
  const manifest: DatasetManifest = {
    version: 1,
    id: path.basename(folder),
    name: path.basename(folder),
    createdAt: "2026-01-01T00:00:00.000Z",
    source: { kind: "arrays", description: "made by a test", rows: rows.train + rows.validation + rows.test },
    task,
    target: { name: "y", classes: task === "regression" ? null : names, positive: task === "binary" ? "c1" : null },
    columns: [],
    features: [],
    rowShape,
    targetShape: task === "multiclass" ? [] : [1],
    split: { seed: 1, stratified: false, fractions: { train: 0.7, validation: 0.15, test: 0.15 } },
    rows,
    classCounts: task === "regression" ? null : counts,
    arrays,
    plan: null,
    sourceText: "",
  };
  writeFileSync(path.join(folder, "dataset.json"), JSON.stringify(manifest));
  return manifest;
}

function makeRows(task: Task, count: number, rowShape: readonly number[], classes: number, key: number) {
  const size = rowShape.reduce((product, dim) => product * dim, 1);
  const x = normal(7, 0, key, count * size);
  const centres = normal(7, 1, 99, classes * size);
  if (task === "multiclass") {
    const y = Int32Array.from({ length: count }, (_, row) => (row * 7 + key) % classes);
    for (let i = 0; i < x.length; i++) x[i]! += 0.8 * centres[y[Math.floor(i / size)]! * size + (i % size)]!;
    return { x, y };
  }
  const y = new Float32Array(count);
  for (let row = 0; row < count; row++) {
    let along = 0;
    for (let k = 0; k < size; k++) along += x[row * size + k]! * centres[k]!;
    y[row] = task === "binary" ? Number(along > 0) : along;
  }
  return { x, y };
}

function writeArray(
  folder: string,
  file: string,
  values: Float32Array | Int32Array,
  shape: readonly number[],
): ArrayFile {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  writeFileSync(path.join(folder, file), bytes);
  const dtype = values instanceof Int32Array ? "i32" : "f32";
  return { file, dtype, shape, sha256: createHash("sha256").update(bytes).digest("hex") };
}

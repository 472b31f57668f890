/** The digits of 02-digits.ipynb for the training bench. Enters: a folder; leaves: a data set there, and the test accuracy of a run on it. */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { ArrayFile, DatasetManifest, SplitName } from "@lepton/contract";
import { permutation } from "@lepton/graph";
import { leptonFolder } from "../../../magics/folder.ts";
import { readManifest } from "../../../magics/train/arrays.ts";
import { makeRun, newRunFolder, startRun } from "../../../magics/train/make-run.ts";
import { loadDigits } from "../../fixtures/digits.ts";

const parts: Readonly<Record<SplitName, readonly [number, number]>> = {
  train: [0, 7000],
  validation: [7000, 8500],
  test: [8500, 10_000],
};

export function writeDigits(folder: string): void {
  const { x, y } = loadDigits();
  const order = permutation(42, 0, y.length);
  mkdirSync(folder, { recursive: true });
  const write = (file: string, values: Float32Array | Int32Array, shape: readonly number[]): ArrayFile => {
    const bytes = new Uint8Array(values.buffer);
    writeFileSync(path.join(folder, file), bytes);
    const dtype = values instanceof Int32Array ? "i32" : "f32";
    return { file, dtype, shape, sha256: createHash("sha256").update(bytes).digest("hex") };
  };
  const arrays = Object.fromEntries(
    Object.entries(parts).map(([name, [from, to]]) => {
      const rows = order.subarray(from, to);
      const images = new Float32Array(rows.length * 784);
      for (const [index, row] of rows.entries()) images.set(x.subarray(row * 784, (row + 1) * 784), index * 784);
      const labels = Int32Array.from(rows, (row) => y[row]!);
      const shape = [rows.length, 28, 28, 1];
      return [name, { x: write(`${name}-x.bin`, images, shape), y: write(`${name}-y.bin`, labels, [rows.length]) }];
    }),
  ) as unknown as DatasetManifest["arrays"];
  const manifest: Partial<DatasetManifest> = {
    version: 1,
    id: "digits",
    name: "digits",
    task: "multiclass",
    target: { name: "digit", classes: [..."0123456789"], positive: null },
    columns: [],
    features: [],
    rowShape: [28, 28, 1],
    targetShape: [],
    rows: { train: 7000, validation: 1500, test: 1500 },
    classCounts: null,
    arrays,
    plan: null,
  };
  writeFileSync(path.join(folder, "dataset.json"), JSON.stringify(manifest));
}

/** Conv 3x3x32 / pool / Conv 3x3x64 / pool / Flatten / Dense 10, Adam, 5 epochs, in a run's own process. @returns the test accuracy */
export async function trainDigits(folder: string, seed: number): Promise<number> {
  const place = leptonFolder(mkdtempSync(path.join(tmpdir(), "lepton-digits-")));
  const data = { folder, manifest: readManifest(folder) };
  const settings = { model: "cnn", filters: [32, 64], epochs: 5, batchSize: 128, seed, threads: 2 };
  const run = await startRun(makeRun(newRunFolder(place), data, settings, { name: "digits", source: "" }));
  await run.wait();
  const { parameters } = run.view();
  if (parameters !== 34_826) throw new Error(`the model has ${parameters} parameters, not 34,826`);
  const accuracy = run.metrics["accuracy"]!;
  rmSync(place.notebook, { recursive: true });
  return accuracy;
}

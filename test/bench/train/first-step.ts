/** How long a run takes from its start to its first step, by its own events. Enter: an engine and how often; leaves: milliseconds, the median. */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { ArrayFile, DatasetManifest, SplitName } from "@lepton/contract";
import { normal } from "@lepton/graph";
import { leptonFolder } from "../../../magics/folder.ts";
import { readEvents } from "../../../magics/train/event-log.ts";
import { makeRun, newRunFolder, startRun, type TrainableData } from "../../../magics/train/make-run.ts";

const rows: Readonly<Record<SplitName, number>> = { train: 7000, validation: 1500, test: 1500 };

/** 32 random features and one random target. */
function writeData(folder: string): TrainableData {
  mkdirSync(folder, { recursive: true });
  const write = (file: string, values: Float32Array, shape: readonly number[]): ArrayFile => {
    const bytes = new Uint8Array(values.buffer);
    writeFileSync(path.join(folder, file), bytes);
    return { file, dtype: "f32", shape, sha256: createHash("sha256").update(bytes).digest("hex") };
  };
  const arrays = Object.fromEntries(
    Object.entries(rows).map(([name, count], index) => [
      name,
      {
        x: write(`${name}-x.bin`, normal(1, 0, index, count * 32), [count, 32]),
        y: write(`${name}-y.bin`, normal(1, 1, index, count), [count, 1]),
      },
    ]),
  );
  const manifest = {
    version: 1,
    id: "random",
    name: "random",
    task: "regression",
    target: { name: "y", classes: null, positive: null },
    columns: [],
    features: [],
    rowShape: [32],
    targetShape: [1],
    rows,
    classCounts: null,
    arrays,
    plan: null,
  } as unknown as DatasetManifest;
  writeFileSync(path.join(folder, "dataset.json"), JSON.stringify(manifest));
  return { folder, manifest };
}

export async function msToFirstStep(engine: string, times: number): Promise<number> {
  const root = mkdtempSync(path.join(tmpdir(), "lepton-first-step-"));
  const data = writeData(path.join(root, "data"));
  const found: number[] = [];
  for (let i = 0; i < times; i++) {
    const made = makeRun(
      newRunFolder(leptonFolder(root)),
      data,
      { model: "mlp", hidden: [64, 64], epochs: 1, batchSize: 128, engine },
      { name: "first", source: "" },
    );
    const from = Date.now();
    const run = await (await startRun(made)).wait();
    found.push(readEvents(run.folder).find(({ type }) => type === "step")!.time - from);
  }
  rmSync(root, { recursive: true });
  return found.toSorted((a, b) => a - b)[Math.floor(times / 2)]!;
}

/**
 * A run's metrics on any split, after training. Enters: a run; leaves: metrics and the confusion matrix of the weights that are served. Apart from
 * predict.ts because it measures the arrays that training saw, by the training program's own `evaluate` entry.
 */
import type { DatasetManifest, Metrics, RunSpec, SplitName } from "@lepton/contract";
import { LeptonError } from "@lepton/contract";
import type { Plugins } from "../plugins.ts";
import { readManifest, readSplit, type SplitArrays } from "./arrays.ts";
import { readWeights } from "./checkpoint.ts";
import { type Evaluation, evaluateSplit } from "./evaluate-split.ts";
import { programOfSpec } from "./model-of-spec.ts";
import { openExecutable } from "./open-executable.ts";
import { datasetFolder, readSpec } from "./run-folder.ts";

export interface RunEvaluation {
  readonly split: SplitName;
  readonly rows: number;
  readonly metrics: Metrics;
  /** [true class][predicted class] in the order of the classes; null for regression. */
  readonly confusion: { readonly classes: readonly string[]; readonly counts: readonly (readonly number[])[] } | null;
}

/** A split with what the served weights answer to each of its rows. */
export interface RunOutputs {
  readonly spec: RunSpec;
  readonly manifest: DatasetManifest;
  readonly arrays: SplitArrays;
  readonly evaluation: Evaluation;
}

/** @throws LEPTON_CHECKPOINT, LEPTON_FILE_MISSING, LEPTON_DATA_EMPTY when the split has no rows */
export async function evaluateRun(
  run: { readonly folder: string },
  split: SplitName,
  plugins: Plugins,
): Promise<RunEvaluation> {
  const { manifest, arrays, evaluation } = await runOutputs(run, split, plugins);
  const { metrics, confusion } = evaluation;
  const classes = manifest.target.classes ?? confusion?.map((_, index) => String(index)) ?? [];
  return { split, rows: arrays.rows, metrics, confusion: confusion && { classes, counts: confusion } };
}

/** @throws as evaluateRun */
export async function runOutputs(
  run: { readonly folder: string },
  split: SplitName,
  plugins: Plugins,
): Promise<RunOutputs> {
  const spec = readSpec(run.folder);
  const folder = datasetFolder(run.folder, spec);
  const manifest = readManifest(folder);
  if (manifest.rows[split] === 0) {
    throw new LeptonError("LEPTON_DATA_EMPTY", `evaluate: data set ${manifest.name} has no ${split} rows.`);
  }
  const program = await programOfSpec(spec, run.folder, manifest);
  const { executable } = await openExecutable(plugins, program, spec);
  try {
    await executable.load(readWeights(run.folder));
    const arrays = readSplit(folder, manifest, split);
    const entry = program.entries["evaluate"]!;
    const evaluation = await evaluateSplit(executable, entry, arrays, manifest.rowShape, spec);
    return { spec, manifest, arrays, evaluation };
  } finally {
    await executable.dispose();
  }
}

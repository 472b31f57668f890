/**
 * A run's metrics on any split, after training. Enters: a run; leaves: metrics and the confusion matrix of the weights that are served. Apart from
 * predict.ts because it measures the arrays that training saw, by the training program's own `evaluate` entry.
 */
import type { Metrics, SplitName } from "@lepton/contract";
import { LeptonError } from "@lepton/contract";
import type { Plugins } from "../plugins.ts";
import { readManifest, readSplit } from "./arrays.ts";
import { readWeights } from "./checkpoint.ts";
import { chooseEngine } from "./choose-engine.ts";
import { evaluateSplit } from "./evaluate-split.ts";
import { programOfSpec } from "./model-of-spec.ts";
import { datasetFolder, readSpec } from "./run-folder.ts";

export interface RunEvaluation {
  readonly split: SplitName;
  readonly rows: number;
  readonly metrics: Metrics;
  /** [true class][predicted class] in the order of the classes; null for regression. */
  readonly confusion: { readonly classes: readonly string[]; readonly counts: readonly (readonly number[])[] } | null;
}

/** @throws LEPTON_CHECKPOINT, LEPTON_FILE_MISSING, LEPTON_DATA_EMPTY when the split has no rows */
export async function evaluateRun(
  run: { readonly folder: string },
  split: SplitName,
  plugins: Plugins,
): Promise<RunEvaluation> {
  const spec = readSpec(run.folder);
  const folder = datasetFolder(run.folder, spec);
  const manifest = readManifest(folder);
  if (manifest.rows[split] === 0) {
    throw new LeptonError("LEPTON_DATA_EMPTY", `evaluate: data set ${manifest.name} has no ${split} rows.`);
  }
  const program = await programOfSpec(spec, run.folder, manifest);
  const engine = await chooseEngine(plugins, spec.engine);
  const executable = await engine.compile(program, { device: spec.device, threads: spec.threads });
  try {
    await executable.load(readWeights(run.folder));
    const arrays = readSplit(folder, manifest, split);
    const { metrics, confusion } = await evaluateSplit(
      executable,
      program.entries["evaluate"]!,
      arrays,
      manifest.rowShape,
      spec,
    );
    const classes = manifest.target.classes ?? confusion?.map((_, index) => String(index)) ?? [];
    return { split, rows: arrays.rows, metrics, confusion: confusion && { classes, counts: confusion } };
  } finally {
    await executable.dispose();
  }
}

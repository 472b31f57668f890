/**
 * A run's spec becomes its program. Enter: a spec, its folder (for modules of one's own) and the data set's manifest; leaves: a Program. Apart because
 * the run's process, `predict` and deployment rebuild exactly the same model.
 */
import path from "node:path";
import { pathToFileURL } from "node:url";
import { type DatasetManifest, isLeptonError, LeptonError, type Program, type RunSpec } from "@lepton/contract";
import { type ModelFunction, namedModel } from "../nn/index.ts";
import { readSplit } from "./arrays.ts";
import { type LossFunction, namedLoss } from "./losses.ts";
import { type TargetScale, trainingProgram } from "./program.ts";
import { datasetFolder } from "./run-folder.ts";

/** K: what a model gives for a row. */
export function outputsOf(manifest: DatasetManifest): number {
  if (manifest.task === "binary") return 1;
  if (manifest.task === "regression") return manifest.arrays.train.y.shape[1] ?? 1;
  return manifest.target.classes?.length ?? manifest.classCounts?.length ?? 0;
}

export async function modelFunctionOf(
  spec: RunSpec,
  folder: string,
  manifest: DatasetManifest,
): Promise<ModelFunction> {
  if (spec.model.kind !== "module") return namedModel(spec.model, outputsOf(manifest));
  return loadFunction<ModelFunction>(folder, spec.model, "model");
}

/** Mean and population deviation of each target over the training rows; null for classes. */
export function targetScaleOf(manifest: DatasetManifest, datasetFolder: string): TargetScale | null {
  if (manifest.task !== "regression") return null;
  const { y, rows, targetSize } = readSplit(datasetFolder, manifest, "train", "y");
  const mean = new Array<number>(targetSize).fill(0);
  const square = new Array<number>(targetSize).fill(0);
  for (let index = 0; index < y.length; index++) mean[index % targetSize]! += y[index]! / rows;
  for (let index = 0; index < y.length; index++) {
    square[index % targetSize]! += (y[index]! - mean[index % targetSize]!) ** 2 / rows;
  }
  return { mean, deviation: square.map((value) => Math.sqrt(value) || 1) };
}

/** @throws LEPTON_MODEL, LEPTON_SHAPE where model or loss cannot be built */
export async function programOfSpec(spec: RunSpec, folder: string, manifest: DatasetManifest): Promise<Program> {
  const targetScale = targetScaleOf(manifest, datasetFolder(folder, spec));
  const loss =
    spec.loss.kind === "module"
      ? await loadFunction<LossFunction>(folder, spec.loss, "loss")
      : namedLoss(spec.loss, targetScale?.deviation);
  const model = await modelFunctionOf(spec, folder, manifest);
  try {
    return trainingProgram(model, {
      task: spec.task,
      rowShape: manifest.rowShape,
      outputs: outputsOf(manifest),
      loss,
      optimizer: spec.optimizer,
      l2: spec.l2,
      targetScale,
      weighted: spec.classWeights !== null,
      clipNorm: spec.clipNorm,
      accumulates: (spec.gradientAccumulationSteps ?? 1) > 1,
      args: spec.model.kind === "module" ? spec.model.args : {},
    });
  } catch (error) {
    if (isLeptonError(error) || (spec.model.kind !== "module" && spec.loss.kind !== "module")) throw error;
    const { name, message } = error as Error;
    throw new LeptonError("LEPTON_MODEL", `your model or loss threw ${name}: ${message}`, { cause: error });
  }
}

async function loadFunction<F>(
  folder: string,
  { module, export: name }: { readonly module: string; readonly export: string },
  what: string,
): Promise<F> {
  const file = path.resolve(folder, module);
  let loaded: Record<string, unknown>;
  try {
    loaded = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  } catch (cause) {
    throw new LeptonError("LEPTON_MODEL", `${what}: ${file} does not load: ${(cause as Error).message}`, { cause });
  }
  if (typeof loaded[name] === "function") return loaded[name] as F;
  throw new LeptonError("LEPTON_MODEL", `${what}: ${file} exports no function "${name}".`);
}

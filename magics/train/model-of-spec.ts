/**
 * A run's spec becomes its program. Enter: a spec, its folder (for modules of one's own) and the data set's manifest; leaves: a Program. Apart because
 * the run's process, `predict` and deployment rebuild exactly the same model.
 */
import path from "node:path";
import { pathToFileURL } from "node:url";
import { type DatasetManifest, isLeptonError, LeptonError, type Program, type RunSpec } from "@lepton/contract";
import { type ModelFunction, namedModel } from "../nn/index.ts";
import { readSplit } from "./arrays.ts";
import { withCellLine } from "./cell-lines.ts";
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

/** A model and a loss of one's own as the notebook holds them, in place of their captured modules: their errors then name the cell's lines. */
export interface Originals {
  readonly model?: ModelFunction | undefined;
  readonly loss?: LossFunction | undefined;
}

/** @throws LEPTON_MODEL, LEPTON_SHAPE where model or loss cannot be built, with the line of the cell */
export async function programOfSpec(
  spec: RunSpec,
  folder: string,
  manifest: DatasetManifest,
  originals: Originals = {},
): Promise<Program> {
  const targetScale = targetScaleOf(manifest, datasetFolder(folder, spec));
  const loss =
    spec.loss.kind === "module"
      ? (originals.loss ?? (await loadFunction<LossFunction>(folder, spec.loss, "loss")))
      : namedLoss(spec.loss, targetScale?.deviation);
  const model = originals.model ?? (await modelFunctionOf(spec, folder, manifest));
  const stackTraceLimit = Error.stackTraceLimit;
  Error.stackTraceLimit = 100; // the model's frames lie under those of layers and operators
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
      scalesLoss: spec.precision === "f16",
      accumulates: (spec.gradientAccumulationSteps ?? 1) > 1,
      args: spec.model.kind === "module" ? spec.model.args : {},
    });
  } catch (error) {
    throw withPlace(error, spec, folder);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** What a model or loss of one's own threw, with the cell's line where it is known. */
function withPlace(error: unknown, { model, loss }: RunSpec, folder: string): unknown {
  const modules = [model, loss].filter((part) => part.kind === "module");
  if (modules.length === 0) return error;
  const { name, message } = error as Error;
  const told = isLeptonError(error)
    ? error
    : new LeptonError("LEPTON_MODEL", `your model or loss threw ${name}: ${message}`, { cause: error });
  return modules.reduce(
    (found, { module }) => (found === told ? withCellLine(found, path.resolve(folder, module)) : found),
    told,
  );
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
  const got = loaded[name] === null ? "null" : typeof loaded[name];
  throw new LeptonError(
    "LEPTON_MODEL",
    `${what}: it must be a function of (x, nn), got ${got}; ${file} exports it as "${name}".`,
  );
}

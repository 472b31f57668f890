/**
 * A run's spec becomes its program. Enter: a spec, its folder (for modules of one's own) and the data set's manifest; leaves: a Program. Apart because
 * the run's process, `predict` and deployment rebuild exactly the same model.
 */
import path from "node:path";
import { pathToFileURL } from "node:url";
import { type DatasetManifest, isLeptonError, LeptonError, type Program, type RunSpec } from "@lepton/contract";
import { type ModelFunction, namedModel } from "../nn/index.ts";
import { type LossFunction, losses } from "./losses.ts";
import { trainingProgram } from "./program.ts";

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

/** @throws LEPTON_MODEL, LEPTON_SHAPE where model or loss cannot be built */
export async function programOfSpec(spec: RunSpec, folder: string, manifest: DatasetManifest): Promise<Program> {
  const loss: LossFunction =
    spec.loss.kind === "module" ? await loadFunction<LossFunction>(folder, spec.loss, "loss") : losses[spec.loss.kind];
  const model = await modelFunctionOf(spec, folder, manifest);
  try {
    return trainingProgram(model, {
      task: spec.task,
      rowShape: manifest.rowShape,
      outputs: outputsOf(manifest),
      loss,
      optimizer: spec.optimizer,
      l2: spec.l2,
      weighted: spec.classWeights !== null,
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

/**
 * What is served: one graph from raw numbers to the answer, weights inside. Enters: a run; leaves: features' arithmetic, the model's forward pass and
 * the output's activation as one graph, with the host stages before it. `predict` and a deployment use the same, so they answer the same.
 */
import type { DatasetManifest, Graph, StateSpec } from "@lepton/contract";
import { LeptonError } from "@lepton/contract";
import { GraphBuilder, sigmoid, softmax, type Tensor } from "@lepton/graph";
import { rawWidth, type Stages } from "@lepton/graph/stages";
import { featuresGraph, loadDataset } from "../features/index.ts";
import { createNn, ModelContext } from "../nn/index.ts";
import { readWeights, type State } from "./checkpoint.ts";
import { modelFunctionOf, outputsOf, targetScaleOf } from "./model-of-spec.ts";
import { checkedOutput, inUnits } from "./program.ts";
import { datasetFolder, readSpec } from "./run-folder.ts";

export interface ServingModel {
  /** x [B, ...rowShape] f32 ─► prediction [B, K] f32: numbers in the target's units, the positive class's probability, or one for each class. */
  readonly graph: Graph;
  /** Rows with names ─► x; null for a model of plain arrays. */
  readonly stages: Stages | null;
  readonly manifest: DatasetManifest;
  /** Shape of a row of x: [R] raw numbers, or the data set's rowShape for arrays. */
  readonly rowShape: readonly number[];
}

/** @throws LEPTON_CHECKPOINT when the run has no weights yet, LEPTON_FILE_MISSING when its data set is gone */
export async function servingModel(run: { readonly folder: string }): Promise<ServingModel> {
  const spec = readSpec(run.folder);
  const dataset = loadDataset(datasetFolder(run.folder, spec));
  const { manifest, plan } = dataset;
  const weights = readWeights(run.folder);
  const builder = new GraphBuilder();
  const rowShape = plan ? [rawWidth(plan.stages)] : manifest.rowShape;
  const x = builder.input("x", "f32", ["B", ...rowShape]);
  const features = plan ? featuresGraph(plan, x) : x;
  const context = new ModelContext(builder, "predict", (state) => constantOf(builder, state, weights, run.folder));
  const model = await modelFunctionOf(spec, run.folder, manifest);
  const options = { task: spec.task, outputs: outputsOf(manifest) };
  const args = spec.model.kind === "module" ? spec.model.args : {};
  const output = checkedOutput(model(features, createNn(context), { ...args, outputs: options.outputs }), options);
  const prediction = activated(inUnits(output, { targetScale: targetScaleOf(manifest, dataset.folder) }), spec.task);
  return { graph: builder.build({ prediction }), stages: plan?.stages ?? null, manifest, rowShape };
}

function activated(output: Tensor, task: DatasetManifest["task"]): Tensor {
  if (task === "regression") return output;
  return task === "binary" ? sigmoid(output) : softmax(output);
}

function constantOf(builder: GraphBuilder, { name, shape }: StateSpec, weights: State, folder: string): Tensor {
  const found = weights[name];
  const wanted = shape.join(", ");
  if (found && found.shape.join(", ") === wanted) {
    return builder.constant(found.data as Float32Array, shape);
  }
  throw new LeptonError(
    "LEPTON_CHECKPOINT",
    `${folder}: the weights hold ${found ? `"${name}" as [${found.shape.join(", ")}]` : `no "${name}"`}, the model needs [${wanted}]; train again.`,
  );
}

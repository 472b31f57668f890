/** Four small models as training programs (gradient descent with momentum): what is trained on each device and compared. */
import type { FeedSpec, Program, StateSpec, TensorData } from "@lepton/contract";
import * as g from "@lepton/graph";

/** Collects parameters while a model is built. */
interface Draft {
  readonly builder: g.GraphBuilder;
  readonly parameters: g.Tensor[];
}

type Model = (draft: Draft, x: g.Tensor) => g.Tensor;

function parameter({ builder, parameters }: Draft, ...shape: number[]): g.Tensor {
  const made = builder.input(`p${parameters.length}`, "f32", shape);
  parameters.push(made);
  return made;
}

function dense(draft: Draft, x: g.Tensor, units: number): g.Tensor {
  return g.add(g.matmul(x, parameter(draft, x.shape.at(-1) as number, units)), parameter(draft, units));
}

const mlp: Model = (draft, x) => dense(draft, g.relu(dense(draft, g.relu(dense(draft, x, 16)), 16)), 3);

const cnn: Model = (draft, x) => {
  const block = (image: g.Tensor, filters: number) => {
    const filter = parameter(draft, 3, 3, image.shape[3] as number, filters);
    return g.maxPool2d(g.relu(g.add(g.conv2d(image, filter), parameter(draft, filters))));
  };
  return dense(draft, g.flatten(block(block(x, 6), 5)), 3);
};

const lstm: Model = (draft, x) => {
  const weights = { input: parameter(draft, 4, 32), recurrent: parameter(draft, 8, 32), bias: parameter(draft, 32) };
  return dense(draft, g.lstm(x, weights).state.hidden, 3);
};

const layerNorm = (draft: Draft, x: g.Tensor): g.Tensor => {
  const centred = g.sub(x, g.mean(x, { axes: [-1], keepDims: true }));
  const deviation = g.sqrt(g.add(g.mean(g.square(centred), { axes: [-1], keepDims: true }), 1e-5));
  const size = x.shape.at(-1) as number;
  return g.add(g.mul(g.div(centred, deviation), parameter(draft, size)), parameter(draft, size));
};

const transformer: Model = (draft, x) => {
  const [query, key, value, output] = [0, 1, 2, 3].map(() => parameter(draft, 8, 8)) as [
    g.Tensor,
    g.Tensor,
    g.Tensor,
    g.Tensor,
  ];
  const attended = g.multiHeadAttention(layerNorm(draft, x), { query, key, value, output }, 2, { causal: true });
  const middle = g.add(x, attended);
  const end = g.add(middle, dense(draft, g.gelu(dense(draft, layerNorm(draft, middle), 16)), 8));
  return dense(draft, g.mean(end, { axes: [1] }), 3);
};

export const models = {
  mlp: { model: mlp, row: [5] },
  cnn: { model: cnn, row: [10, 10, 1] },
  lstm: { model: lstm, row: [6, 4] },
  transformer: { model: transformer, row: [6, 8] },
} as const satisfies Record<string, { model: Model; row: readonly number[] }>;

export type ModelName = keyof typeof models;

/** Entry "train": feeds x, y (labels) and rate; output loss. */
export function trainingProgram(name: ModelName): Program {
  const { model, row } = models[name];
  const draft: Draft = { builder: new g.GraphBuilder(), parameters: [] };
  const { builder, parameters } = draft;
  const x = builder.input("x", "f32", ["B", ...row]);
  const labels = builder.input("y", "i32", ["B"]);
  const rate = builder.input("rate", "f32", []);
  const loss = g.mean(g.crossEntropy(model(draft, x), labels));
  const slopes = g.gradients(loss, parameters);
  const outputs: Record<string, g.Tensor> = { loss };
  const writes: Record<string, string> = {};
  const velocities = parameters.map((p) => builder.input(`${p.id}.velocity`, "f32", p.shape));
  for (const [i, p] of parameters.entries()) {
    const velocity = g.add(g.mul(velocities[i]!, 0.9), slopes[i]!);
    outputs[`${p.id}.next`] = g.sub(p, g.mul(velocity, rate));
    outputs[`${p.id}.velocity.next`] = velocity;
    writes[p.id] = `${p.id}.next`;
    writes[`${p.id}.velocity`] = `${p.id}.velocity.next`;
  }
  const state = [...parameters.map((p) => stateSpec(p, "parameter")), ...velocities.map((v) => stateSpec(v, "moment"))];
  const feeds: FeedSpec[] = [
    { name: "x", dtype: "f32", shape: x.shape, role: { kind: "batch", of: "x" } },
    { name: "y", dtype: "i32", shape: labels.shape, role: { kind: "batch", of: "y" } },
    { name: "rate", dtype: "f32", shape: [], role: { kind: "scalar", of: "learningRate" } },
  ];
  const reads = state.map((spec) => spec.name);
  return {
    contract: 1,
    state,
    entries: { train: { graph: builder.build(outputs), feeds, reads, writes, outputs: ["loss"] } },
  };
}

function stateSpec({ id, shape }: g.Tensor, role: "parameter" | "moment"): StateSpec {
  const initial = role === "moment" ? { kind: "constant", value: 0 } : { kind: "normal", mean: 0, deviation: 0.3 };
  return { name: id, dtype: "f32", shape: shape as readonly number[], role, initial: initial as StateSpec["initial"] };
}

/** A batch that the model can learn: the label follows from the row's first numbers. */
export function batchOf(name: ModelName, rows: number): Record<string, TensorData> {
  const shape = [rows, ...models[name].row];
  const size = shape.reduce((a, b) => a * b, 1);
  const data = g.uniform(1, 0, 0, size).map((u) => (u < 0.3 ? 0 : 2 * u - 1)); // a third of zeros: ties for the pools
  const y = Int32Array.from({ length: rows }, (_, i) => Math.floor(Math.abs(data[(i * size) / rows + 1]! * 5)) % 3);
  return {
    x: { dtype: "f32", shape, data },
    y: { dtype: "i32", shape: [rows], data: y },
    rate: { dtype: "f32", shape: [], data: Float32Array.of(0.05) },
  };
}

/** Four small models as the training programs that a run makes of them (Adam, clipped gradients): what is trained on each device and compared. */
import type { Program, TensorData } from "@lepton/contract";
import { uniform } from "@lepton/graph";
import type { ModelFunction } from "../../../magics/nn/index.ts";
import { namedLoss } from "../../../magics/train/losses.ts";
import { trainingProgram as programOf } from "../../../magics/train/program.ts";

const mlp: ModelFunction = (x, nn) =>
  nn.dense(nn.dense(nn.dense(x, 16, { activation: "relu" }), 16, { activation: "relu" }), 3);

const cnn: ModelFunction = (x, nn) => {
  const first = nn.relu(nn.maxPool2d(nn.conv2d(x, 6)));
  return nn.dense(nn.flatten(nn.relu(nn.maxPool2d(nn.batchNorm(nn.conv2d(first, 5, { bias: false }))))), 3);
};

const lstm: ModelFunction = (x, nn) => nn.dense(nn.lstm(x, 8).state.hidden, 3);

const transformer: ModelFunction = (x, nn) => {
  const middle = x.add(nn.multiHeadAttention(nn.layerNorm(x), 2, { causal: true }));
  const end = middle.add(nn.dense(nn.dense(nn.layerNorm(middle), 16, { activation: "gelu" }), 8));
  return nn.dense(end.mean({ axes: [1] }), 3);
};

export const models = {
  mlp: { model: mlp, row: [5] },
  cnn: { model: cnn, row: [10, 10, 1] },
  lstm: { model: lstm, row: [6, 4] },
  transformer: { model: transformer, row: [6, 8] },
} as const satisfies Record<string, { model: ModelFunction; row: readonly number[] }>;

export type ModelName = keyof typeof models;

/** Entry "train": feeds x, y (labels) and learningRate; output loss. */
export function trainingProgram(name: ModelName, scalesLoss = false): Program {
  return programOfModel(models[name].model, models[name].row, scalesLoss);
}

export function programOfModel(model: ModelFunction, rowShape: readonly number[], scalesLoss = false): Program {
  return programOf(model, {
    task: "multiclass",
    rowShape,
    outputs: 3,
    loss: namedLoss({ kind: "ce" }),
    optimizer: { kind: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-7 },
    l2: 0,
    weighted: false,
    clipNorm: 1,
    scalesLoss,
  });
}

/** A batch that the model can learn: the label follows from the row's first numbers. */
export function batchOf(name: ModelName, rows: number): Record<string, TensorData> {
  const shape = [rows, ...models[name].row];
  const size = shape.reduce((a, b) => a * b, 1);
  const data = uniform(1, 0, 0, size).map((u) => (u < 0.3 ? 0 : 2 * u - 1)); // a third of zeros: ties for the pools
  const y = Int32Array.from({ length: rows }, (_, i) => Math.floor(Math.abs(data[(i * size) / rows + 1]! * 5)) % 3);
  return {
    x: { dtype: "f32", shape, data },
    y: { dtype: "i32", shape: [rows], data: y },
    learningRate: { dtype: "f32", shape: [], data: Float32Array.of(0.01) },
  };
}

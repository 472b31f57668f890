/** What the author of a model is told by the compiler, in cells and in modules. Checked by `tsc -b` alone. */
import type { Program } from "@lepton/contract";
import { GraphBuilder, matmul, relu, type Tensor } from "@lepton/graph";
import type { ModelFunction, Nn } from "../../magics/nn/index.ts";

const graph = new GraphBuilder();
const x: Tensor = graph.input("x", "f32", ["B", 4]);

export const right: ModelFunction = (x, nn) => nn.dense(relu(nn.dense(x, 8)), 1);

// @ts-expect-error: numbers alone are no tensor
matmul(2, 3);
// @ts-expect-error: there are no 16 bit tensors; precision is an option of training
graph.input("h", "f16", ["B"]);
// @ts-expect-error: a model gives a tensor
export const nothing: ModelFunction = (x, nn) => void nn.dense(x, 1);
// @ts-expect-error: symbolic tensors have no numbers
x.data;
// @ts-expect-error: a tensor's shape is fixed when it is made
x.shape = [1];

export function layers(nn: Nn) {
  // @ts-expect-error: a layer needs its units
  nn.dense(x);
  // @ts-expect-error: a mistyped option
  nn.multiHeadAttention(x, 4, { casual: true });
  // @ts-expect-error: an activation that is not there
  nn.dense(x, 8, { activation: "rleu" });
  // @ts-expect-error: lstm gives { outputs, state }
  nn.lstm(x, 4).shape;
}

export function entries(program: Program) {
  // @ts-expect-error: programs are read only
  program.entries = {};
}

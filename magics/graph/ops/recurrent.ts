/**
 * LSTM and GRU, unrolled: one block of nodes for each step in time. The projection of all inputs is one product in front. Long sequences come in
 * chunks with the state carried between them, because making an onnxruntime session takes longer than in proportion to its nodes.
 */
import { LeptonError } from "@lepton/contract";
import type { Tensor } from "../tensor.ts";
import { sigmoid, tanh } from "./activations.ts";
import { add, mul, sub } from "./elementwise.ts";
import { matmul } from "./linear.ts";
import { split, stack } from "./pieces.ts";
import { reshape, transpose } from "./shape.ts";

/** Most steps of one unrolled layer. */
export const maxUnroll = 64;

export interface RecurrentWeights {
  /** [F, gates * H] */
  readonly input: Tensor;
  /** [H, gates * H] */
  readonly recurrent: Tensor;
  /** [gates * H] */
  readonly bias: Tensor;
}

export interface LstmState {
  /** [B, H] */
  readonly hidden: Tensor;
  /** [B, H] */
  readonly cell: Tensor;
}

/**
 * x [B, T, F] -> outputs [B, T, H] and the state after the last step. Gates in the order input, forget, cell, output.
 *
 * @param state  where to begin; zeros when left out
 * @source Hochreiter and Schmidhuber 1997; order of gates and single bias as in Keras
 */
export function lstm(x: Tensor, weights: RecurrentWeights, state?: LstmState): { outputs: Tensor; state: LstmState } {
  const outputs: Tensor[] = [];
  let now = state;
  for (const projected of projectSteps(x, weights)) {
    const gates = now ? add(projected, matmul(now.hidden, weights.recurrent)) : projected;
    now = lstmStep(gates, now?.cell);
    outputs.push(now.hidden);
  }
  return { outputs: stack(outputs, 1), state: now! };
}

function lstmStep(gates: Tensor, cell: Tensor | undefined): LstmState {
  const [input, forget, candidate, output] = splitGates(gates, 4) as [Tensor, Tensor, Tensor, Tensor];
  const added = mul(sigmoid(input), tanh(candidate));
  const next = cell ? add(mul(sigmoid(forget), cell), added) : added;
  return { hidden: mul(sigmoid(output), tanh(next)), cell: next };
}

/**
 * x [B, T, F] -> outputs [B, T, H] and the hidden state after the last step. Gates in the order reset, update, new.
 *
 * @param recurrentBias  [3 * H], inside what the reset gate multiplies
 * @source Cho et al. 2014, in the form of PyTorch and of Keras with reset_after
 */
export function gru(
  x: Tensor,
  weights: RecurrentWeights & { readonly recurrentBias: Tensor },
  hidden?: Tensor,
): { outputs: Tensor; hidden: Tensor } {
  const outputs: Tensor[] = [];
  let now = hidden;
  for (const projected of projectSteps(x, weights)) {
    const recalled = now
      ? add(matmul(now, weights.recurrent), weights.recurrentBias)
      : reshape(weights.recurrentBias, [1, weights.recurrentBias.shape[0]!]);
    now = gruStep(projected, recalled, now);
    outputs.push(now);
  }
  return { outputs: stack(outputs, 1), hidden: now! };
}

function gruStep(projected: Tensor, recalled: Tensor, hidden: Tensor | undefined): Tensor {
  const [resetX, updateX, newX] = splitGates(projected, 3) as [Tensor, Tensor, Tensor];
  const [resetH, updateH, newH] = splitGates(recalled, 3) as [Tensor, Tensor, Tensor];
  const reset = sigmoid(add(resetX, resetH));
  const update = sigmoid(add(updateX, updateH));
  const candidate = tanh(add(newX, mul(reset, newH)));
  const fresh = mul(sub(1, update), candidate);
  return hidden ? add(fresh, mul(update, hidden)) : fresh;
}

/** x times the input weights plus the bias, one tensor [B, gates * H] for each step. */
function projectSteps(x: Tensor, { input, bias }: RecurrentWeights): readonly Tensor[] {
  const [batch, steps, features] = x.shape;
  if (x.rank !== 3 || typeof steps !== "number")
    throw new LeptonError(
      "LEPTON_SHAPE",
      `recurrent layer: needs [rows, time, features], got [${x.shape.join(", ")}].`,
    );
  if (steps > maxUnroll)
    throw new LeptonError(
      "LEPTON_SHAPE",
      `recurrent layer: time must be at most ${maxUnroll} steps, got ${steps}; cut sequences into chunks and carry the state.`,
    );
  const byTime = reshape(transpose(x, [1, 0, 2]), [-1, features!]); // [T * B, F]
  const projected = add(matmul(byTime, input), bias);
  const parts = split(reshape(projected, [steps, batch!, bias.shape[0]!]), new Array<number>(steps).fill(1), 0);
  return parts.map((part) => reshape(part, [batch!, bias.shape[0]!]));
}

function splitGates(gates: Tensor, count: number): readonly Tensor[] {
  const size = (gates.shape.at(-1) as number) / count;
  return split(gates, new Array<number>(count).fill(size));
}

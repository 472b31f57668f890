/**
 * Layers over sequences [B, T, F]: LSTM, GRU and attention, with their weights. Enter: a symbolic tensor and sizes; leave: symbolic tensors.
 * Apart from layers.ts because steps in time, carried state and heads are their own picture.
 */
import { LeptonError } from "@lepton/contract";
import * as ops from "@lepton/graph";
import { maxUnroll, type Tensor } from "@lepton/graph";
import { biasOf, fixed, type Named, needRank, positive, weightOf } from "./layer-parts.ts";
import type { ModelContext } from "./model-context.ts";

const sequences = "[rows, time, features]";

export interface RecurrentOptions<State> extends Named {
  /** Where the state begins; zeros when left out. */
  readonly state?: State;
  /**
   * Steps through which gradients flow, 64 at most: a longer sequence is cut into pieces of so many steps that hand on their state, not their
   * gradient (truncated backpropagation through time).
   */
  readonly unroll?: number;
}

export interface LstmState {
  /** [B, units] */
  readonly hidden: Tensor;
  /** [B, units] */
  readonly cell: Tensor;
}

export interface GruState {
  /** [B, units] */
  readonly hidden: Tensor;
}

export interface Sequence<State> {
  /** One for each step: [B, T, units]. */
  readonly outputs: Tensor;
  /** After the last step. */
  readonly state: State;
}

/**
 * Long short-term memory: [B, T, F] -> outputs [B, T, units] and state. The forget gate's bias begins at 1.
 *
 * @source as Keras's LSTM; Jozefowicz et al. 2015 for the bias
 */
export function lstm(
  context: ModelContext,
  x: Tensor,
  units: number,
  options: RecurrentOptions<LstmState> = {},
): Sequence<LstmState> {
  return context.layer("lstm", options.name, (name) => {
    const weights = recurrentWeights(context, name, x, units, 4);
    const values = Array.from({ length: 4 * units }, (_, k) => (k >= units && k < 2 * units ? 1 : 0));
    const bias = context.parameter(`${name}.bias`, [4 * units], { kind: "values", values }, false);
    return inPieces(name, x, options, (piece, state) => ops.lstm(piece, { ...weights, bias }, state));
  });
}

/** Gated recurrent unit: [B, T, F] -> outputs [B, T, units] and state. @source Cho et al. 2014, as PyTorch's GRU and Keras's with reset_after */
export function gru(
  context: ModelContext,
  x: Tensor,
  units: number,
  options: RecurrentOptions<GruState> = {},
): Sequence<GruState> {
  return context.layer("gru", options.name, (name) => {
    const weights = recurrentWeights(context, name, x, units, 3);
    const bias = biasOf(context, `${name}.bias`, 3 * units);
    const recurrentBias = biasOf(context, `${name}.recurrentBias`, 3 * units);
    return inPieces(name, x, options, (piece, state) => {
      const { outputs, hidden } = ops.gru(piece, { ...weights, bias, recurrentBias }, state?.hidden);
      return { outputs, state: { hidden } };
    });
  });
}

function recurrentWeights(context: ModelContext, name: string, x: Tensor, units: number, gates: number) {
  needRank(name, sequences, x, 3);
  const columns = gates * positive(name, "units", units);
  return {
    input: weightOf(context, `${name}.weight`, [fixed(name, "features", x, 2), columns]),
    recurrent: weightOf(context, `${name}.recurrent`, [units, columns]),
  };
}

/** Unroll piece by piece; between two pieces the state is handed on and its gradient is not. @throws LEPTON_SHAPE on a sequence longer than one piece may be */
function inPieces<S extends object>(
  name: string,
  x: Tensor,
  { state, unroll }: RecurrentOptions<S>,
  run: (piece: Tensor, state: S | undefined) => Sequence<S>,
): Sequence<S> {
  const steps = fixed(name, "steps", x, 1);
  const most = pieceOf(name, steps, unroll);
  if (steps <= most) return run(x, state);
  const outputs: Tensor[] = [];
  let now = state;
  for (let from = 0; from < steps; from += most) {
    const piece = run(ops.slice(x, 1, from, Math.min(steps, from + most)), from === 0 ? now : withoutGradient(now!));
    outputs.push(piece.outputs);
    now = piece.state;
  }
  return { outputs: ops.concat(outputs, 1), state: now! };
}

function pieceOf(name: string, steps: number, unroll: number | undefined): number {
  if (unroll === undefined && steps > maxUnroll)
    throw new LeptonError(
      "LEPTON_SHAPE",
      `${name}: a layer unrolls at most ${maxUnroll} steps, the sequence has ${steps}; give { unroll: ${maxUnroll} } to cut it into pieces that hand on their state but not their gradient, or pool it first.`,
    );
  const most = unroll === undefined ? steps : positive(name, "unroll", unroll);
  if (most > maxUnroll)
    throw new LeptonError("LEPTON_MODEL", `${name}: unroll must be at most ${maxUnroll}, got ${most}.`);
  return most;
}

function withoutGradient<S extends object>(state: S): S {
  const entries = Object.entries(state as Readonly<Record<string, Tensor>>);
  return Object.fromEntries(entries.map(([key, tensor]) => [key, ops.stopGradient(tensor)])) as S;
}

export interface MultiHeadAttentionOptions extends Named {
  /** Each step sees itself and what is before it. */
  readonly causal?: boolean;
  /** bool, stretched to [B, heads, T, S]: false where a step may not look. */
  readonly mask?: Tensor;
  /** What is looked at, [B, S, F]: the sequence itself when left out. */
  readonly memory?: Tensor;
  readonly bias?: boolean;
}

/**
 * Attention in `heads` parts of the features: [B, T, F] -> [B, T, F].
 *
 * @source Vaswani et al. 2017; one weight for each of query, key, value and output, with biases as in PyTorch and Keras
 */
export function multiHeadAttention(
  context: ModelContext,
  x: Tensor,
  heads: number,
  options: MultiHeadAttentionOptions = {},
): Tensor {
  return context.layer("attention", options.name, (name) => {
    needRank(name, sequences, x, 3);
    const { memory = x, causal = false, mask, bias = true } = options;
    needRank(name, sequences, memory, 3);
    const features = fixed(name, "features", x, 2);
    if (features % positive(name, "heads", heads) !== 0)
      throw new LeptonError("LEPTON_SHAPE", `${name}: features (${features}) must be a multiple of heads (${heads}).`);
    const project = (from: Tensor, part: string) => {
      const weight = weightOf(context, `${name}.${part}`, [fixed(name, "features", from, 2), features]);
      const product = ops.matmul(from, weight);
      return bias ? ops.add(product, biasOf(context, `${name}.${part}Bias`, features)) : product;
    };
    const [query, key, value] = [project(x, "query"), project(memory, "key"), project(memory, "value")];
    const split = [query, key, value].map((part) => ops.splitHeads(part, heads)) as [Tensor, Tensor, Tensor];
    const seen = ops.attention(...split, { causal, ...(mask ? { mask } : {}) });
    return project(ops.joinHeads(seen), "output");
  });
}

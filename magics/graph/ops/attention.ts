/** Attention: each query takes a mean of the values, weighed by how well its key fits. @source Vaswani et al. 2017 */
import { LeptonError } from "@lepton/contract";
import { formatShape } from "../dims.ts";
import type { Tensor } from "../tensor.ts";
import { softmax } from "./activations.ts";
import { where } from "./compare.ts";
import { add, mul } from "./elementwise.ts";
import { matmul } from "./linear.ts";
import { reshape, transpose } from "./shape.ts";

/** Far below any score, and finite: -Infinity minus itself would be NaN. */
const forbidden = -1e9;

export interface AttentionOptions {
  /** Each place sees itself and what is before it. */
  readonly causal?: boolean;
  /** bool, stretched to [.., Tq, Tk]: false where a query may not look. */
  readonly mask?: Tensor;
  /** What dot products are multiplied with; 1 / sqrt(D) when left out. */
  readonly scale?: number;
}

/** Queries [.., Tq, D], keys [.., Tk, D], values [.., Tk, V] -> [.., Tq, V]. */
export function attention(query: Tensor, key: Tensor, value: Tensor, options: AttentionOptions = {}): Tensor {
  const { causal = false, mask, scale = 1 / Math.sqrt(fixedSize(query, -1)) } = options;
  let scores = mul(matmul(query, key, { transposeB: true }), scale); // [.., Tq, Tk]
  if (causal) scores = add(scores, causalBias(query, key));
  if (mask) scores = where(mask, scores, forbidden);
  return matmul(softmax(scores), value);
}

/** 0 where key j is not after query i, else far below; the last query sees the last key. */
function causalBias(query: Tensor, key: Tensor): Tensor {
  const [queries, keys] = [fixedSize(query, -2), fixedSize(key, -2)];
  const bias = Float64Array.from({ length: queries * keys }, (_, i) => {
    const [row, column] = [Math.floor(i / keys), i % keys];
    return column - row > keys - queries ? forbidden : 0;
  });
  return query.builder.constant(bias, [queries, keys], query.dtype);
}

function fixedSize(x: Tensor, axis: number): number {
  const size = x.shape.at(axis);
  if (typeof size === "number") return size;
  throw new LeptonError("LEPTON_SHAPE", `attention: axis ${axis} must have a fixed size, got ${formatShape(x.shape)}.`);
}

/** Weights [D, D] of the four projections. */
export interface AttentionWeights {
  readonly query: Tensor;
  readonly key: Tensor;
  readonly value: Tensor;
  readonly output: Tensor;
}

/** Attention in `heads` parts of the features, each with its own view: x [B, T, D] (and `memory` [B, S, D] to look at) -> [B, T, D]. */
export function multiHeadAttention(
  x: Tensor,
  weights: AttentionWeights,
  heads: number,
  options: AttentionOptions & { readonly memory?: Tensor } = {},
): Tensor {
  const { memory = x, ...rest } = options;
  const features = fixedSize(x, -1);
  if (features % heads !== 0)
    throw new LeptonError("LEPTON_SHAPE", `attention: features (${features}) must be a multiple of heads (${heads}).`);
  const parts = attention(
    splitHeads(matmul(x, weights.query), heads),
    splitHeads(matmul(memory, weights.key), heads),
    splitHeads(matmul(memory, weights.value), heads),
    rest,
  );
  return matmul(joinHeads(parts), weights.output);
}

/** [B, T, D] -> [B, heads, T, D / heads] */
export function splitHeads(x: Tensor, heads: number): Tensor {
  const [batch, time, features] = x.shape as readonly [string, number, number];
  return transpose(reshape(x, [batch, time, heads, features / heads]), [0, 2, 1, 3]);
}

/** [B, heads, T, D] -> [B, T, heads * D], what splitHeads had cut */
export function joinHeads(x: Tensor): Tensor {
  const [batch, heads, time, features] = x.shape as readonly [string, number, number, number];
  return reshape(transpose(x, [0, 2, 1, 3]), [batch, time, heads * features]);
}

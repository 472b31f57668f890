/**
 * Operator cases as graphs and feeds: what the engines' suite, the tests of gradients and docs/operators.md are made from. Apart from engine.ts, which
 * needs a test runner.
 */
import type { DType, Graph, TensorBytes, TensorData } from "@lepton/contract";
import { GraphBuilder, gradients, mul, sum } from "@lepton/graph";
import { fillOf, type OperatorCase } from "./operator-cases.ts";

function bytes(dtype: DType, numbers: readonly number[]): TensorBytes {
  if (dtype === "i64") return BigInt64Array.from(numbers, BigInt);
  const arrays = { f32: Float32Array, f64: Float64Array, i32: Int32Array, bool: Uint8Array } as const;
  return new arrays[dtype](numbers);
}

/** Outputs: y, and loss, g0, g1, ... for each float input of a smooth or tied case. The loss is the sum of y times the feed "seed". */
export function caseGraph(operatorCase: OperatorCase): Graph {
  const builder = new GraphBuilder();
  const inputs = operatorCase.inputs.map((input, i) => builder.input(`x${i}`, input.dtype ?? "f32", input.shape));
  const y = operatorCase.build(...inputs);
  const learnt = inputs.filter((x) => x.dtype === "f32");
  const outputs: Record<string, typeof y> = { y };
  if (y.dtype === "f32" && learnt.length > 0) {
    const loss = sum(mul(y, builder.input("seed", "f32", y.shape)));
    outputs.loss = loss;
    for (const [i, gradient] of gradients(loss, learnt).entries()) outputs[`g${inputs.indexOf(learnt[i]!)}`] = gradient;
  }
  return builder.build(outputs);
}

export function caseFeeds(operatorCase: OperatorCase, graph: Graph, batch: number): Record<string, TensorData> {
  const feeds: Record<string, TensorData> = {};
  for (const { id, dtype, shape: symbolic } of graph.inputs) {
    const shape = symbolic.map((dim) => (typeof dim === "number" ? dim : batch * Number(/^\d+/.exec(dim)?.[0] ?? 1)));
    const size = shape.reduce((a, b) => a * b, 1);
    const fill = id === "seed" ? (i: number) => Math.cos(i) + 0.2 : fillOf(operatorCase.inputs[Number(id.slice(1))]!);
    feeds[id] = {
      dtype,
      shape,
      data: bytes(
        dtype,
        Array.from({ length: size }, (_, i) => fill(i)),
      ),
    };
  }
  return feeds;
}

/** Largest difference as a fraction of the largest number, 1 at least. */
export function distance(got: ArrayLike<number | bigint>, wanted: ArrayLike<number>): number {
  let [worst, scale] = [0, 1];
  for (let i = 0; i < wanted.length; i++) {
    worst = Math.max(worst, Math.abs(Number(got[i]) - wanted[i]!));
    scale = Math.max(scale, Math.abs(wanted[i]!));
  }
  return got.length === wanted.length ? worst / scale : Number.POSITIVE_INFINITY;
}

import { readFileSync } from "node:fs";
import type { OptimizerSpec, TensorData } from "@lepton/contract";
import { type EvaluatorFeed, evaluateGraph, GraphBuilder, type Tensor } from "@lepton/graph";
import { expect, test } from "vitest";
import { optimize } from "../../../magics/optim/index.ts";

interface Golden {
  readonly start: number[];
  readonly gradients: number[][];
  readonly rates: number[];
  readonly cases: Record<string, { spec: OptimizerSpec; after: number[][] }>;
}

const golden: Golden = JSON.parse(readFileSync(new URL("../../golden/optimizers.json", import.meta.url), "utf8"));
const shape = [2, 3];

test.each(Object.keys(golden.cases))("%s takes PyTorch's steps", (name) => {
  const { spec, after } = golden.cases[name]!;
  const builder = new GraphBuilder();
  const outputs: Record<string, Tensor> = {};
  const state: Record<string, EvaluatorFeed> = { p: { shape, data: golden.start } };
  const learnt = [
    { name: "p", shape, value: builder.input("p", "f32", shape), gradient: builder.input("g", "f32", shape) },
  ];
  optimize(
    spec,
    learnt,
    { rate: builder.input("rate", "f32", []) },
    {
      read(one) {
        const count = one.shape.reduce((product, dim) => product * dim, 1);
        state[one.name] = { shape: one.shape, data: new Float64Array(count) };
        return builder.input(one.name, one.dtype, one.shape);
      },
      write: (stateName, next) => {
        outputs[`next.${stateName}`] = next;
      },
    },
  );
  const graph = builder.build(outputs);
  golden.gradients.forEach((gradient, step) => {
    const rate = { shape: [], data: [golden.rates[step]!] };
    const made = evaluateGraph(graph, { ...state, g: { shape, data: gradient }, rate });
    for (const [name, value] of Object.entries(made)) state[name.slice("next.".length)] = value;
    // Constants are f32 in the graph, so 1e-8 and 0.999 differ in the 8th digit.
    Array.from((state["p"] as TensorData).data as Float32Array).forEach((value, index) => {
      expect(value).toBeCloseTo(after[step]![index]!, 5);
    });
  });
});

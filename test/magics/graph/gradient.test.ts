import type { Graph, TensorData } from "@lepton/contract";
import { evaluateGraph, families, GraphBuilder, gradients, mul, stopGradient, sum } from "@lepton/graph";
import { describe, expect, test } from "vitest";
import { caseFeeds, caseGraph, distance } from "../../suites/case-graph.ts";
import { operatorCases } from "../../suites/operator-cases.ts";

const lossAt = (graph: Graph, feeds: Readonly<Record<string, TensorData>>): number =>
  evaluateGraph(graph, feeds).loss!.data[0]!;

/** Central differences in float64. */
function numerical(graph: Graph, feeds: Record<string, TensorData>, name: string): number[] {
  const step = 1e-5;
  const base = Float64Array.from(feeds[name]!.data as Float32Array);
  return Array.from(base, (value, i) => {
    const moved = (by: number) =>
      lossAt(graph, { ...feeds, [name]: { ...feeds[name]!, data: base.with(i, value + by) } });
    return (moved(step) - moved(-step)) / (2 * step);
  });
}

describe("gradients", () => {
  const smooth = operatorCases.filter((operatorCase) => operatorCase.smooth !== false);
  test.each(smooth.map((operatorCase) => [operatorCase.name, operatorCase] as const))(
    "of %s equal numerical differences in float64",
    (_, operatorCase) => {
      const graph = caseGraph(operatorCase);
      const feeds = caseFeeds(operatorCase, graph, 2);
      const exact = evaluateGraph(graph, feeds);
      const names = Object.keys(exact).filter((name) => name.startsWith("g"));
      expect(names.length).toBeGreaterThan(0);
      for (const name of names) {
        const differences = numerical(graph, feeds, `x${name.slice(1)}`);
        expect(distance(exact[name]!.data, differences), name).toBeLessThan(1e-6);
      }
    },
  );

  test("of tied elements add up to the gradient of the maximum", () => {
    for (const name of ["max with ties", "maxPool2d with ties"]) {
      const operatorCase = operatorCases.find((each) => each.name === name)!;
      const graph = caseGraph(operatorCase);
      const feeds = caseFeeds(operatorCase, graph, 2);
      const total = (values: Iterable<number>) => [...values].reduce((a, b) => a + b, 0);
      expect(total(evaluateGraph(graph, feeds).g0!.data)).toBeCloseTo(total(feeds.seed!.data as Float32Array), 5);
    }
  });

  test("do not pass stopGradient", () => {
    const b = new GraphBuilder();
    const x = b.input("x", "f32", [2]);
    const graph = b.build({ g: gradients(sum(mul(x, stopGradient(x))), [x])[0]! });
    expect([...evaluateGraph(graph, { x: { shape: [2], data: [3, 5] } }).g!.data]).toEqual([3, 5]);
  });

  test("are zeros for what the loss does not depend on", () => {
    const b = new GraphBuilder();
    const [x, y] = [b.input("x", "f32", [2]), b.input("y", "f32", ["B", 2])];
    const graph = b.build({ g: gradients(sum(x), [y])[0]!, same: mul(y, 1) });
    const feeds = { x: { shape: [2], data: [1, 1] }, y: { shape: [3, 2], data: new Float32Array(6) } };
    expect([...evaluateGraph(graph, feeds).g!.data]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test("of a loss that is not one number are refused with its shape", () => {
    const b = new GraphBuilder();
    const x = b.input("x", "f32", ["B", 2]);
    expect(() => gradients(x, [x])).toThrow(/a loss must be one number, got f32 \[B, 2\]/);
  });
});

test("the cases use every operator", () => {
  const used = new Set(operatorCases.flatMap((each) => caseGraph(each).nodes.map((node) => node.op)));
  const all = Object.values(families).flatMap((family) => family.map((operator) => operator.name));
  expect(all.filter((name) => !used.has(name))).toEqual([]);
});

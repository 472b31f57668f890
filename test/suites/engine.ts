/** The suite that every engine passes: each operator and each gradient against the float64 evaluator, with two sizes of the batch. */
import type { Engine } from "@lepton/contract";
import { evaluateGraph } from "@lepton/graph";
import { describe, expect, test } from "vitest";
import { caseFeeds, caseGraph, distance } from "./case-graph.ts";
import { caseProgram } from "./case-program.ts";
import { operatorCases } from "./operator-cases.ts";

/** @param tolerance  f32 arithmetic: 2e-5 of the largest number */
export function engineSuite(engine: Engine, device: string, tolerance = 2e-5): void {
  describe(`engine ${engine.name} on ${device}`, () => {
    test.each(operatorCases.map((operatorCase) => [operatorCase.name, operatorCase] as const))(
      "%s equals the float64 evaluator, gradients included",
      async (_, operatorCase) => {
        const graph = caseGraph(operatorCase);
        const executable = await engine.compile(caseProgram(graph), { device, threads: 1 });
        try {
          for (const batch of [4, 3]) {
            const feeds = caseFeeds(operatorCase, graph, batch);
            const wanted = evaluateGraph(graph, feeds);
            const got = await executable.run("run", feeds);
            for (const [name, { shape, data, dtype }] of Object.entries(wanted)) {
              expect(got[name]!.dtype, name).toBe(dtype);
              expect(got[name]!.shape, name).toEqual(shape);
              expect(distance(got[name]!.data, data), `${name} at batch ${batch}`).toBeLessThan(tolerance);
            }
          }
        } finally {
          await executable.dispose();
        }
      },
    );
  });
}

import { evaluateGraph, GraphBuilder } from "@lepton/graph";
import { encodeRows, rawWidth } from "@lepton/graph/stages";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { tolerance } from "../../../magics/features/check-plan.ts";
import { applyPlan, type Dataset, featuresGraph, type Plan } from "../../../magics/features/index.ts";
import { csv, openWorkshop, type Workshop } from "./workshop.ts";

let shop: Workshop;
let made: Dataset;
beforeAll(async () => {
  shop = await openWorkshop();
  const text = csv(300, {
    amount: (i) => (i % 9 === 4 ? null : i === 100 ? 1e308 : (i * 37) % 101),
    color: (i) => (i % 13 === 5 ? null : ["red", "green", "blue", "rare"][i === 7 ? 3 : i % 3]),
    size: (i) => ["S", "M", "L", null][i % 4],
    when: (i) => (i % 17 === 3 ? null : new Date(Date.UTC(2023, 0, 1 + i * 3, i % 24)).toISOString()),
    member: (i) => (i % 19 === 2 ? null : i % 3 === 0),
    y: (i) => (i * 7) % 13,
  });
  made = await shop.features(await shop.write("all.csv", text), {
    target: "y",
    task: "regression",
    ordinal: ["size=S<M<L"],
    maxCategories: 3,
  });
});
afterAll(() => shop.close());

function graphOf(plan: Plan, raw: Float32Array): ArrayLike<number> {
  const builder = new GraphBuilder();
  const width = rawWidth(plan.stages);
  const features = featuresGraph(plan, builder.input("raw", "f32", ["B", width]));
  expect(features.shape).toEqual(["B", plan.features.length]);
  return evaluateGraph(builder.build({ features }), { raw: { shape: [raw.length / width, width], data: raw } })
    .features!.data;
}

test("all kinds of columns make the features that their names say", () => {
  expect(made.features.join(" ")).toBe(
    "amount amount_missing color=blue color=green color=red color_missing size size_missing when_year when_month when_weekday when_dayOfYear when_hour when_missing member member_missing",
  );
});

test("loop and graph agree on any rows that can come: missing, unseen, extreme", () => {
  const plan = made.plan!;
  const row = fc.record({
    amount: fc.option(fc.oneof(fc.double(), fc.constantFrom(1e308, -1e308, 0))),
    color: fc.option(fc.constantFrom("red", "green", "blue", "rare", "violet", "")),
    size: fc.option(fc.constantFrom("S", "M", "L", "XXL")),
    when: fc.option(
      fc
        .date({ min: new Date("0001-01-01"), max: new Date("9999-12-31"), noInvalidDate: true })
        .map((date) => date.toISOString()),
    ),
    member: fc.option(fc.boolean()),
  });
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 20 }), (rows) => {
      const raw = encodeRows(plan.stages, rows);
      const loop = applyPlan(plan, raw, rawWidth(plan.stages));
      const graph = graphOf(plan, raw);
      for (let i = 0; i < loop.length; i++) {
        expect(Number.isFinite(loop[i]!)).toBe(true);
        expect(Math.abs(loop[i]! - graph[i]!)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(graph[i]!)));
      }
    }),
    { seed: 5, numRuns: 200 },
  );
});

test("an unseen category is all zeros, a missing one the most frequent with its indicator", () => {
  const plan = made.plan!;
  const row = { amount: 1, size: "S", when: "2023-05-01", member: true };
  const raw = encodeRows(plan.stages, [
    { ...row, color: "violet" },
    { ...row, color: null },
    { ...row, color: "blue" },
  ]);
  const features = applyPlan(plan, raw, rawWidth(plan.stages));
  const at = plan.features.indexOf("color=blue");
  const colors = [0, 1, 2].map((i) => [
    ...features.subarray(i * plan.features.length + at, i * plan.features.length + at + 4),
  ]);
  expect(colors[0]).toEqual([0, 0, 0, 0]);
  expect(colors[1]!.reduce((sum, value) => sum + value)).toBe(2);
  expect(colors[1]![3]).toBe(1);
  expect(colors[2]).toEqual([1, 0, 0, 0]);
});

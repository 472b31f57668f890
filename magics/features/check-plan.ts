/**
 * Asserts at every fit that the loop and the graph say the same (DESIGN.md 1). Enters: a plan and raw values; leaves: nothing, or an error that is
 * our own bug. The sample holds ordinary rows and each column's extremes, missing values and unseen categories.
 */
import { evaluateGraph, GraphBuilder } from "@lepton/graph";
import { rawWidth } from "@lepton/graph/stages";
import { featuresGraph } from "./graph.ts";
import type { Plan } from "./plan.ts";
import { applyPlan } from "./transform.ts";

/** |loop - graph| <= tolerance * max(1, |graph|); the graph is evaluated in f64, the loop rounds to f32. */
export const tolerance = 1e-5;

const ordinaryRows = 64;
const wildNumbers = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 3.4e38, -3.4e38, 0];
/** Missing and unseen. */
const wildCodes = [Number.NaN, -1];

type FittedPlan = Pick<Plan, "stages" | "steps" | "features">;

/** @param raws  R columns over all rows. @returns the largest difference found, relative to max(1, |value|) */
export function checkPlan(plan: FittedPlan, raws: readonly Float32Array[]): number {
  const sample = sampleRows(plan, raws);
  const width = rawWidth(plan.stages);
  const rows = sample.length / width;
  const byLoop = applyPlan(plan as Plan, sample, width);
  const builder = new GraphBuilder();
  const features = featuresGraph(plan, builder.input("raw", "f32", ["B", width]));
  const graph = builder.build({ features });
  const byGraph = evaluateGraph(graph, { raw: { shape: [rows, width], data: sample } })["features"]!;
  return largestDifference(plan, byLoop, byGraph.data);
}

function largestDifference(plan: FittedPlan, loop: Float32Array, graph: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < loop.length; i++) {
    const difference = Math.abs(loop[i]! - graph[i]!) / Math.max(1, Math.abs(graph[i]!));
    if (!(difference <= tolerance)) {
      const width = plan.features.length;
      throw new Error(
        `feature ${plan.features[i % width]} of sample row ${Math.floor(i / width)}: the loop gives ${loop[i]}, the graph ${graph[i]}`,
      );
    }
    largest = Math.max(largest, difference);
  }
  return largest;
}

/** Rows spread over the file, then rows in which one column after the other is wild. [S, R] */
function sampleRows(plan: FittedPlan, raws: readonly Float32Array[]): Float32Array {
  const width = raws.length;
  const count = raws[0]!.length;
  const ordinary = Math.min(count, ordinaryRows);
  const picked = Array.from({ length: ordinary }, (_, i) => Math.floor((i * count) / ordinary));
  for (const column of raws) picked.push(...extremes(column));
  const sample = picked.flatMap((row) => raws.map((column) => column[row]!));
  const coded = new Set(plan.steps.filter((step) => step.kind === "one-hot").map((step) => step.raw));
  for (let column = 0; column < width; column++) {
    for (const value of coded.has(column) ? wildCodes : wildNumbers) {
      sample.push(...raws.map((other, index) => (index === column ? value : other[0]!)));
    }
  }
  return Float32Array.from(sample);
}

/** Rows of the smallest, the largest and a missing value. */
function extremes(column: Float32Array): readonly number[] {
  let [low, high, missing] = [0, 0, 0];
  for (let row = 0; row < column.length; row++) {
    const value = column[row]!;
    if (Number.isNaN(value)) missing = row;
    if (value < column[low]! || Number.isNaN(column[low]!)) low = row;
    if (value > column[high]! || Number.isNaN(column[high]!)) high = row;
  }
  return [low, high, missing];
}

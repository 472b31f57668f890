/**
 * Asserts at every fit that the loop and the graph say the same (DESIGN.md 1). Enters: a plan and raw values; leaves: nothing, or an error that is
 * our own bug. The sample holds ordinary rows and each column's extremes, missing values and unseen categories.
 */
import { evaluateGraph, GraphBuilder } from "@lepton/graph";
import { rawWidth } from "@lepton/graph/stages";
import { featuresGraph } from "./graph.ts";
import type { FeatureStep, Plan } from "./plan.ts";
import { applyPlan } from "./transform.ts";

/** |loop - graph| <= tolerance * max(1, |graph|); the graph is evaluated in f64, the loop rounds to f32. */
export const tolerance = 1e-5;

const ordinaryRows = 64;
const wildNumbers = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 3.4e38, -3.4e38, 0];
/** Missing and unseen. */
const wildCodes = [Number.NaN, -1];

export type FittedPlan = Pick<Plan, "stages" | "steps" | "features">;

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

/**
 * Rows spread over the file, then rows in which every column is wild, each with another of its own values: as many rows for 2,000 columns as for two.
 * [S, R]
 */
export function sampleRows(plan: FittedPlan, raws: readonly Float32Array[]): Float32Array {
  const count = raws[0]!.length;
  const ordinary = Math.min(count, ordinaryRows);
  const wild = wildOfColumns(plan, raws.length);
  const rows = ordinary + Math.max(...wild.map((values) => values.length));
  const sample = new Float32Array(rows * raws.length);
  for (let row = 0, at = 0; row < rows; row++) {
    for (const [index, column] of raws.entries()) {
      const values = wild[index]!;
      const isWild = row >= ordinary && values.length > 0;
      // Neighbours differ in a row, so that a value read from the wrong column shows.
      sample[at++] = isWild ? values[(row + index) % values.length]! : column[Math.floor((row * count) / rows)]!;
    }
  }
  return sample;
}

/** What each raw column is tried with, by all its steps. */
function wildOfColumns(plan: FittedPlan, columns: number): readonly (readonly number[])[] {
  const values = Array.from({ length: columns }, () => new Set<number>());
  for (const step of plan.steps) for (const value of wildValues(step)) values[step.raw]!.add(value);
  return values.map((set) => [...set]);
}

/** What a step must bear: missing values, infinities, and values at and beyond its bounds; codes come from a table and are never beyond it. */
function wildValues(step: FeatureStep): readonly number[] {
  if (step.kind === "number") return [...wildNumbers, step.low, step.high, step.low * 2, step.high * 2];
  return step.kind === "one-hot" ? [...wildCodes, step.count - 1] : wildCodes;
}

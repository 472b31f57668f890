/**
 * Raw numbers become features, row by row in typed arrays: the fast way for many rows. Enters: a plan's steps and raw columns; leaves: [N, F] f32.
 * graph.ts says the same as a graph; check-plan.ts compares the two at every fit.
 */
import type { FeatureStep, Plan } from "./plan.ts";

/** Raw values of one kind: row `r`'s is values[offset + r * stride]. */
export interface RawColumnView {
  readonly values: Float32Array;
  readonly offset: number;
  readonly stride: number;
}

/** Rows a block: a block's features (100 kB at 100 of them) stay in the cache while all steps write them. */
const blockRows = 256;

/** @param raw  [N, R], as encodeRows makes it. @returns [N, F] */
export function applyPlan(plan: Plan, raw: Float32Array, rawWidth: number): Float32Array {
  const rows = raw.length / rawWidth;
  const views = Array.from({ length: rawWidth }, (_, offset) => ({ values: raw, offset, stride: rawWidth }));
  const all = Uint32Array.from({ length: rows }, (_, row) => row);
  return applySteps(plan.steps, plan.features.length, views, all, new Float32Array(rows * plan.features.length));
}

/** Features of `rows`, written into `out` [rows.length, F], which must hold zeros. @returns out */
export function applySteps(
  steps: readonly FeatureStep[],
  width: number,
  raws: readonly RawColumnView[],
  rows: Uint32Array,
  out: Float32Array,
): Float32Array {
  for (let start = 0; start < rows.length; start += blockRows) {
    const end = Math.min(start + blockRows, rows.length);
    for (const step of steps) applyStep(step, width, raws[step.raw]!, rows, start, end, out);
  }
  return out;
}

function applyStep(
  step: FeatureStep,
  width: number,
  raw: RawColumnView,
  rows: Uint32Array,
  start: number,
  end: number,
  out: Float32Array,
): void {
  switch (step.kind) {
    case "number":
      return applyNumber(step, width, raw, rows, start, end, out);
    case "one-hot":
      return applyOneHot(step, width, raw, rows, start, end, out);
    case "missing":
      return applyMissing(step, width, raw, rows, start, end, out);
    default:
      throw new Error(`feature step ${String((step satisfies never as FeatureStep).kind)}`);
  }
}

function applyNumber(
  step: FeatureStep & { kind: "number" },
  width: number,
  raw: RawColumnView,
  rows: Uint32Array,
  start: number,
  end: number,
  out: Float32Array,
): void {
  const { values, offset, stride } = raw;
  const { fill, low, high, offset: mean, scale } = step;
  let at = start * width + step.feature;
  for (let i = start; i < end; i++) {
    let value = values[offset + rows[i]! * stride]!;
    if (Number.isNaN(value)) value = fill;
    if (value < low) value = low;
    else if (value > high) value = high;
    out[at] = (value - mean) * scale;
    at += width;
  }
}

function applyOneHot(
  step: FeatureStep & { kind: "one-hot" },
  width: number,
  raw: RawColumnView,
  rows: Uint32Array,
  start: number,
  end: number,
  out: Float32Array,
): void {
  const { values, offset, stride } = raw;
  let at = start * width + step.feature;
  for (let i = start; i < end; i++) {
    let code = values[offset + rows[i]! * stride]!;
    if (Number.isNaN(code)) code = step.fill;
    if (code >= 0) out[at + code] = 1;
    at += width;
  }
}

function applyMissing(
  step: FeatureStep & { kind: "missing" },
  width: number,
  raw: RawColumnView,
  rows: Uint32Array,
  start: number,
  end: number,
  out: Float32Array,
): void {
  const { values, offset, stride } = raw;
  let at = start * width + step.feature;
  for (let i = start; i < end; i++) {
    const value = values[offset + rows[i]! * stride]!;
    if (Number.isNaN(value)) out[at] = 1;
    at += width;
  }
}

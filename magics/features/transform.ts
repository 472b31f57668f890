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
  const block = new Int32Array(blockRows); // V8 computes with Int32 indices in integers, with Uint32 ones in doubles
  for (let start = 0; start < rows.length; start += blockRows) {
    const count = Math.min(blockRows, rows.length - start);
    for (let i = 0; i < count; i++) block[i] = rows[start + i]!;
    for (const step of steps) applyStep(step, raws[step.raw]!, block, count, out, start * width + step.feature, width);
  }
  return out;
}

/** Writes what a step makes of `count` rows, the first at out[at], each next `width` further. */
function applyStep(
  step: FeatureStep,
  raw: RawColumnView,
  rows: Int32Array,
  count: number,
  out: Float32Array,
  at: number,
  width: number,
): void {
  switch (step.kind) {
    case "number":
      return applyNumber(step, raw, rows, count, out, at, width);
    case "one-hot":
      return applyOneHot(step, raw, rows, count, out, at, width);
    case "missing":
      return applyMissing(raw, rows, count, out, at, width);
    default:
      throw new Error(`feature step ${String((step satisfies never as FeatureStep).kind)}`);
  }
}

function applyNumber(
  step: FeatureStep & { kind: "number" },
  { values, offset, stride }: RawColumnView,
  rows: Int32Array,
  count: number,
  out: Float32Array,
  first: number,
  width: number,
): void {
  const { fill, low, high, offset: mean, scale } = step;
  let at = first;
  for (let i = 0; i < count; i++) {
    let value = values[offset + Math.imul(rows[i]!, stride)]!;
    if (Number.isNaN(value)) value = fill;
    if (value < low) value = low;
    else if (value > high) value = high;
    out[at] = (value - mean) * scale;
    at += width;
  }
}

function applyOneHot(
  step: FeatureStep & { kind: "one-hot" },
  { values, offset, stride }: RawColumnView,
  rows: Int32Array,
  count: number,
  out: Float32Array,
  first: number,
  width: number,
): void {
  let at = first;
  for (let i = 0; i < count; i++) {
    let code = values[offset + Math.imul(rows[i]!, stride)]!;
    if (Number.isNaN(code)) code = step.fill;
    if (code >= 0) out[at + (code | 0)] = 1;
    at += width;
  }
}

function applyMissing(
  { values, offset, stride }: RawColumnView,
  rows: Int32Array,
  count: number,
  out: Float32Array,
  first: number,
  width: number,
): void {
  let at = first;
  for (let i = 0; i < count; i++) {
    if (Number.isNaN(values[offset + Math.imul(rows[i]!, stride)]!)) out[at] = 1;
    at += width;
  }
}

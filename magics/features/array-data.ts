/**
 * Arrays from a cell become a data set. Enters: x, y and a shape, as the user has them; leaves: split arrays. No features are fitted: what comes
 * in is what is learnt from.
 */
import { LeptonError, type SourceColumn, type SplitName } from "@lepton/contract";
import { codedOf, type FlatArrays } from "./array-shapes.ts";
import type { SplitArrays } from "./fit.ts";
import type { FeatureOptions } from "./options.ts";
import { randomSplit, splitNames } from "./split.ts";
import { readTarget, type Target } from "./target.ts";
import type { DatasetContent } from "./write-dataset.ts";

/** @throws LEPTON_TARGET, LEPTON_COLUMN_TYPE when x holds NaN or an infinity */
export function splitArrays(arrays: FlatArrays, options: FeatureOptions, sourceText: string): DatasetContent {
  const [rows, ...rowShape] = arrays.shape as [number, ...number[]];
  requireFinite(arrays.x, rowShape);
  const { column, data } = codedOf(arrays.y, options.target);
  const target = named(readTarget(column as SourceColumn, data, options), arrays.classes);
  const split = randomSplit(target.rows, target.codes, options.fractions, options.seed);
  const size = arrays.x.length / rows;
  const parts = splitNames.map((name) => [name, gatherRows(arrays.x, size, target, split[name])] as const);
  return {
    parts: {
      name: options.name,
      source: { kind: "arrays", description: `x [${arrays.shape.join(", ")}] and y from a cell`, rows },
      task: target.task,
      target: { name: options.target, classes: target.classes, positive: target.positive },
      columns: [],
      features: [],
      rowShape,
      targetShape: target.task === "multiclass" ? [] : [1],
      split: { seed: options.seed, stratified: target.codes !== undefined, fractions: options.fractions },
      classCounts: target.classes
        ? target.classes.map((_, index) =>
            split.train.reduce((sum, row) => sum + (target.codes![row] === index ? 1 : 0), 0),
          )
        : null,
      sourceText,
    },
    plan: null,
    arrays: Object.fromEntries(parts) as Record<SplitName, SplitArrays>,
    preview: [],
  };
}

/** Names given for the classes replace the numbers that y holds: class k of y is classes[k]. */
function named(target: Target, classes: readonly string[] | undefined): Target {
  if (!classes || !target.classes) return target;
  const names = target.classes.map((word) =>
    /^\d+$/.test(word) ? classes[Number(word)] : classes.includes(word) ? word : undefined,
  );
  const lacking = names.indexOf(undefined);
  if (lacking >= 0) {
    throw new LeptonError(
      "LEPTON_TARGET",
      `dataset: y holds ${target.classes[lacking]}, which none of the ${classes.length} classes is; y must hold their indices or names.`,
    );
  }
  const positive = target.positive === null ? null : names[1]!;
  return { ...target, classes: names as string[], positive };
}

function requireFinite(x: Float32Array, rowShape: readonly number[]): void {
  const at = x.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return;
  const size = rowShape.reduce((product, part) => product * part, 1);
  throw new LeptonError(
    "LEPTON_COLUMN_TYPE",
    `dataset: x holds ${x[at]} in row ${Math.floor(at / size)}; every number must be finite and within ±3.4e38.`,
  );
}

function gatherRows(x: Float32Array, size: number, target: Target, rows: Uint32Array): SplitArrays {
  const out = new Float32Array(rows.length * size);
  for (const [at, row] of rows.entries()) out.set(x.subarray(row * size, (row + 1) * size), at * size);
  const classes = (row: number) => target.codes![row]!;
  const y = target.values
    ? Float32Array.from(rows, (row) => target.values![row]!)
    : target.task === "binary"
      ? Float32Array.from(rows, classes)
      : Int32Array.from(rows, classes);
  return { rows: rows.length, x: out, y };
}

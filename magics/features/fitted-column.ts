/** What fitting one column gives, whatever its kind, and the words and features that kinds share. */
import type { Stage } from "@lepton/graph/stages";
import type { NumberFit } from "./fit-number.ts";
import type { FeatureOptions } from "./options.ts";
import type { ColumnReport } from "./plan.ts";

/** What one column adds. */
export interface Fitted {
  readonly stage: Stage;
  readonly raws: readonly Float32Array[];
  readonly features: readonly NewFeature[];
  readonly report: Omit<ColumnReport, "name" | "storage">;
  readonly example: number | string | boolean | null;
}

/** A step before its place among all features is known; `raw` counts within the column. */
export type NewFeature =
  | { readonly kind: "number"; readonly name: string; readonly raw: number; readonly fit: NumberFit }
  | { readonly kind: "one-hot"; readonly names: readonly string[]; readonly raw: number; readonly fill: number }
  | { readonly kind: "missing"; readonly name: string; readonly raw: number };

export function missingFeature(
  name: string,
  raw: number,
  missing: number,
  options: FeatureOptions,
): readonly NewFeature[] {
  return options.indicators && missing > 0 ? [{ kind: "missing", name: `${name}_missing`, raw }] : [];
}

/** @param offset  what the fitted values are counted from */
export function numberReport(fit: NumberFit, offset = 0) {
  const { missing, min, median, max, mean, deviation } = fit;
  const shown = { min: finite(min + offset), median: median + offset, max: finite(max + offset), mean: mean + offset };
  return { missing, ...shown, deviation };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

export function numberNote(fit: NumberFit, options: FeatureOptions, indicated: boolean): string {
  const scaled = { standard: "standardised", minmax: "scaled to 0..1", none: "as it is" }[options.scale];
  const filled = fit.missing > 0 ? `, missing = ${options.impute}${indicated ? " and an indicator" : ""}` : "";
  const cut = fit.cut > 0 ? `, ${fit.cut} extreme ${fit.cut === 1 ? "value" : "values"} cut` : "";
  return `${scaled}${filled}${cut}`;
}

export const noNumbers = { min: null, median: null, max: null, mean: null, deviation: null } as const;

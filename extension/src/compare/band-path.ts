/** The outline of a confidence band. A band and places enter; an SVG path leaves. Pure, so that tests without a page read it too. */
import type { ComparedBand } from "../../../kernel/contract/comparison.ts";
import { coordinate } from "../chart/svg.ts";

export interface BandPlace {
  /** Pixels; null where an axis has no place for the value. */
  readonly x: (index: number) => number | null;
  readonly y: (value: number) => number | null;
  readonly top: number;
  readonly bottom: number;
}

/** Along the upper ends and back along the lower ones; an end that lies outside, or below zero on a log axis, is cut off at the frame. */
export function bandPath({ low, high }: Pick<ComparedBand, "low" | "high">, place: BandPlace): string {
  const edge = (index: number, value: number | null, otherwise: number) => {
    const x = place.x(index);
    if (x === null || value === null) return null;
    const y = Math.min(place.bottom, Math.max(place.top, place.y(value) ?? otherwise));
    return `${coordinate(x)} ${coordinate(y)}`;
  };
  const known = low.flatMap((from, index) => {
    const [lower, upper] = [edge(index, from, place.bottom), edge(index, high[index] ?? null, place.bottom)];
    return lower && upper ? [{ lower, upper }] : [];
  });
  const points = [...known.map((one) => one.upper), ...known.toReversed().map((one) => one.lower)];
  return points.length < 4 ? "" : `M${points.join("L")}Z`;
}

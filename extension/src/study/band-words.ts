/** What stands beside the bands of a contour's legend. A range and a number of bands enter, their middles in words leave. Apart because it needs no page. */
import { axisTick, tick } from "../chart/tick.ts";

/**
 * As many digits as tell each band from the next, the lowest band first.
 *
 * @param range  of values; with `isLog` of their decimal logarithms
 */
export function bandWords([low, high]: readonly [number, number], bands: number, isLog: boolean): readonly string[] {
  const height = (high - low) / bands;
  return Array.from({ length: bands }, (_, band) => {
    const at = low + height * (band + 0.5);
    if (height === 0) return tick(isLog ? 10 ** at : at);
    return isLog ? ratioWord(10 ** at, 10 ** -height) : axisTick(at, height);
  });
}

/** At least two digits; more where the band below, `ratio` times as high, is nearer. */
function ratioWord(value: number, ratio: number): string {
  const apart = Math.min(value * (1 - ratio), value / 10);
  const digits = 1 + Math.floor(Math.log10(value)) - Math.floor(Math.log10(apart));
  const short = Number(value.toPrecision(digits));
  return value >= 1e-4 && value < 1e9
    ? short.toLocaleString("en", { maximumSignificantDigits: digits })
    : short.toExponential().replace("e+", "e");
}

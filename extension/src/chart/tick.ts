/** Numbers as they stand on axes and in tables. Pure, so that tests without a page read it too. */

/** A number as short as it can be read: 0.0123, 1.2e-7, 34,826. */
export function tick(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return "";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e9) return value.toExponential(2).replace(/\.?0+e/, "e");
  if (Number.isInteger(value)) return value.toLocaleString("en");
  return String(Number(value.toPrecision(4)));
}

/** A number on an axis: as many digits as tell it from its neighbours, `step` apart; nothing where a log axis leaves a place without words (null). */
export function axisTick(value: number | null, step: number): string {
  if (value === null) return "";
  const size = Math.abs(value);
  const apart = step > 0 ? Math.floor(Math.log10(step)) : 0;
  if ((size !== 0 && size < 1e-4) || size >= 1e7) {
    return value.toExponential(Math.max(0, Math.floor(Math.log10(size)) - apart));
  }
  return value.toLocaleString("en", { maximumFractionDigits: Math.max(0, -apart) });
}

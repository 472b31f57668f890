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

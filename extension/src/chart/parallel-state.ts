/** What keys and pointers do to ranges and to the order of axes; nothing here touches the page. */
import { type Dimension, shareOf } from "./dimension.ts";

/** Low and high end in shares of the axis. */
export type Brush = readonly [number, number];

const STEP = 0.05;

/** The range after a key: null where it is cleared, undefined where the key means nothing here. */
export function brushAfterKey(brush: Brush | undefined, key: string, shift: boolean): Brush | null | undefined {
  if (key === "Enter" || key === " ") return brush ? null : [0.5, 1];
  if (key === "Escape" || key === "Delete" || key === "Backspace") return brush ? null : undefined;
  if (key !== "ArrowUp" && key !== "ArrowDown") return undefined;
  const [low, high] = brush ?? [0.5, 1];
  const up = key === "ArrowUp";
  if (shift) return up ? [Math.max(0, low - STEP), Math.min(1, high + STEP)] : narrower(low, high);
  const step = up ? Math.min(STEP, 1 - high) : -Math.min(STEP, low);
  return [low + step, high + step];
}

function narrower(low: number, high: number): Brush {
  return high - low <= 2.5 * STEP ? [low, high] : [low + STEP, high - STEP];
}

/** `name` moved by so many places. */
export function moved(order: readonly string[], name: string, places: number): string[] {
  const from = order.indexOf(name);
  const rest = order.filter((one) => one !== name);
  const to = Math.min(rest.length, Math.max(0, from + places));
  return [...rest.slice(0, to), name, ...rest.slice(to)];
}

/** True where each ranged axis has the line's value inside; a line without a value there lies outside. */
export function inBrushes(
  values: Readonly<Record<string, unknown>>,
  ranged: readonly { readonly dimension: Dimension; readonly brush: Brush }[],
): boolean {
  return ranged.every(({ dimension, brush: [low, high] }) => {
    const share = shareOf(dimension, values[dimension.name]);
    return share !== null && share >= low - 1e-9 && share <= high + 1e-9;
  });
}

/** Numbers, durations and names as people read them, for pictures and terminals alike. */
import type { ParameterValue } from "@lepton/contract";

/** Four significant digits: 0.4123, 12.35, 1234, 1.2e-5; "–" for what is missing or not finite. */
export function formatNumber(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6))
    return Number(value.toPrecision(3)).toExponential().replace("e+", "e");
  return String(Number(value.toPrecision(size >= 1000 ? 6 : 4)));
}

/** Whole numbers with thin groups: 34,826. */
export function formatCount(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** "0.8 s", "42 s", "3 min 05 s", "2 h 10 min". */
export function formatSeconds(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
  return `${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, "0")} min`;
}

/**
 * A state as it is kept: what goes on is said with its time, for a saved picture is read long after.
 *
 * @param time  milliseconds since 1970
 */
export function stateAt(state: string, time: number): string {
  if (state !== "running" && state !== "starting") return state;
  return `${state} at ${new Date(time).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** A hyperparameter's value as it is written in a magic: 64,64 for a list. */
export function formatParameter(value: ParameterValue | undefined): string {
  if (value === undefined) return "–";
  if (typeof value === "number") return formatNumber(value);
  return typeof value === "object" ? value.join(",") : String(value);
}

const wide =
  /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|[\u{1F300}-\u{1FAFF}]|[\u{20000}-\u{3FFFD}]/u;

/** Columns of a terminal that a text takes: Chinese, Japanese and Korean characters take two. */
export function terminalWidth(text: string): number {
  let width = 0;
  for (const character of text) width += wide.test(character) ? 2 : 1;
  return width;
}

/** Cut to `width` terminal columns, with "…" where something was cut. Line breaks and control characters become spaces. */
export function shorten(text: string, width: number): string {
  const plain = text.replace(/\p{Cc}+/gu, " ");
  if (terminalWidth(plain) <= width) return plain;
  let kept = "";
  for (const character of plain) {
    if (terminalWidth(kept + character) > width - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

/** About how many pixels a text takes in the pictures' fonts at `size` px; on the large side, so that nothing overlaps. */
export function textWidth(text: string, size: number): number {
  return terminalWidth(text) * size * 0.6;
}

const bars = "▁▂▃▄▅▆▇█";

/** A line of bars, at most `width` of them; each is the mean of its share of the finite values. */
export function sparkline(values: readonly (number | null)[], width: number): string {
  const finite = values.filter((value): value is number => value !== null && Number.isFinite(value));
  const count = Math.min(width, finite.length);
  const means = Array.from({ length: count }, (_, index) => {
    const part = finite.slice(
      Math.floor((index * finite.length) / count),
      Math.floor(((index + 1) * finite.length) / count),
    );
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
  const low = Math.min(...means);
  const span = Math.max(...means) - low;
  return means.map((mean) => bars[span === 0 ? 0 : Math.min(7, Math.floor(((mean - low) / span) * 8))]).join("");
}

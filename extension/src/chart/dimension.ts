/**
 * An axis without a place: where a value lies between 0 and 1, and which values are written beside it. Enter: values, and a hyperparameter's space where
 * there is one; leaves: a Dimension that charts stretch to their size. Knows nothing of the page.
 */
import type { ParameterSpace } from "../../../kernel/contract/study.ts";
import { tick } from "./tick.ts";

export interface Dimension {
  readonly name: string;
  readonly log: boolean;
  /** Where choices are, their texts; numbers otherwise. */
  readonly choices: readonly string[] | null;
  readonly low: number;
  readonly high: number;
  /** True where only whole numbers are written beside it. */
  readonly whole?: boolean;
}

export interface Tick {
  readonly share: number;
  readonly label: string;
}

/** A range this much wider than its low end is drawn by ratio where no space says how. */
const LOG_RATIO = 50;

/** The dimension of a hyperparameter, or of values whose kind only their looks tell. */
export function dimensionOf(name: string, values: readonly unknown[], space?: ParameterSpace): Dimension {
  if (space && space.kind !== "choice")
    return { ...numbers(name, space.low, space.high, space.log), whole: space.kind === "integer" };
  const known = values.filter((value) => value !== null && value !== undefined);
  const finite = known.filter((value): value is number => typeof value === "number" && Number.isFinite(value));
  if (!space && finite.length > 0 && finite.length === known.length) {
    const [low, high] = extent(finite)!;
    const isWhole = finite.every((value) => Number.isInteger(value)) && high > low;
    return { ...numbers(name, low, high, low > 0 && high / low >= LOG_RATIO), whole: isWhole };
  }
  const wanted = space ? space.choices : known;
  const choices = [...new Set(wanted.map(textOf))];
  return { name, log: false, choices, low: 0, high: Math.max(1, choices.length - 1) };
}

/** A plain range of numbers with a little room at its ends. */
export function rangeOf(
  name: string,
  values: Iterable<number | null>,
  options: { log?: boolean; room?: number } = {},
): Dimension {
  const found = extent(values) ?? [0, 1];
  const log = options.log === true && found[0] > 0;
  const { low, high } = numbers(name, found[0], found[1], log);
  const room = options.room ?? 0.05;
  if (log) {
    const factor = (high / low) ** room;
    return { name, log, choices: null, low: low / factor, high: high * factor };
  }
  return { name, log, choices: null, low: low - (high - low) * room, high: high + (high - low) * room };
}

/** A range that is too narrow to be drawn is widened round its value. */
function numbers(name: string, low: number, high: number, log: boolean): Dimension {
  if (high - low > Math.max(Math.abs(low), Math.abs(high)) * 1e-9)
    return { name, log: log && low > 0, choices: null, low, high };
  if (log && low > 0) return { name, log, choices: null, low: low / 1.5, high: low * 1.5 };
  const room = low === 0 ? 1 : Math.abs(low) * 0.1;
  return { name, log: false, choices: null, low: low - room, high: low + room };
}

export function extent(values: Iterable<number | null | undefined>): readonly [number, number] | null {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value === null || value === undefined || !Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : null;
}

/** Where a value lies: 0 at the low end, 1 at the high one; null where it has no place. */
export function shareOf(dimension: Dimension, value: unknown): number | null {
  const { choices, low, high, log } = dimension;
  if (choices) {
    const at = value === undefined || value === null ? -1 : choices.indexOf(textOf(value));
    return at < 0 ? null : (at + 0.5) / choices.length;
  }
  if (typeof value !== "number" || !Number.isFinite(value) || (log && value <= 0)) return null;
  return log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
}

/** The value at a place, as it is read out. */
export function labelAt(dimension: Dimension, share: number): string {
  const { choices, low, high, log } = dimension;
  if (choices) return choices[Math.min(choices.length - 1, Math.floor(share * choices.length))] ?? "";
  return tick(Number((log ? low * (high / low) ** share : low + share * (high - low)).toPrecision(4)));
}

/** At most about `count` places with round values. */
export function ticksOf(dimension: Dimension, count: number, whole = dimension.whole ?? false): readonly Tick[] {
  if (dimension.choices) return choiceTicks(dimension, count);
  const values = dimension.log ? logValues(dimension, count) : linearValues(dimension, count, whole);
  return values.map((value) => ({ share: shareOf(dimension, value)!, label: tickText(value) }));
}

function choiceTicks(dimension: Dimension, count: number): readonly Tick[] {
  const every = Math.max(1, Math.ceil(dimension.choices!.length / Math.max(1, count)));
  return dimension.choices!.flatMap((choice, index) =>
    index % every === 0 ? [{ share: shareOf(dimension, choice)!, label: choice }] : [],
  );
}

function linearValues({ low, high }: Dimension, count: number, whole: boolean): number[] {
  const raw = (high - low) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(raw));
  const factor = raw / power;
  const round = power * (factor <= 1 ? 1 : factor <= 2 ? 2 : factor <= 5 ? 5 : 10);
  const step = whole ? Math.max(1, Math.round(round)) : round;
  const values: number[] = [];
  for (let at = Math.ceil(low / step - 1e-9); at <= high / step + 1e-9 && values.length < 50; at++) {
    values.push(Number((at * step).toPrecision(12)));
  }
  return values;
}

/** Powers of ten; with fewer than three of them also their doubles and fivefolds where there is room. */
function logValues({ low, high }: Dimension, count: number): number[] {
  const from = Math.floor(Math.log10(low));
  const to = Math.ceil(Math.log10(high));
  const every = Math.max(1, Math.ceil((to - from) / Math.max(1, count)));
  const inside = (factors: readonly number[]) => {
    const values: number[] = [];
    for (let power = from; power <= to; power += every) {
      for (const factor of factors) {
        const value = Number(`${factor}e${power}`);
        if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9)) values.push(value);
      }
    }
    return values;
  };
  const decades = inside([1]);
  const finer = inside([1, 2, 5]);
  return decades.length >= 3 || (decades.length > 0 && finer.length > count) ? decades : finer;
}

function tickText(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential().replace("e+", "e");
  return value.toLocaleString("en", { maximumSignificantDigits: 6 });
}

/** A hyperparameter's value as it is written in a magic: 64,64 for a list. */
export function textOf(value: unknown): string {
  if (typeof value === "number") return tick(value);
  if (Array.isArray(value)) return value.map(String).join(",");
  return value === undefined || value === null ? "" : String(value);
}

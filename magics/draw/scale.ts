/** From data to coordinates: linear and logarithmic scales with ticks at round values. Numbers in, numbers and labels out. */

export interface Scale {
  readonly kind: "linear" | "log";
  readonly ticks: readonly { readonly value: number; readonly label: string }[];
  at(value: number): number;
}

/** 1, 2 or 5 times a power of ten: the least such step that gives at most `count` intervals. */
function roundStep(span: number, count: number): number {
  const raw = span / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const factor = raw / power;
  return power * (factor <= 1 ? 1 : factor <= 2 ? 2 : factor <= 5 ? 5 : 10);
}

/** A tick's label with the digits that its step needs. */
function tickLabel(value: number, step: number): string {
  const size = Math.max(Math.abs(value), step);
  if (size >= 1e5 || step < 1e-4) {
    const digits = value === 0 ? 0 : Math.max(0, Math.round(Math.log10(Math.abs(value) / step)));
    return value === 0 ? "0" : String(Number(value.toPrecision(digits + 1)).toExponential()).replace("e+", "e");
  }
  return value.toFixed(Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
}

/** Ticks at multiples of a round step inside [low, high]. `integer` keeps the step whole (epochs, trials). */
export function linearTicks(low: number, high: number, count: number, integer = false): Scale["ticks"] {
  const step = integer ? Math.max(1, roundStep(high - low, count)) : roundStep(high - low, count);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  const ticks = [];
  for (let index = first; index <= last; index++) {
    const value = index === 0 ? 0 : Number((index * step).toPrecision(12));
    ticks.push({ value, label: tickLabel(value, step) });
  }
  return ticks;
}

/** Powers of ten inside [low, high]; with fewer than two of them also their doubles and fivefolds. */
export function logTicks(low: number, high: number): Scale["ticks"] {
  const from = Math.floor(Math.log10(low));
  const to = Math.ceil(Math.log10(high));
  const every = Math.max(1, Math.ceil((to - from) / 6));
  const inside = (factors: readonly number[]) => {
    const ticks = [];
    for (let power = from; power <= to; power += every) {
      for (const factor of factors) {
        const value = Number(`${factor}e${power}`);
        if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9))
          ticks.push({ value, label: Math.abs(power) > 3 ? `${factor}e${power}` : String(value) });
      }
    }
    return ticks;
  };
  const decades = inside([1]);
  return decades.length >= 3 ? decades : inside([1, 2, 5]);
}

export interface ScaleRequest {
  readonly low: number;
  readonly high: number;
  /** Coordinates of low and high; `from` > `to` for an axis that rises on the page. */
  readonly from: number;
  readonly to: number;
  /** About how many ticks fit. */
  readonly count: number;
  readonly log?: boolean;
  readonly integer?: boolean;
}

/** A scale over [low, high]; a range too narrow to tell ticks apart is widened round its value. */
export function scale(request: ScaleRequest): Scale {
  let { low, high } = request;
  const log = request.log === true && low > 0;
  if (!(high - low > Math.max(Math.abs(low), Math.abs(high)) * 1e-9) || high - low < 1e-200) {
    const room = Math.abs(low) > 1e-200 ? Math.abs(low) * 0.1 : 1;
    [low, high] = log ? [low / 1.5, low * 1.5] : [low - room, low + room];
  }
  const read = log ? Math.log10 : (value: number) => value;
  const start = read(low);
  const factor = (request.to - request.from) / (read(high) - start);
  return {
    kind: log ? "log" : "linear",
    ticks: log ? logTicks(low, high) : linearTicks(low, high, request.count, request.integer),
    at: (value) => request.from + (read(value) - start) * factor,
  };
}

/** Least and greatest finite value, or undefined when there is none. */
export function extent(values: Iterable<number | null>): readonly [number, number] | undefined {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value === null || !Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : undefined;
}

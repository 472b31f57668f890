/**
 * Step events in a row as columns: what a fast run writes thousands of a second, in a third of the characters. Enter: events; leave: the same list
 * with columns where there were rows of steps, and back. Apart because the kernel packs and the page unpacks: they must agree to the last digit.
 */
import type { RunEvent } from "./run.ts";

type StepEvent = Extract<RunEvent, { type: "step" }>;

/** Consecutive step events: the i-th has seq + i. A column that never changes is its one value. */
export interface StepColumns {
  readonly type: "steps";
  /** Of the first. */
  readonly seq: number;
  readonly count: number;
  /** Milliseconds since 1970 of the first, then the differences. */
  readonly time: Column;
  /** The first, then the differences. */
  readonly step: Column;
  readonly epoch: Column;
  /** null where it is no number. */
  readonly loss: Column;
  readonly learningRate: Column;
  readonly rowsPerSecond: Column;
}

type Column = number | null | readonly (number | null)[];

/** Fewer in a row stay rows. */
const fewest = 4;
const most = 1_000_000;
const names = ["time", "step", "epoch", "loss", "learningRate", "rowsPerSecond"] as const;
const plain = new Set<string>([...names, "type", "seq"]);

/** The same events, with rows of plain step events as columns. */
export function packSteps(events: readonly RunEvent[]): (RunEvent | StepColumns)[] {
  const packed: (RunEvent | StepColumns)[] = [];
  for (let index = 0; index < events.length; ) {
    let end = index;
    while (end < events.length && isPlainStep(events[end]!)) end++;
    if (end - index >= fewest) packed.push(columnsOf(events.slice(index, end) as StepEvent[]));
    else packed.push(...events.slice(index, Math.max(end, index + 1)));
    index = Math.max(end, index + 1);
  }
  return packed;
}

function isPlainStep(event: RunEvent): event is StepEvent {
  if (event.type !== "step") return false;
  for (const key in event) if (!plain.has(key)) return false;
  return true;
}

function columnsOf(steps: readonly StepEvent[]): StepColumns {
  return {
    type: "steps",
    seq: steps[0]!.seq,
    count: steps.length,
    time: same(differences(steps.map((event) => event.time))),
    step: same(differences(steps.map((event) => event.step))),
    epoch: same(steps.map((event) => event.epoch)),
    loss: same(steps.map((event) => (Number.isFinite(event.loss) ? event.loss : null))),
    learningRate: same(steps.map((event) => event.learningRate)),
    rowsPerSecond: same(steps.map((event) => event.rowsPerSecond)),
  };
}

/** The events again, in order; a loss that was no number is NaN. */
export function unpackSteps(events: readonly (RunEvent | StepColumns)[]): readonly RunEvent[] {
  if (!events.some((event) => event.type === "steps")) return events as readonly RunEvent[];
  const rows: RunEvent[] = [];
  for (const event of events) {
    if (event.type === "steps") unpackInto(rows, event);
    else rows.push(event);
  }
  return rows;
}

function unpackInto(rows: RunEvent[], columns: StepColumns): void {
  const at = (column: Column, index: number) => (Array.isArray(column) ? column[index] : (column as number | null));
  let time = 0;
  let step = 0;
  for (let index = 0; index < columns.count; index++) {
    time += at(columns.time, index) ?? 0;
    step += at(columns.step, index) ?? 0;
    rows.push({
      seq: columns.seq + index,
      time,
      type: "step",
      step,
      epoch: at(columns.epoch, index) ?? Number.NaN,
      loss: at(columns.loss, index) ?? Number.NaN,
      learningRate: at(columns.learningRate, index) ?? Number.NaN,
      rowsPerSecond: at(columns.rowsPerSecond, index) ?? Number.NaN,
    });
  }
}

/** Why columns from outside are refused, or null. */
export function stepColumnsFault(value: Readonly<Record<string, unknown>>): string | null {
  const count = value["count"];
  if (!Number.isSafeInteger(count) || (count as number) < 0 || (count as number) > most) return "steps without a count";
  const isNumber = (one: unknown) => one === null || typeof one === "number";
  for (const name of names) {
    const column = value[name];
    if (isNumber(column)) continue;
    if (!Array.isArray(column) || column.length !== count) return `steps: ${name} has not ${String(count)} values`;
    if (!column.every(isNumber)) return `steps: ${name} has a value that is no number`;
  }
  return null;
}

function differences(values: readonly number[]): number[] {
  return values.map((value, index) => (index === 0 ? value : value - values[index - 1]!));
}

/** The one value of a column that never changes, or the column. */
function same(values: readonly (number | null)[]): Column {
  const first = values[0] ?? null;
  return values.every((value) => value === first) ? first : values;
}

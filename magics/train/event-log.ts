/**
 * A run's `events.jsonl`, written by the run's process alone. Enter: events without seq and time; leave: numbered lines on disk. Apart because
 * it is the record all others only follow: a line is whole or not there, and a full disk still leaves room for the last word.
 */
import { appendFileSync, closeSync, ftruncateSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Metrics, RunEvent } from "@lepton/contract";
import { diskError, writeAll } from "../data/durable-file.ts";

/** An event as the loop makes it; the log adds seq and time. */
export type NewEvent = RunEvent extends infer E ? (E extends RunEvent ? Omit<E, "seq" | "time"> : never) : never;

export interface EventLog {
  /** seq of the last event written; 0 when there is none. */
  readonly seq: number;
  /** @throws LEPTON_DISK */
  append(event: NewEvent): RunEvent;
  close(): void;
}

const reserveBytes = 65_536;

/** Open the log of a run's folder for writing, keeping the events up to `keepUntil` and cutting off the rest. */
export function openEventLog(folder: string, keepUntil: number): EventLog {
  const file = eventFile(folder);
  const reserve = path.join(folder, "reserve");
  const kept = cutAfter(file, keepUntil);
  const descriptor = openSync(file, "a");
  ftruncateSync(descriptor, kept.bytes);
  try {
    writeFileSync(reserve, new Uint8Array(reserveBytes).fill(32)); // given up when the disk is full, so that the end can be told
  } catch (error) {
    closeSync(descriptor);
    rmSync(reserve, { force: true });
    throw diskError(reserve, error);
  }
  let { seq, bytes } = kept;
  const write = (event: RunEvent) => {
    const line = Buffer.from(`${JSON.stringify(event, finiteOnly)}\n`);
    try {
      writeAll(descriptor, line);
    } catch (error) {
      ftruncateSync(descriptor, bytes); // no half line
      throw diskError(file, error);
    }
    bytes += line.length;
  };
  return {
    get seq() {
      return seq;
    },
    append(fresh) {
      const event = { seq: seq + 1, time: Date.now(), ...fresh } as RunEvent;
      if (event.type === "end") rmSync(reserve, { force: true });
      write(event);
      seq++;
      return event;
    },
    close: () => closeSync(descriptor),
  };
}

/** The end of a run that failed before its log could be opened for writing. */
export function appendFailure(folder: string, reason: string): void {
  const seq = (readEvents(folder).at(-1)?.seq ?? 0) + 1;
  const known = { step: 0, epoch: 0, seconds: 0, best: null, test: null, confusion: null };
  const event: RunEvent = { seq, time: Date.now(), type: "end", state: "failed", reason, ...known };
  appendFileSync(eventFile(folder), `${JSON.stringify(event)}\n`);
}

export function eventFile(folder: string): string {
  return path.join(folder, "events.jsonl");
}

/** JSON has no NaN and no infinity: they are written as null and read back as NaN by `parseEvent`. */
function finiteOnly(_key: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value) ? null : value;
}

/** One line as an event, or undefined when it is not whole (a process was killed while writing it). */
export function parseEvent(line: string): RunEvent | undefined {
  try {
    const event = JSON.parse(line) as RunEvent;
    return typeof event?.seq === "number" ? reviveNaN(event) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function reviveNaN(event: RunEvent): RunEvent {
  const revive = (metrics: Metrics | null) =>
    metrics && Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, value ?? Number.NaN]));
  if (event.type === "step") return { ...event, loss: event.loss ?? Number.NaN };
  if (event.type === "epoch") return { ...event, train: revive(event.train)!, validation: revive(event.validation) };
  if (event.type !== "end") return event;
  const best = event.best && { ...event.best, validation: revive(event.best.validation)! };
  return { ...event, best, test: revive(event.test) };
}

/** All whole events of a run's folder, in order; none when the run has not begun. */
export function readEvents(folder: string): RunEvent[] {
  const events: RunEvent[] = [];
  for (const line of readText(eventFile(folder)).split("\n")) {
    const event = line === "" ? undefined : parseEvent(line);
    if (event?.seq !== events.length + 1) break;
    events.push(event);
  }
  return events;
}

/** How many bytes of the file hold the events 1 to `keepUntil`. */
function cutAfter(file: string, keepUntil: number): { seq: number; bytes: number } {
  let seq = 0;
  let bytes = 0;
  for (const line of readText(file).split("\n")) {
    const event = line === "" ? undefined : parseEvent(line);
    if (event?.seq !== seq + 1 || event.seq > keepUntil) break;
    seq = event.seq;
    bytes += Buffer.byteLength(line) + 1;
  }
  return { seq, bytes };
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}

/**
 * A study's `journal.jsonl`: one JSON object a line, only ever appended, synced before anyone acts on it. Everything of a study can be told from
 * it again, so a killed kernel loses nothing that was told. A last line that was cut in half by a kill is dropped at the next opening.
 */
import { closeSync, fsyncSync, ftruncateSync, mkdirSync, openSync, readFileSync } from "node:fs";
import path from "node:path";
import { type Direction, LeptonError, type ParameterValue, type StudySpace, type Task } from "@lepton/contract";
import { diskError, writeAll } from "../data/durable-file.ts";
import type { CapturedFunctions } from "./own-functions.ts";

/** What a study is; the journal's first line. */
export interface StudySpec {
  readonly contract: 1;
  readonly id: string;
  readonly name: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly dataset: { readonly folder: string; readonly id: string; readonly name: string };
  readonly task: Task;
  /** As a person says it: "mlp". */
  readonly model: string;
  readonly metric: string;
  readonly direction: Direction;
  readonly sampler: string;
  readonly pruner: string;
  readonly seed: number;
  readonly workers: number;
  readonly trials: number;
  readonly space: StudySpace;
  /** Names in the space that are arguments of a model of one's own, not options of train. */
  readonly arguments: readonly string[];
  /** Functions of the notebook among the choices of model and loss. */
  readonly functions: CapturedFunctions;
  /** Options of train that do not vary; JSON. */
  readonly fixed: Readonly<Record<string, unknown>>;
  readonly source: string;
}

export type JournalRecord =
  | { readonly type: "study"; readonly spec: StudySpec }
  /** A trial's parameters were chosen. */
  | {
      readonly type: "ask";
      readonly trial: number;
      readonly time: number;
      readonly parameters: Readonly<Record<string, ParameterValue>>;
    }
  /** A run was made for it. */
  | {
      readonly type: "start";
      readonly trial: number;
      readonly time: number;
      readonly run: string;
      readonly worker: number;
    }
  /** The metric after an epoch; written only where a pruner needs it. */
  | { readonly type: "report"; readonly trial: number; readonly epoch: number; readonly value: number }
  /** A trial is over for good. */
  | {
      readonly type: "tell";
      readonly trial: number;
      readonly time: number;
      readonly state: "finished" | "pruned" | "failed";
      readonly value: number | null;
      readonly reason: string | null;
      readonly seconds: number;
      readonly epoch: number;
      readonly epochs: number;
    }
  /** The number of trials wanted was changed when the study was resumed. */
  | { readonly type: "plan"; readonly trials: number; readonly time: number }
  | {
      readonly type: "end";
      readonly time: number;
      readonly state: "finished" | "stopped" | "failed";
      readonly reason: string | null;
    };

export interface Journal {
  /** On disk when it returns. @throws LEPTON_DISK */
  append(record: JournalRecord): void;
  close(): void;
}

export function journalFile(folder: string): string {
  return path.join(folder, "journal.jsonl");
}

/** All whole records of a study's folder. @throws LEPTON_STUDY when there is no study or a line in the middle is damaged */
export function readJournal(folder: string): JournalRecord[] {
  const file = journalFile(folder);
  const { records } = parseJournal(file, readText(file));
  if (records[0]?.type !== "study") throw new LeptonError("LEPTON_STUDY", `sweep: ${file} holds no study.`);
  return records;
}

/** Open for appending; what is left of a line cut in half is removed. Makes the folder. @throws LEPTON_STUDY, LEPTON_DISK */
export function openJournal(folder: string): Journal {
  const file = journalFile(folder);
  mkdirSync(folder, { recursive: true });
  const descriptor = openForAppending(file);
  let { bytes } = parseJournal(file, readText(file));
  ftruncateSync(descriptor, bytes);
  return {
    append(record) {
      const line = Buffer.from(`${JSON.stringify(record)}\n`);
      try {
        writeAll(descriptor, line);
        fsyncSync(descriptor);
      } catch (error) {
        ftruncateSync(descriptor, bytes);
        throw diskError(file, error);
      }
      bytes += line.length;
    },
    close: () => closeSync(descriptor),
  };
}

function openForAppending(file: string): number {
  try {
    return openSync(file, "a");
  } catch (error) {
    throw diskError(file, error);
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}

/** Records, and how many bytes their lines take. */
function parseJournal(file: string, text: string): { records: JournalRecord[]; bytes: number } {
  const lines = text.split("\n");
  const cut = lines.pop() ?? "";
  const records = lines.map((line, index) => {
    const record = parseLine(line);
    if (!record) {
      throw new LeptonError(
        "LEPTON_STUDY",
        `sweep: line ${index + 1} of ${file} is damaged: "${line.slice(0, 60)}". Repair or remove the line.`,
      );
    }
    return record;
  });
  return { records, bytes: Buffer.byteLength(text) - Buffer.byteLength(cut) };
}

const types = ["study", "ask", "start", "report", "tell", "plan", "end"];

function parseLine(line: string): JournalRecord | undefined {
  try {
    const record = JSON.parse(line) as JournalRecord | null;
    return record !== null && types.includes(record.type) ? record : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

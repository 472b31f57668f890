/**
 * What a run needs to go on after a kill: all state of its program and where its loop was, in one file that is replaced as a whole. Enter: state
 * and position; leave: the same, bit for bit. Apart because serving and evaluation read weights without knowing the loop.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { LeptonError, type Metrics, type TensorData } from "@lepton/contract";
import { replaceFile } from "../data/durable-file.ts";
import { decodeTensors, encodeTensors, type TensorFile } from "./safetensors.ts";

export type State = Readonly<Record<string, TensorData>>;

/** The best epoch so far by the monitored validation metric. */
export interface Best {
  /** Epochs done, from 1. */
  readonly epoch: number;
  readonly value: number;
  readonly validation: Metrics;
}

/** Where a loop is between two steps. Numbers only, exact in JSON. */
export interface LoopPosition {
  /** Last event that belongs to the past; later ones are cut off on resume. */
  seq: number;
  /** Steps done. */
  step: number;
  /** Epochs done. */
  epoch: number;
  /** Steps done in the present epoch. */
  stepInEpoch: number;
  /** Seconds of training before the last start of the process. */
  seconds: number;
  /** `seconds` when the present epoch began. */
  epochStart: number;
  /** Sums over the present epoch: loss x weight, weight, rows, rows classified rightly. */
  sums: { loss: number; weight: number; rows: number; right: number };
  best: Best | null;
  /** True when early stopping has decided. */
  done: boolean;
}

export function startPosition(): LoopPosition {
  const sums = { loss: 0, weight: 0, rows: 0, right: 0 };
  return { seq: 0, step: 0, epoch: 0, stepInEpoch: 0, seconds: 0, epochStart: 0, sums, best: null, done: false };
}

export function checkpointFile(folder: string): string {
  return path.join(folder, "checkpoint.safetensors");
}

/** The best epoch's parameters and statistics. */
export function bestFile(folder: string): string {
  return path.join(folder, "best.safetensors");
}

/** @throws LEPTON_DISK */
export function writeCheckpoint(folder: string, state: State, position: LoopPosition): void {
  const metadata = { format: "lepton-checkpoint-1", position: JSON.stringify(position) };
  replaceFile(
    checkpointFile(folder),
    encodeTensors({ tensors: state, metadata: { ...metadata, sha256: hashOf(state) } }),
  );
}

/** The last checkpoint, or undefined when there is none yet. @throws LEPTON_CHECKPOINT when it is damaged */
export function readCheckpoint(folder: string): { state: State; position: LoopPosition } | undefined {
  const file = readTensorFile(checkpointFile(folder));
  if (!file) return undefined;
  if (file.metadata.format !== "lepton-checkpoint-1") throw notOurs(checkpointFile(folder), file);
  const position = JSON.parse(file.metadata.position!) as LoopPosition;
  return { state: file.tensors, position: { ...position, best: position.best && reviveBest(position.best) } };
}

/** @throws LEPTON_DISK */
export function writeBest(folder: string, weights: State, epoch: number): void {
  const metadata = { format: "lepton-weights-1", epoch: String(epoch) };
  replaceFile(
    bestFile(folder),
    encodeTensors({ tensors: weights, metadata: { ...metadata, sha256: hashOf(weights) } }),
  );
}

/** The weights to evaluate, predict with and serve: the best epoch's, else the last checkpoint's. @throws LEPTON_CHECKPOINT when there are none */
export function readWeights(folder: string): State {
  const best = readTensorFile(bestFile(folder));
  if (best) return best.tensors;
  const last = readCheckpoint(folder);
  if (last && last.position.step > 0) return last.state;
  const id = path.basename(folder);
  throw new LeptonError(
    "LEPTON_CHECKPOINT",
    `run ${id} has no ${last ? "trained " : ""}weights yet: it ended or was stopped before its first ${last ? "step" : "checkpoint"}; resume it (%lepton train --resume ${id}) or train again.`,
  );
}

/** @throws LEPTON_CHECKPOINT when it is damaged: also a single bit is seen, by the hash of its tensors */
function readTensorFile(file: string): TensorFile | undefined {
  if (!existsSync(file)) return undefined;
  const found = decodeTensors(readFileSync(file), file);
  checkHash(found, file);
  return found;
}

/** A file of ours says what its tensors hash to; others say nothing. @throws LEPTON_CHECKPOINT */
export function checkHash({ tensors, metadata: { sha256 } }: TensorFile, file: string): void {
  const got = sha256 === undefined ? undefined : hashOf(tensors);
  if (got === sha256) return;
  throw new LeptonError(
    "LEPTON_CHECKPOINT",
    `${file} is damaged: its tensors have the SHA-256 ${got}, it says ${sha256}; train again or restore the file.`,
  );
}

/** Of the tensors' bytes by order of names. */
function hashOf(state: State): string {
  const hash = createHash("sha256");
  for (const name of Object.keys(state).sort()) {
    const { data } = state[name]!;
    hash.update(name).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest("hex");
}

function notOurs(file: string, found: TensorFile): LeptonError {
  const format = found.metadata.format ?? "none";
  return new LeptonError("LEPTON_CHECKPOINT", `${file}: expected format lepton-checkpoint-1, got ${format}.`);
}

/** JSON has no NaN: an undefined metric was written as null. */
function reviveBest(best: Best): Best {
  const entries = Object.entries(best.validation).map(([name, value]) => [name, value ?? Number.NaN] as const);
  return { ...best, validation: Object.fromEntries(entries) };
}

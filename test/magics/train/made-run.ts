/**
 * Runs that nobody trained, for tests of what reads them. Enter: what matters to the test; leaves: a run's folder, written by the product's own writers, so
 * that such a test meets a changed format.
 */
import { mkdirSync } from "node:fs";
import type { RunEvent, RunSpec } from "@lepton/contract";
import { type NewEvent, openEventLog } from "../../../magics/train/event-log.ts";
import { writeSpec } from "../../../magics/train/run-folder.ts";

/** A whole spec of a logistic regression. */
export function madeSpec(id: string, more: Partial<RunSpec> = {}): RunSpec {
  return {
    contract: 1,
    id,
    name: id,
    createdAt: "2026-01-02T03:04:05Z",
    dataset: { folder: "../../datasets/d1", id: "d1", name: "credit" },
    task: "binary",
    model: { kind: "logistic" },
    loss: { kind: "bce" },
    optimizer: { kind: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    learningRate: 0.01,
    schedule: { kind: "constant" },
    l2: 0,
    epochs: 4,
    batchSize: 32,
    seed: 1,
    classWeights: null,
    earlyStopping: null,
    device: "cpu",
    engine: "auto",
    threads: 0,
    checkpointEverySeconds: 60,
    plugins: [],
    background: false,
    source: "",
    ...more,
  };
}

/** Spec and events in place of what the folder had. Events that have no time get this moment's. */
export function makeRunFolder(folder: string, spec: RunSpec, events: readonly (NewEvent | RunEvent)[] = []): string {
  mkdirSync(folder, { recursive: true });
  writeSpec(folder, spec);
  const log = openEventLog(folder, 0);
  for (const event of events) log.append(event);
  log.close();
  return folder;
}

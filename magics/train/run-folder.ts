/** What a run's folder holds besides events and weights: spec.json. Apart because kernel, sweeps, cards and the run's process all open it. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { LeptonError, type RunSpec } from "@lepton/contract";
import { replaceFile } from "../data/durable-file.ts";

export function writeSpec(folder: string, spec: RunSpec): void {
  replaceFile(path.join(folder, "spec.json"), [`${JSON.stringify(spec, null, 2)}\n`]);
}

/** @throws LEPTON_NAME_UNKNOWN when there is no run, LEPTON_RUN_STATE when its spec cannot be read or is of another contract */
export function readSpec(folder: string): RunSpec {
  const file = path.join(folder, "spec.json");
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new LeptonError("LEPTON_NAME_UNKNOWN", `there is no run in ${folder}; see %lepton runs.`, { cause });
  }
  let spec: RunSpec;
  try {
    spec = JSON.parse(text) as RunSpec;
  } catch (cause) {
    throw new LeptonError("LEPTON_RUN_STATE", `${file} is not JSON; train again.`, { cause });
  }
  if (spec.contract !== 1) {
    const message = `${file} is of contract ${String(spec.contract)}, this Lepton reads 1; use the Lepton that made it.`;
    throw new LeptonError("LEPTON_RUN_STATE", message);
  }
  return spec;
}

/** The folder of a run's data set. */
export function datasetFolder(folder: string, spec: RunSpec): string {
  return path.resolve(folder, spec.dataset.folder);
}

/** A process's last words, for errors that happen before any event. */
export function logFile(folder: string): string {
  return path.join(folder, "log.txt");
}

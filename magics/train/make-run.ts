/**
 * A run's folder, ready to start. Enter: a data set and settings; leaves: `.lepton/runs/ID` with spec.json. Apart from verbs.ts because sweeps and
 * `lepton run` make runs too.
 */
import { mkdirSync } from "node:fs";
import path from "node:path";
import { type DatasetManifest, LeptonError } from "@lepton/contract";
import { didYouMean } from "../data/nearest-name.ts";
import { makeOwnFolder } from "../data/own-folder.ts";
import { shownValue } from "../data/shown-value.ts";
import type { LeptonFolder } from "../folder.ts";
import { loadRun, type Run } from "./run.ts";
import { writeSpec } from "./run-folder.ts";
import { makeSpec, newRunId, type SpecContext, type TrainSettings } from "./spec.ts";
import { startProcess } from "./start-run.ts";

/** What training needs of a data set: DATA's class Dataset has it. */
export interface TrainableData {
  readonly manifest: DatasetManifest;
  /** Absolute path. */
  readonly folder: string;
}

export interface NewRun {
  readonly id: string;
  readonly folder: string;
}

/** An empty folder for a run. */
export function newRunFolder(place: LeptonFolder): NewRun {
  makeOwnFolder(place.runs());
  for (;;) {
    const id = newRunId();
    try {
      mkdirSync(place.runs(id));
      return { id, folder: place.runs(id) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}

export type RunMaking = Pick<SpecContext, "name" | "source" | "study" | "plugins">;

/** Write the spec into a new folder. @throws LEPTON_OPTION_VALUE, LEPTON_OPTION_RANGE, LEPTON_MODEL */
export function makeRun(into: NewRun, data: TrainableData, settings: TrainSettings, making: RunMaking): Run {
  const datasetFolder = path.relative(into.folder, data.folder).split(path.sep).join("/");
  const spec = makeSpec(settings, { ...making, id: into.id, manifest: data.manifest, datasetFolder });
  writeSpec(into.folder, spec);
  return loadRun(into.folder);
}

/** @throws LEPTON_RUN_FAILED */
export async function startRun(run: Run): Promise<Run> {
  await startProcess(run.folder);
  return run;
}

/** @param names  the notebook's, for "did you mean". @throws LEPTON_OPTION_VALUE */
export function assertTrainable(
  value: unknown,
  verb: string,
  names: readonly string[] = [],
): asserts value is TrainableData {
  const data = value as Partial<TrainableData> | null;
  if (typeof data === "object" && data?.manifest?.version === 1 && typeof data.folder === "string") return;
  const isItsName = typeof value === "string" && names.includes(value);
  const hint = isItsName
    ? ", a text: give the variable itself, without quotes."
    : typeof value === "string"
      ? didYouMean(value, names)
      : ".";
  const got = value === undefined ? "nothing" : shownValue(value);
  throw new LeptonError(
    "LEPTON_OPTION_VALUE",
    `${verb}: needs a data set, got ${got}${hint} Make one with %lepton features FILE --target COLUMN --as NAME, or of arrays with %lepton dataset.`,
  );
}

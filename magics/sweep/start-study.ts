/**
 * A study, ready to search: made from a sweep's options, or found again to be resumed. Enter: a data set and options; leave: an open book and a runner.
 * Apart from verbs.ts, which knows notebooks.
 */
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import {
  type DatasetManifest,
  type Direction,
  LeptonError,
  type NotebookHost,
  plainMetric,
  type Task,
} from "@lepton/contract";
import { didYouMean } from "../data/nearest-name.ts";
import { makeOwnFolder } from "../data/own-folder.ts";
import type { LeptonFolder } from "../folder.ts";
import { readManifest } from "../train/arrays.ts";
import type { TrainableData } from "../train/make-run.ts";
import { largerIsBetter, metricNames } from "../train/metrics.ts";
import { settingsOf, type TrainOptions } from "../train/settings-of-options.ts";
import { newRunId } from "../train/spec.ts";
import { trainOptions } from "../train/train-options.ts";
import { type CapturedFunctions, nameFunctions } from "./own-functions.ts";
import { prunerOf } from "./pruners/pruner.ts";
import { gridSize } from "./samplers/grid.ts";
import { type SortedOptions, sortOptions } from "./settings.ts";
import { journalFile, type StudySpec } from "./storage.ts";
import { loadStudy, readableStudy, type Study } from "./study.ts";
import { StudyBook } from "./study-book.ts";
import { modulesFolder } from "./warm-runner.ts";

/** A sweep's own options; those left out have their defaults. */
export interface SweepOptions {
  readonly trials?: number | undefined;
  readonly workers?: number | undefined;
  readonly sampler?: string | undefined;
  readonly pruner?: string | undefined;
  readonly metric?: string | undefined;
  readonly direction?: string | undefined;
}

export const sweepDefaults = { trials: 20, workers: 1, sampler: "tpe", pruner: "none", seed: 1 } as const;

export interface StudyRequest {
  readonly data: TrainableData;
  readonly sweep: SweepOptions;
  /** Options of train, each fixed or a space; functions of the notebook among them. */
  readonly train: Readonly<Record<string, unknown>>;
  /** The text of a cell that is the model. */
  readonly body: string | undefined;
  readonly name: string;
  readonly source: string;
}

/** Make the study's folder, with the modules of a model of one's own, and its journal. @throws LEPTON_OPTION_VALUE, LEPTON_CAPTURE, LEPTON_STUDY */
export async function createStudy(place: LeptonFolder, request: StudyRequest, host: NotebookHost): Promise<StudyBook> {
  const { id, folder } = newStudyFolder(place);
  try {
    const modules = path.join(folder, modulesFolder);
    mkdirSync(modules);
    const { train, functions } = await nameFunctions(request.train, modules, host);
    const sorted = sortOptions(train, trainOptions);
    checkSpace(sorted.space, request.data.manifest);
    const fixed = await settingsOf(
      sorted.fixed as TrainOptions,
      request.body,
      { folder: modules, from: modules },
      host,
    );
    return StudyBook.create(
      folder,
      specOf(id, folder, { ...request, train }, { ...sorted, fixed: { ...fixed } }, functions),
    );
  } catch (error) {
    rmSync(folder, { recursive: true, force: true }); // a study without a journal is none
    throw error;
  }
}

function specOf(
  id: string,
  folder: string,
  request: StudyRequest,
  sorted: SortedOptions,
  functions: CapturedFunctions,
): StudySpec {
  const { data, sweep, name, source } = request;
  const { manifest } = data;
  const { space, fixed } = sorted;
  const sampler = sweep.sampler ?? sweepDefaults.sampler;
  const pruner = prunerOf(sweep.pruner ?? sweepDefaults.pruner).name;
  const metric = metricOf(sweep.metric, manifest.task);
  const workers = sweep.workers ?? sweepDefaults.workers;
  const most = sampler === "grid" ? gridSize(space) : Number.POSITIVE_INFINITY;
  const wanted = sweep.trials ?? (sampler === "grid" ? most : sweepDefaults.trials);
  return {
    contract: 1,
    id,
    name,
    createdAt: new Date().toISOString(),
    dataset: { folder: relative(folder, data.folder), id: manifest.id, name: manifest.name },
    task: manifest.task,
    model: modelName(fixed["model"] ?? request.train["model"], manifest),
    metric,
    direction: (sweep.direction as Direction | undefined) ?? (largerIsBetter(metric) ? "maximize" : "minimize"),
    sampler,
    pruner,
    seed: typeof fixed["seed"] === "number" ? fixed["seed"] : sweepDefaults.seed,
    workers,
    trials: Math.min(wanted, most),
    space,
    arguments: sorted.arguments,
    functions,
    // The epoch that is kept is the best by the metric that is searched for; workers share the processor.
    fixed: { ...threadsEach(workers), monitor: metric, ...withoutUndefined(fixed) },
    source,
  };
}

function withoutUndefined(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function checkSpace(space: StudySpec["space"], manifest: DatasetManifest): void {
  if (Object.keys(space).length === 0) {
    throw new LeptonError(
      "LEPTON_STUDY",
      "sweep: nothing varies; give an option a range such as --learning-rate log:1e-4..1e-1 or choices such as --hidden 32|64|128.",
    );
  }
  if (manifest.rows.validation === 0) {
    throw new LeptonError(
      "LEPTON_STUDY",
      `sweep: trials are compared on validation rows, ${manifest.name} has none; make it with some.`,
    );
  }
}

const mainMetric: Readonly<Record<Task, string>> = { binary: "rocAuc", multiclass: "accuracy", regression: "mse" };

/** `roc_auc`, `rocAuc` and `ROC-AUC` are one. @throws LEPTON_OPTION_VALUE with the nearest name */
function metricOf(asked: string | undefined, task: Task): string {
  if (asked === undefined) return mainMetric[task];
  const names = ["loss", ...metricNames[task]];
  const found = names.find((name) => plainMetric(name) === plainMetric(asked));
  if (found !== undefined) return found;
  throw new LeptonError(
    "LEPTON_OPTION_VALUE",
    `sweep: metric of a ${task} task is one of ${names.join(", ")}, got "${asked}"${didYouMean(asked, names)}`,
  );
}

function threadsEach(workers: number): { readonly threads?: number } {
  return workers === 1 ? {} : { threads: Math.max(1, Math.floor(os.availableParallelism() / workers)) };
}

function modelName(model: unknown, manifest: DatasetManifest): string {
  if (typeof model === "string") return model;
  if (Array.isArray(model)) return model.join("|");
  if (typeof model === "object" && model !== null && "export" in model) return String(model.export);
  return manifest.rowShape.length === 3 ? "cnn" : "mlp";
}

const relative = (from: string, to: string) => path.relative(from, to).split(path.sep).join("/");

function newStudyFolder(place: LeptonFolder): { id: string; folder: string } {
  makeOwnFolder(place.studies());
  for (;;) {
    const id = newRunId();
    try {
      mkdirSync(place.studies(id));
      return { id, folder: place.studies(id) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}

/** All studies of the folder, oldest first. */
export function studyIds(place: LeptonFolder): readonly string[] {
  try {
    const ids = readdirSync(place.studies()).sort();
    return ids.filter((id) => existsSync(journalFile(place.studies(id))));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** A study by itself, its ID or its name (the newest of that name). @throws LEPTON_NAME_UNKNOWN with the nearest one */
export function findStudy(value: unknown, place: LeptonFolder): Study {
  const folder = typeof value === "object" && value !== null && "folder" in value ? value.folder : undefined;
  if (typeof folder === "string") return loadStudy(folder);
  const ids = studyIds(place);
  if (typeof value === "string" && ids.includes(value)) return loadStudy(place.studies(value));
  const studies = ids.flatMap((id) => readableStudy(place.studies(id)) ?? []);
  const named = studies.findLast((study) => study.name === value);
  if (named) return named;
  const names = [...ids, ...studies.map((study) => study.name)];
  throw new LeptonError(
    "LEPTON_NAME_UNKNOWN",
    `there is no study "${String(value)}"${didYouMean(String(value), names)}`,
  );
}

/** The data set that a study was made with. @throws LEPTON_FILE_MISSING; LEPTON_STUDY when it was made again differently */
export function dataOfStudy(study: Pick<Study, "folder" | "spec">): TrainableData {
  const { dataset, id } = study.spec;
  const folder = path.resolve(study.folder, dataset.folder);
  const manifest = readManifest(folder);
  if (manifest.id === dataset.id) return { folder, manifest };
  throw new LeptonError(
    "LEPTON_STUDY",
    `sweep: study ${id} was made with data set ${dataset.id}, ${folder} holds ${manifest.id}; start a new study.`,
  );
}

/**
 * What a folder holds, for the page's sidebar. Enter: `.lepton/` as its files say now, and pages that open comms on LISTING_TARGET; leaves: a Listing
 * at once and whenever it changed. Runs that ended are read once: their event files do not change any more.
 */
import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import {
  type Comm,
  LeptonError,
  LISTING_TARGET,
  type ListedDataset,
  type ListedDeployment,
  type ListedRun,
  type ListedStudy,
  type Listing,
  type ListingRequest,
  type NotebookHost,
  type RunSpec,
} from "@lepton/contract";
import { deploymentNames, readCurrent, readVersions } from "../deploy/store.ts";
import { loadDataset } from "../features/dataset.ts";
import type { LeptonFolder } from "../folder.ts";
import { loadStudy } from "../sweep/study.ts";
import { askRun } from "../train/control.ts";
import { runIds } from "../train/kept-runs.ts";
import { loadRun } from "../train/run.ts";

const mostRuns = 500;
const pauseMs = 1500;

const served = new WeakSet<NotebookHost>();

/** Answer every page that lists this folder. Calling it again for the same kernel does nothing. */
export function serveListing(host: NotebookHost, place: LeptonFolder): void {
  if (served.has(host)) return;
  served.add(host);
  const ended = new Map<string, ListedRun>();
  host.onComm(LISTING_TARGET, (comm) => keepTelling(comm, () => listFolder(place, ended), place));
}

function keepTelling(comm: Comm, list: () => Listing, place: LeptonFolder): void {
  let last = "";
  const tell = () => {
    const listing = list();
    const text = JSON.stringify(listing);
    if (text !== last) comm.send(listing);
    last = text;
  };
  tell();
  const timer = setInterval(tell, pauseMs);
  comm.onClose(() => clearInterval(timer));
  comm.onMessage((data) => {
    const request = data as Partial<ListingRequest> | null;
    if (request?.type !== "stopRun" || typeof request.run !== "string" || !runIds(place).includes(request.run)) return;
    void askRun(place.runs(request.run), { do: "stop", reason: "stopped from the page" });
  });
}

/** @param ended  runs that ended, by ID and the time of their last event: kept between calls */
export function listFolder(place: LeptonFolder, ended: Map<string, ListedRun> = new Map()): Listing {
  return {
    version: 1,
    folder: path.basename(place.notebook),
    runs: listRuns(place, ended),
    studies: readable(foldersIn(place.studies()), (id) => listedStudy(place.studies(id))),
    datasets: readable(foldersIn(place.datasets()), (id) => listedDataset(place.datasets(id))),
    deployments: deploymentNames(place.deployments()).flatMap((name) => listedDeployment(place, name)),
  };
}

function listRuns(place: LeptonFolder, ended: Map<string, ListedRun>): readonly ListedRun[] {
  const ids = runIds(place).toReversed();
  const found: ListedRun[] = [];
  for (const id of ids) {
    const known = ended.get(keyOf(place, id));
    const [run] = known ? [known] : readable([id], () => listedRun(place, id, ended));
    if (run) found.push(run);
    if (found.length === mostRuns) break;
  }
  return found;
}

function listedRun(place: LeptonFolder, id: string, ended: Map<string, ListedRun>): ListedRun | undefined {
  const run = loadRun(place.runs(id));
  if (run.spec.study) return undefined;
  const view = run.view();
  const listed: ListedRun = {
    id,
    name: run.name,
    state: view.state,
    createdAt: run.spec.createdAt,
    model: view.model,
    dataset: view.dataset,
    task: view.task,
    epoch: view.epoch,
    epochs: view.epochs,
    seconds: view.seconds,
    seed: view.seed,
    metrics: view.test ?? view.best?.validation ?? {},
    settings: settingsOf(run.spec),
    source: run.spec.source,
  };
  if (view.state !== "running" && view.state !== "starting") ended.set(keyOf(place, id), listed);
  return listed;
}

function settingsOf(spec: RunSpec): ListedRun["settings"] {
  return {
    model: spec.model.kind === "module" ? spec.model.export : JSON.stringify(spec.model),
    loss: spec.loss.kind,
    optimizer: spec.optimizer.kind,
    learningRate: spec.learningRate,
    schedule: spec.schedule.kind,
    l2: spec.l2,
    epochs: spec.epochs,
    batchSize: spec.batchSize,
    seed: spec.seed,
    device: spec.device,
  };
}

function listedStudy(folder: string): ListedStudy {
  const view = loadStudy(folder).view();
  return {
    id: view.id,
    name: view.name,
    state: view.state,
    finished: view.counts.finished,
    planned: view.planned,
    metric: view.metric,
    best: view.trials.find((trial) => trial.number === view.best)?.value ?? null,
  };
}

function listedDataset(folder: string): ListedDataset {
  const { manifest } = loadDataset(folder);
  const { source, rows } = manifest;
  return {
    id: manifest.id,
    name: manifest.name,
    task: manifest.task,
    target: manifest.target.name,
    rows: rows.train + rows.validation + rows.test,
    source: source.kind === "file" ? path.basename(source.uri) : source.description,
  };
}

function listedDeployment(place: LeptonFolder, name: string): readonly ListedDeployment[] {
  const folder = place.deployments(name);
  const current = readCurrent(folder);
  const manifest = readVersions(folder).find(({ version }) => version === current?.version);
  if (!current || !manifest) return [];
  return [{ name, version: current.version, state: current.state, url: current.service.url, run: manifest.run.id }];
}

/** What can be read; a folder that is just being written, or damaged, is left out (`clean` tells of it). */
function readable<T>(ids: readonly string[], read: (id: string) => T | undefined): T[] {
  return ids.flatMap((id) => {
    try {
      return read(id) ?? [];
    } catch (error) {
      if (error instanceof LeptonError) return [];
      throw error;
    }
  });
}

function foldersIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort().reverse();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** A resumed run's file has a later time, so it is read again. */
function keyOf(place: LeptonFolder, id: string): string {
  const file = path.join(place.runs(id), "events.jsonl");
  return `${id} ${statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0}`;
}

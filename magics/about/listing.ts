/**
 * What a folder holds, for the page's sidebar. Enter: `.lepton/` as its files say now, and pages that open comms on LISTING_TARGET; leaves: a Listing
 * at once and whenever it changed. Runs that ended are read once: their event files do not change any more. Of runs that go only what is new is read.
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
  type NotebookHost,
} from "@lepton/contract";
import { runSettings } from "../compare/run-settings.ts";
import { deploymentNames, readCurrent, readVersions } from "../deploy/store.ts";
import { loadDataset } from "../features/dataset.ts";
import type { LeptonFolder } from "../folder.ts";
import { loadStudy, type Study } from "../sweep/study.ts";
import { runIds } from "../train/kept-runs.ts";
import { readNotes } from "../train/notes.ts";
import { type Run, readableRun } from "../train/run.ts";
import { answerRequest, type ListingPlace } from "./listing-requests.ts";

const mostRuns = 500;
const pauseMs = 1500;

const served = new WeakSet<NotebookHost>();

/** Answer every page that lists this folder. Calling it again for the same kernel does nothing. */
export function serveListing(place: ListingPlace): void {
  const { host, folder } = place;
  if (served.has(host)) return;
  served.add(host);
  const kept = nothingKept();
  host.onComm(LISTING_TARGET, (comm) => keepTelling(comm, () => listFolder(folder, kept), place));
}

function keepTelling(comm: Comm, list: () => Promise<Listing>, place: ListingPlace): void {
  let last = "";
  let open = true;
  let busy = false;
  let fault = "";
  const tell = async () => {
    if (busy) return;
    busy = true;
    try {
      const listing = await list();
      const text = JSON.stringify(listing);
      if (open && text !== last) comm.send(listing);
      last = text;
    } catch (error) {
      // Once, not at every look: what is wrong on disk stays so.
      const { message } = error as Error;
      if (message !== fault) place.host.print(`The sidebar cannot list this folder: ${message}\n`, "stderr");
      fault = message;
    } finally {
      busy = false;
    }
  };
  void tell();
  const timer = setInterval(() => void tell(), pauseMs);
  comm.onClose(() => {
    open = false;
    clearInterval(timer);
  });
  comm.onMessage((data) => {
    void answerRequest(data, place).then((answer) => {
      if (!answer || !open) return;
      comm.send(answer);
      void tell();
    });
  });
}

/** What need not be read again: kept between calls. */
export interface KeptListing {
  /** Runs that ended, by ID, with the times of their last event and note. */
  readonly ended: Map<string, { readonly at: string; readonly listed: ListedRun }>;
  /** Runs that go, by ID: each has read its events up to here. */
  readonly going: Map<string, Run>;
  /** IDs of trials of sweeps, which are never listed. */
  readonly trials: Set<string>;
  /** By ID; a study reads its journal again when that has grown. */
  readonly studies: Map<string, Study>;
}

export const nothingKept = (): KeptListing => ({
  ended: new Map(),
  going: new Map(),
  trials: new Set(),
  studies: new Map(),
});

export async function listFolder(place: LeptonFolder, kept: KeptListing): Promise<Listing> {
  const studies = readable(foldersIn(place.studies()), (id) => {
    const study = kept.studies.get(id) ?? loadStudy(place.studies(id));
    kept.studies.set(id, study);
    return study;
  });
  return {
    version: 1,
    folder: path.basename(place.notebook),
    runs: await listRuns(place, kept),
    studies: await Promise.all(studies.map(listedStudy)),
    datasets: readable(foldersIn(place.datasets()), (id) => listedDataset(place.datasets(id))),
    deployments: readable(deploymentNames(place.deployments()), (name) => listedDeployment(place, name)),
  };
}

async function listRuns(place: LeptonFolder, kept: KeptListing): Promise<readonly ListedRun[]> {
  const found: ListedRun[] = [];
  const ids = runIds(place);
  forgetGone(kept, new Set(ids));
  for (const id of ids.toReversed()) {
    if (kept.trials.has(id)) continue;
    const at = timesOf(place, id);
    const known = kept.ended.get(id);
    const listed = known?.at === at ? known.listed : await listedRun(place, id, kept);
    if (listed) found.push(listed);
    if (listed && listed.state !== "running" && listed.state !== "starting") kept.ended.set(id, { at, listed });
    if (found.length === mostRuns) break;
  }
  return found;
}

function forgetGone({ ended, going, trials }: KeptListing, ids: ReadonlySet<string>): void {
  for (const kept of [ended, going, trials]) {
    for (const id of kept.keys()) if (!ids.has(id)) kept.delete(id);
  }
}

/** One that goes, or was not read yet; undefined for a trial, and for one that cannot be read. */
async function listedRun(place: LeptonFolder, id: string, kept: KeptListing): Promise<ListedRun | undefined> {
  const run = kept.going.get(id) ?? readableRun(place.runs(id));
  if (run?.spec.study) kept.trials.add(id);
  if (!run || run.spec.study) return undefined;
  // A process that was killed may have left its number to another: its socket tells.
  if (run.state === "running") await run.refresh();
  if (run.state === "running" || run.state === "starting") kept.going.set(id, run);
  else kept.going.delete(id);
  return listingOf(run);
}

function listingOf(run: Run): ListedRun {
  const view = run.view();
  return {
    id: run.id,
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
    settings: runSettings(run.spec),
    source: run.spec.source,
    notes: view.notes ?? readNotes(run.folder),
  };
}

async function listedStudy(study: Study): Promise<ListedStudy> {
  const view = (await study.refresh()).view();
  const { finished, pruned, failed } = view.counts;
  return {
    id: view.id,
    name: view.name,
    state: view.state,
    finished: finished + pruned + failed,
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

function listedDeployment(place: LeptonFolder, name: string): ListedDeployment | undefined {
  const folder = place.deployments(name);
  const current = readCurrent(folder);
  const manifest = readVersions(folder).find(({ version }) => version === current?.version);
  if (!current || !manifest) return undefined;
  return { name, version: current.version, state: current.state, url: current.service.url, run: manifest.run.id };
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

/** A run that was resumed, or of which someone wrote a note, has a file with a later time, so it is read again. */
function timesOf(place: LeptonFolder, id: string): string {
  const times = ["events.jsonl", "notes.json"].map((name) => {
    return statSync(path.join(place.runs(id), name), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  });
  return times.join(" ");
}

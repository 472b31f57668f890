/**
 * What a value in a magic can name, for completion: runs, studies and deployments of the folder, columns of a file, engines and targets. Enters: what
 * kind of thing is wanted; leaves: names with a word about each. Reads what lies on disk at that moment and never throws: a completion that finds
 * nothing is no error.
 */
import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import path from "node:path";
import type { Completion, NotebookHost } from "@lepton/contract";
import { openTable } from "./data/open.ts";
import { allDeployments } from "./deploy/verbs.ts";
import { Dataset, loadDataset } from "./features/dataset.ts";
import type { LeptonFolder } from "./folder.ts";
import { keptKinds } from "./names.ts";
import type { Plugins } from "./plugins.ts";
import { studyIds } from "./sweep/start-study.ts";
import { readableStudy } from "./sweep/study.ts";
import { isRunning } from "./train/control.ts";
import { runIds } from "./train/kept-runs.ts";
import { readableRun } from "./train/run.ts";
import { datasetFolder } from "./train/run-folder.ts";

export interface SuggestPlace {
  readonly host: NotebookHost;
  readonly folder: LeptonFolder;
  readonly plugins: Plugins;
}

/** `columns` is of the file or the result that the verb takes; `going` is what can be stopped. */
export type Wanted = "run" | "study" | "deployment" | "going" | "engine" | "target" | "columns";

/** The newest of so many are offered. */
const mostRuns = 200;
const mostStudies = 50;

/** @param about  for columns: the argument's text, a file or a name */
export async function suggest(wanted: Wanted, place: SuggestPlace, about = ""): Promise<readonly Completion[]> {
  try {
    return await suggesters[wanted](place, about);
  } catch (error) {
    // A damaged folder or file is told by the verb that reads it.
    process.emitWarning(`completion: ${String(error)}`);
    return [];
  }
}

const suggesters: Readonly<Record<Wanted, (place: SuggestPlace, about: string) => Promise<readonly Completion[]>>> = {
  run: async (place) => runNames(place),
  study: async (place) => studyNames(place),
  deployment: async (place) => deploymentNames(place),
  going: goingNames,
  engine: async ({ plugins }) => [
    { text: "auto", type: "value" },
    ...plugins.engines().map((engine) => ({ text: engine.name, type: "value" })),
  ],
  target: async ({ plugins }) => plugins.targets().map((target) => ({ text: target.name, type: "value" })),
  columns: columnNames,
};

/** The newest first; trials of studies have no names of their own. */
function runNames({ folder }: SuggestPlace, most = mostRuns): readonly Completion[] {
  const ids = runIds(folder).toReversed().slice(0, most);
  const runs = ids.flatMap((id) => readableRun(folder.runs(id)) ?? []).filter((run) => !run.spec.study);
  return once(runs.map((run) => ({ text: run.name, type: "run", documentation: `run ${run.id}` })));
}

function studyNames({ folder }: SuggestPlace): readonly Completion[] {
  const ids = studyIds(folder).toReversed().slice(0, mostStudies);
  const studies = ids.flatMap((id) => readableStudy(folder.studies(id)) ?? []);
  return once(studies.map((study) => ({ text: study.name, type: "study", documentation: `study ${study.id}` })));
}

function deploymentNames(place: SuggestPlace): readonly Completion[] {
  return allDeployments(place).map(({ name, url }) => ({ text: name, type: "deployment", documentation: url }));
}

/** Runs and studies whose process answers, and deployments that do. */
async function goingNames(place: SuggestPlace): Promise<readonly Completion[]> {
  const { folder } = place;
  const kept = async <T>(all: readonly T[], goes: (one: T) => Promise<boolean>): Promise<readonly T[]> => {
    const answers = await Promise.all(all.map(goes));
    return all.filter((_, index) => answers[index]);
  };
  const [runs, studies, deployments] = await Promise.all([
    kept(runIds(folder).toReversed().slice(0, mostRuns), (id) => isRunning(folder.runs(id))),
    kept(studyIds(folder).toReversed().slice(0, mostStudies), (id) => isRunning(folder.studies(id))),
    // A target of the user's own may not be loaded yet: completion runs no code of the folder.
    kept(allDeployments(place), (one) => one.alive().catch(() => false)),
  ]);
  const going = runs.flatMap((id) => readableRun(folder.runs(id)) ?? []).filter((run) => !run.spec.study);
  return once([
    ...going.map((run) => ({ text: run.name, type: "run", documentation: `run ${run.id}` })),
    ...studies
      .flatMap((id) => readableStudy(folder.studies(id)) ?? [])
      .map(({ id, name }) => ({ text: name, type: "study", documentation: `study ${id}` })),
    ...deployments.map(({ name, url }) => ({ text: name, type: "deployment", documentation: url })),
  ]);
}

const once = (items: readonly Completion[]) => [...new Map(items.map((item) => [item.text, item])).values()];

/** Of the file, or of the data set that is meant or that the run was trained on. */
async function columnNames(place: SuggestPlace, about: string): Promise<readonly Completion[]> {
  if (about === "") return [];
  const value = place.host.names().includes(about) ? place.host.lookup(about)?.value : undefined;
  const dataset = value instanceof Dataset ? value : datasetOfRun(value, about, place.folder);
  const source = dataset?.manifest.source;
  const file = source?.kind === "file" ? source.uri : about;
  if (existsSync(path.resolve(place.folder.notebook, file))) return await columnsOfFile(file, place);
  return dataset?.manifest.columns.map(({ name, kind }) => column(name, kind)) ?? [];
}

const column = (name: string, kind: string): Completion => ({
  text: name,
  type: "column",
  documentation: `${name}: ${kind}`,
});

function datasetOfRun(value: unknown, about: string, place: LeptonFolder): Dataset | undefined {
  const folder = (value as { folder?: unknown } | null | undefined)?.folder;
  const newestFirst = runIds(place).toReversed();
  const run =
    typeof folder === "string"
      ? readableRun(folder)
      : newestFirst
          .flatMap((id) => readableRun(place.runs(id)) ?? [])
          .find(({ name, id }) => [name, id].includes(about));
  return run && loadDataset(datasetFolder(run.folder, run.spec));
}

/** By file as it is now: a table of a million rows is read through once. */
const seen = new Map<string, Promise<readonly Completion[]>>();

async function columnsOfFile(file: string, { folder, plugins }: SuggestPlace): Promise<readonly Completion[]> {
  const { mtimeMs, size } = await stat(path.resolve(folder.notebook, file));
  const key = `${file} ${mtimeMs} ${size}`;
  const known = seen.get(key) ?? readColumnNames(file, folder.notebook, plugins);
  seen.set(key, known);
  known.catch(() => seen.delete(key)); // told by who awaits it
  return known;
}

async function readColumnNames(file: string, notebook: string, plugins: Plugins): Promise<readonly Completion[]> {
  const table = await openTable(file, plugins, notebook, { badRows: "skip" });
  try {
    return table.columns.map(({ name, type }) => column(name, type));
  } finally {
    await table.close();
  }
}

/** The notebook's names, less those that `--as` gave to something of another type ("Lepton.Run") than the wanted one. */
export function notebookNames(type: string, { host, folder }: SuggestPlace): readonly Completion[] {
  const kinds = keptKinds(folder);
  const fits = (name: string) => {
    const kind = kinds.get(name);
    return kind === undefined || type.includes(kind);
  };
  const names = host.names().filter((name) => name !== "lepton" && fits(name));
  return names.map((text) => ({
    text,
    type: "variable",
    ...(kinds.has(text) ? { documentation: kinds.get(text)! } : {}),
  }));
}

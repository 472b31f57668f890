/**
 * What of `.lepton` is in use. Enters: the folder; leaves: each data set, run, study and deployment with its size, its age and why it must stay, or null
 * when it may go. Apart from clean.ts so that what is decided can be read without what is done.
 */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import type { LeptonFolder } from "../folder.ts";
import { namedFolders } from "../names.ts";
import { isRunning } from "../train/control.ts";
import { folderBytes } from "./sizes.ts";

export type Kind = "datasets" | "runs" | "studies" | "deployments";

export interface Kept {
  readonly kind: Kind;
  readonly id: string;
  readonly folder: string;
  readonly bytes: number;
  /** Milliseconds since 1970 of the last change. */
  readonly changedAt: number;
  /** Why it must stay; null when it may go. */
  readonly because: string | null;
}

/** @param before  only what has not changed since then may go, in milliseconds since 1970 */
export async function lookThrough(place: LeptonFolder, before: number): Promise<readonly Kept[]> {
  const named = namedFolders(place);
  const nameOf = (folder: string) => (named.has(folder) ? `bound to ${named.get(folder)}` : null);
  const fresh = (folder: string) => (changedAt(folder) > before ? "changed recently" : null);
  const looked = await Promise.all(
    children(place.runs()).map(async (folder) => {
      return { folder, study: specOf(folder).study?.id, running: (await isRunning(folder)) ? "running" : null };
    }),
  );
  const busy = new Set(looked.filter((run) => run.running !== null).map((run) => run.study));
  const studies = await Promise.all(
    children(place.studies()).map(async (folder) => {
      const running = busy.has(path.basename(folder)) || (await isRunning(folder)) ? "running" : null;
      return entry("studies", folder, running ?? nameOf(folder) ?? fresh(folder));
    }),
  );
  const studyStays = new Map(studies.map((study) => [study.id, study.because !== null]));
  const runs = looked.map(({ folder, study, running }) => {
    const ofStudy = study !== undefined && studyStays.get(study) ? `a trial of study ${study}` : null;
    return entry("runs", folder, running ?? nameOf(folder) ?? ofStudy ?? fresh(folder));
  });
  const used = new Map(
    runs.filter((run) => run.because !== null).map((run) => [datasetOf(run.folder), `used by run ${run.id}`]),
  );
  for (const study of studies.filter((one) => one.because !== null))
    used.set(journalDataset(study.folder), `used by study ${study.id}`);
  const datasets = children(place.datasets()).map((folder) =>
    entry("datasets", folder, nameOf(folder) ?? used.get(folder) ?? fresh(folder)),
  );
  const deployments = children(place.deployments()).map((folder) =>
    entry("deployments", folder, "a deployment; %lepton stop NAME and delete its folder to be rid of it"),
  );
  const all = [...datasets, ...runs, ...studies, ...deployments];
  return Promise.all(all.map(async (one) => ({ ...one, bytes: await folderBytes(one.folder) })));
}

function entry(kind: Kind, folder: string, because: string | null): Omit<Kept, "bytes"> {
  return { kind, id: path.basename(folder), folder, changedAt: changedAt(folder), because };
}

function children(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((child) => child.isDirectory())
    .map((child) => path.join(folder, child.name))
    .sort();
}

/** When the folder or a file directly in it last changed. */
function changedAt(folder: string): number {
  const times = [folder, ...readdirSync(folder).map((name) => path.join(folder, name))].map(
    (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0,
  );
  return Math.max(...times);
}

interface PartOfSpec {
  readonly study?: { readonly id: string };
  readonly dataset?: { readonly folder: string };
}

/** What a folder says of itself; nothing when it is damaged or half written. */
function specOf(folder: string): PartOfSpec {
  return firstJson(path.join(folder, "spec.json"), (text) => text);
}

function datasetOf(run: string): string {
  return path.resolve(run, specOf(run).dataset?.folder ?? ".");
}

function journalDataset(study: string): string {
  const first = firstJson(path.join(study, "journal.jsonl"), (text) => text.split("\n")[0]!) as { spec?: PartOfSpec };
  return path.resolve(study, first.spec?.dataset?.folder ?? ".");
}

function firstJson(file: string, part: (text: string) => string): PartOfSpec {
  try {
    return JSON.parse(part(readFileSync(file, "utf8"))) as PartOfSpec;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw error;
  }
}

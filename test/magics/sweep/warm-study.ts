/** Studies of real runs on a small data set, for tests and for the processes that tests kill. */
import { existsSync } from "node:fs";
import { type LeptonFolder, leptonFolder } from "../../../magics/folder.ts";
import { Search } from "../../../magics/sweep/search.ts";
import { journalFile, type StudySpec } from "../../../magics/sweep/storage.ts";
import { StudyBook } from "../../../magics/sweep/study-book.ts";
import type { TrialRunner } from "../../../magics/sweep/trial-runner.ts";
import { createWarmRunner } from "../../../magics/sweep/warm-runner.ts";
import { makeSmallDataset } from "../train/small-data.ts";
import { studySpec } from "./fakes.ts";

export const space = {
  learningRate: { kind: "float", low: 1e-3, high: 1e-1, log: true },
  hidden: { kind: "choice", choices: [[4], [8, 8]] },
  optimizer: { kind: "choice", choices: ["adam", "sgd"] },
} as const satisfies StudySpec["space"];

export interface SmallStudy {
  readonly place: LeptonFolder;
  readonly book: StudyBook;
  readonly runner: TrialRunner;
}

/** A study of real runs; opened again where its folder is there. */
export function small(notebook: string, changes: Partial<StudySpec>): SmallStudy {
  const place = leptonFolder(notebook);
  const folder = place.datasets("small");
  const manifest = makeSmallDataset(folder, { task: "binary" });
  const dataset = { folder: "../../datasets/small", id: manifest.id, name: manifest.name };
  const given = studySpec({ dataset, trials: 4, space, fixed: { model: "mlp", epochs: 2, threads: 1 }, ...changes });
  const at = place.studies(given.id);
  const book = existsSync(journalFile(at)) ? StudyBook.open(at) : StudyBook.create(at, given);
  const runner = createWarmRunner({ place, studyFolder: at, spec: book.spec, data: { manifest, folder }, plugins: [] });
  return { place, book, runner };
}

export async function searchAll({ book, runner }: Pick<SmallStudy, "book" | "runner">, workers: number) {
  await new Search(book, runner, { workers, signal: new AbortController().signal }).run();
  await runner.close();
}

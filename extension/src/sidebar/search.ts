/** What of a listing a search looks at: runs, studies, data sets and deployments by their names, tags and values. */
import type { ListedDataset, ListedDeployment, ListedRun, ListedStudy } from "../../../kernel/contract/listing.ts";
import type { SearchedRun } from "../../../kernel/contract/run-query.ts";

export function searchedRun(run: ListedRun): SearchedRun {
  return {
    texts: [run.name, run.id, run.model, run.dataset, run.state, run.task, run.notes?.text ?? ""],
    tags: run.notes?.tags ?? [],
    values: {
      ...run.metrics,
      epoch: run.epoch,
      seconds: run.seconds,
      state: run.state,
      seed: run.seed,
    },
    settings: run.settings,
  };
}

export function searchedStudy(study: ListedStudy): SearchedRun {
  const values = { [study.metric]: study.best, trials: study.finished, state: study.state };
  return { texts: [study.name, study.id, study.state, study.metric], tags: [], values };
}

export function searchedDataset(set: ListedDataset): SearchedRun {
  const values = { rows: set.rows, target: set.target, task: set.task };
  return { texts: [set.name, set.id, set.task, set.target, set.source], tags: [], values };
}

export function searchedDeployment(one: ListedDeployment): SearchedRun {
  return {
    texts: [one.name, one.state, one.url, one.run],
    tags: [],
    values: { version: one.version, state: one.state },
  };
}

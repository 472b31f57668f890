/** What of a run a search looks at: its names, notes and tags, its settings and metrics. The verb `compare` and the listing for the sidebar share it. */
import type { SearchedRun } from "@lepton/contract";
import { readNotes } from "../train/notes.ts";
import type { Run } from "../train/run.ts";
import { runSettings } from "./run-settings.ts";

export function searchedRun(run: Run): SearchedRun {
  const view = run.view();
  const notes = readNotes(run.folder);
  return {
    texts: [run.name, run.id, view.model, view.dataset, view.state, view.task, notes.text],
    tags: notes.tags,
    values: {
      ...(view.test ?? view.best?.validation ?? {}),
      epoch: view.epoch,
      seconds: view.seconds,
      state: view.state,
    },
    settings: runSettings(run.spec),
  };
}

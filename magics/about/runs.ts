/**
 * The verb `runs`: what was trained in this folder, newest first. Read from the runs' own folders each time: 2,000 of them are listed in well under a
 * second, so there is no index to keep true.
 */
import { headlineMetric, LeptonError, type RunView } from "@lepton/contract";
import { didYouMean } from "../data/nearest-name.ts";
import type { LeptonFolder } from "../folder.ts";
import { studyIds } from "../sweep/start-study.ts";
import { readableStudy, Study } from "../sweep/study.ts";
import { runIds } from "../train/kept-runs.ts";
import { type Run, readableRun } from "../train/run.ts";
import { defineVerb } from "../verb.ts";
import { shownTable } from "./shown-table.ts";

const states = ["starting", "running", "finished", "stopped", "failed"] as const;

export const runsVerb = defineVerb({
  spec: {
    name: "runs",
    summary: "List the runs of this folder, newest first.",
    arguments: [
      {
        name: "study",
        doc: "A study, its ID or its name: list its trials.",
        kind: "value",
        type: "Lepton.Study | string",
        required: false,
        accepts: (value) => value instanceof Study,
      },
    ],
    options: {
      limit: { kind: "integer", default: 20, min: 1, doc: "At most so many." },
      state: { kind: "choice", choices: states, doc: "Only those in this state." },
      trials: { kind: "boolean", default: false, doc: "Also the trials of sweeps." },
    },
    result: "Lepton.RunList",
    declarations: "interface RunList { readonly rows: readonly Run[] }",
    examples: ["%lepton runs", "%lepton runs --state failed --limit 5", "%lepton runs --trials"],
  },
  async run([of], { limit, state, trials }, { folder }) {
    const study = of === undefined ? undefined : studyIdOf(of, folder);
    const all = runIds(folder).toReversed();
    const wanted = (run: Run) => (study === undefined ? trials || !run.spec.study : run.spec.study?.id === study);
    const found: Run[] = [];
    let [hidden, met] = [0, false];
    for (const id of all) {
      const run = readableRun(folder.runs(id));
      if (!run) continue;
      if (!wanted(run)) {
        hidden++;
        continue;
      }
      met = true;
      if (run.state === "running") await run.refresh(); // a process that was killed may have left its number to another
      if (state === undefined || run.state === state) found.push(run);
      if (found.length === limit) break;
    }
    if (study !== undefined && !met) throw noStudy(String(study), folder.runs, all);
    const caption =
      study === undefined && hidden > 0 ? "Trials of sweeps are left out; --trials shows them." : undefined;
    return shownTable(found, columns, cells, caption === undefined ? {} : { caption });
  },
});

const columns = ["run", "name", "state", "model", "data", "epochs", "result", "started"];

function cells(run: Run): readonly unknown[] {
  const view = run.view();
  const epochs = `${Math.floor(view.epoch)} of ${view.epochs}`;
  return [run.id, run.name, view.state, view.model, view.dataset, epochs, resultText(view), startText(run)];
}

const startText = (run: Run) => run.spec.createdAt.slice(0, 16).replace("T", " ");

/** The metric a reader asks for first: of the test rows, else of the best epoch's validation rows. */
function resultText({ test, best }: RunView): string {
  const metrics = test ?? best?.validation ?? {};
  const name = headlineMetric(metrics);
  if (name === undefined) return "";
  return `${name} ${metrics[name]!.toFixed(4)} (${test ? "test" : "validation"})`;
}

/** The ID of a study, of the newest one of a name, else the text itself: trials outlive the study's own folder. */
function studyIdOf(study: unknown, folder: LeptonFolder): string {
  if (study instanceof Study) return study.id;
  const named = studyIds(folder).findLast((id) => readableStudy(folder.studies(id))?.name === study);
  return named ?? String(study);
}

function noStudy(study: string, folderOf: (id: string) => string, ids: readonly string[]): LeptonError {
  const known = [...new Set(ids.flatMap((id) => readableRun(folderOf(id))?.spec.study?.id ?? []))];
  const list = known.length === 0 ? "there is none yet" : `studies: ${known.join(", ")}`;
  return new LeptonError("LEPTON_NAME_UNKNOWN", `runs: no study "${study}"${didYouMean(study, known)} Here ${list}.`);
}

/** The verb `compare`. Enter: runs by variable, ID or name, whole studies, or a search; leaves: their curves in one picture and a table of what differs. */
import {
  type ComparisonView,
  type Displayable,
  displaySymbol,
  LeptonError,
  MIME,
  type MimeBundle,
  matchesQuery,
  parseRunQuery,
} from "@lepton/contract";
import { drawComparison } from "../draw/comparison-chart.ts";
import type { LeptonFolder } from "../folder.ts";
import { findStudy, studyIds } from "../sweep/start-study.ts";
import { Study } from "../sweep/study.ts";
import { findRun } from "../train/find-run.ts";
import { runIds } from "../train/kept-runs.ts";
import { Run, readableRun } from "../train/run.ts";
import { defineVerb } from "../verb.ts";
import { compareRuns, mostRuns, namesOf } from "./comparison.ts";
import { searchedRun } from "./searched-run.ts";

export const compareVerb = defineVerb({
  spec: {
    name: "compare",
    summary:
      "Compare runs: their curves in one chart, with mean and confidence band over seeds, and what differs in one table.",
    arguments: [
      {
        name: "runs",
        doc: "Runs by variable, ID or name; a study stands for its finished trials. Left out, all runs of this folder that --where finds.",
        kind: "value",
        type: "readonly (Lepton.Run | Lepton.Study | string)[] | Lepton.Study",
        required: false,
        many: true,
        accepts: (value) => value instanceof Run || value instanceof Study || Array.isArray(value),
      },
    ],
    options: {
      where: {
        kind: "string",
        doc: "Only runs that this finds: words, tag:NAME, and comparisons such as 'auc > 0.8 optimizer = adam'.",
        placeholder: "QUERY",
      },
      metric: { kind: "string", doc: "The metric that is shown first.", placeholder: "METRIC" },
    },
    result: "Lepton.Comparison",
    declarations:
      'interface Comparison { readonly runs: readonly Run[]; readonly differences: readonly { readonly name: string; readonly kind: "setting" | "metric"; readonly values: readonly (string | number | boolean | null)[] }[] }',
    examples: [
      "%lepton compare run1 run2 run3",
      "%lepton compare study --metric accuracy",
      "%lepton compare --where 'auc > 0.8 tag:baseline'",
    ],
  },
  async run([given], { where, metric }, { folder }): Promise<Comparison> {
    const query = parseRunQuery(where ?? "");
    const named = given === undefined || given === null ? undefined : [given].flat();
    const all = named ? named.flatMap((one) => runsOf(one, folder)) : allRuns(folder, where);
    const unique = [...new Map(all.map((run) => [run.id, run])).values()];
    const runs = unique.filter((run) => matchesQuery(searchedRun(run), query));
    checkCount(runs.length, where);
    const view = compareRuns(runs, { title: titleOf(runs, where), metric });
    if (metric !== undefined && !view.metrics.includes(metric)) throw unknownMetric(metric, view);
    return comparisonOf(runs, view);
  },
});

export interface Comparison extends Displayable {
  readonly runs: readonly Run[];
  readonly differences: ComparisonView["differences"];
}

function comparisonOf(runs: readonly Run[], view: ComparisonView): Comparison {
  const value = { runs, differences: view.differences } as Comparison;
  // Not enumerable: printing the value shows its runs and what differs.
  return Object.defineProperty(value, displaySymbol, { value: () => comparisonBundle(view) });
}

/** What a notebook keeps of a comparison: our type with everything, and pictures that need nothing installed. */
export async function comparisonBundle(view: ComparisonView): Promise<MimeBundle> {
  const drawn = await drawComparison(view);
  return { [MIME.comparison]: view, "image/svg+xml": drawn.svg, "image/png": drawn.png, "text/plain": drawn.text };
}

/** A run as it is; a study, or the name of one where no run is called so, as its finished trials' runs, the best ones first. */
function runsOf(value: unknown, place: LeptonFolder): readonly Run[] {
  if (value instanceof Study) return trialsOf(value, place);
  if (Array.isArray(value)) return value.flatMap((one) => runsOf(one, place));
  try {
    return [findRun(value, place, "compare")];
  } catch (error) {
    const study = typeof value === "string" ? studyNamed(value, place) : undefined;
    if (study) return trialsOf(study, place);
    throw error;
  }
}

function studyNamed(name: string, place: LeptonFolder): Study | undefined {
  const id = studyIds(place).findLast((one) => one === name || findStudy(one, place).name === name);
  return id === undefined ? undefined : findStudy(id, place);
}

function trialsOf(study: Study, place: LeptonFolder): readonly Run[] {
  const { trials, direction } = study.view();
  const sign = direction === "minimize" ? 1 : -1;
  return trials
    .filter((trial) => trial.run !== null && trial.value !== null && trial.state === "finished")
    .sort((a, b) => sign * (a.value! - b.value!))
    .slice(0, mostRuns)
    .flatMap((trial) => readableRun(place.runs(trial.run!)) ?? []);
}

/** Newest first; trials of studies only where a search asks for them. */
function allRuns(place: LeptonFolder, where: string | undefined): readonly Run[] {
  const runs = runIds(place)
    .toReversed()
    .flatMap((id) => readableRun(place.runs(id)) ?? [])
    .filter((run) => !run.spec.study);
  return where === undefined ? runs.slice(0, mostRuns) : runs;
}

function checkCount(count: number, where: string | undefined): void {
  if (count === 0) {
    const none = where === undefined ? "there is no run in this folder yet" : `no run is found by --where "${where}"`;
    throw new LeptonError("LEPTON_NAME_UNKNOWN", `compare: ${none}; %lepton runs lists them.`);
  }
  if (count > mostRuns) {
    const message = `compare: at most ${mostRuns} runs at once, got ${count}; choose fewer by --where.`;
    throw new LeptonError("LEPTON_OPTION_RANGE", message);
  }
}

function titleOf(runs: readonly Run[], where: string | undefined): string {
  if (where !== undefined) return `Runs where ${where}`;
  return namesOf(runs);
}

function unknownMetric(metric: string, view: ComparisonView): LeptonError {
  const message = `compare: no run has a metric "${metric}". Metrics: ${view.metrics.join(", ") || "none yet"}.`;
  return new LeptonError("LEPTON_OPTION_VALUE", message);
}

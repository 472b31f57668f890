/**
 * The columns of a study's table: what of a trial stands in each, how trials are sorted by it, and all of them as CSV. A StudyView enters, texts leave.
 * Apart from the table because none of it needs a page.
 */
import { matchesQuery, parseRunQuery } from "../../../kernel/contract/run-query.ts";
import type { StudyView, TrialView } from "../../../kernel/contract/study.ts";
import { textOf } from "../chart/dimension.ts";
import { tick } from "../chart/tick.ts";
import { kernelWord } from "../kernel-words.ts";
import { csvCell } from "../run/csv.ts";
import { time } from "../run/summary.ts";
import { trans } from "../translation.ts";

export interface TrialColumn {
  /** Apart from all others, also where a hyperparameter has the metric's name, or a fixed column's. */
  readonly id: string;
  readonly title: string;
  /** The title in a CSV file: the same in all languages. */
  readonly name: string;
  text(trial: TrialView): string;
  /** What the column sorts by, and what a CSV file holds; null where the trial has no such value. */
  key(trial: TrialView): number | string | null;
}

export function trialColumns(view: StudyView): TrialColumn[] {
  const parameters = [
    ...new Set([...Object.keys(view.space), ...view.trials.flatMap((one) => Object.keys(one.parameters))]),
  ];
  const column = (
    name: string,
    title: string,
    key: TrialColumn["key"],
    text = (trial: TrialView) => textOf(key(trial)),
  ) => ({
    id: name,
    name,
    title,
    key,
    text,
  });
  const hasReasons = view.trials.some((trial) => trial.reason);
  return [
    column(
      "trial",
      trans.__("trial"),
      (trial) => trial.number,
      (trial) => String(trial.number),
    ),
    column(
      "state",
      trans.__("state"),
      (trial) => trial.state,
      (trial) => kernelWord(trial.state),
    ),
    { ...metricColumn(view, parameters), id: "metric" },
    ...parameters.map((name) => ({
      ...column(...parameterNames(name), (trial) => sortable(trial.parameters[name])),
      id: `parameter ${name}`,
    })),
    column(
      "seconds",
      trans.__("time"),
      (trial) => trial.seconds,
      (trial) => time(trial.seconds),
    ),
    column("run", trans.__("run"), (trial) => trial.run),
    ...(hasReasons ? [column("reason", trans.__("reason"), (trial) => trial.reason)] : []),
  ];
}

/** What the columns are called that every study has. */
const fixed: readonly string[] = ["trial", "state", "seconds", "run", "reason"];

function metricColumn({ metric }: StudyView, parameters: readonly string[]): Omit<TrialColumn, "id"> {
  const isTwice = parameters.includes(metric) || fixed.includes(metric);
  return {
    name: isTwice ? `${metric} (metric)` : metric,
    title: isTwice ? trans.__("%1 (metric)", metric) : metric,
    key: (trial) => trial.value,
    text: (trial) => tick(trial.value),
  };
}

/** In a CSV file, and in the page. */
function parameterNames(name: string): [string, string] {
  return fixed.includes(name) ? [`${name} (hyperparameter)`, trans.__("%1 (hyperparameter)", name)] : [name, name];
}

/** Where the rows begin that are drawn of `count`: so that the row `at` is among them, in the middle where there are enough; -1 is none. */
export function firstDrawn(count: number, most: number, at: number): number {
  return at < most ? 0 : Math.min(at - Math.floor(most / 2), count - most);
}

/** Trials without a value come last whichever way a column is sorted. */
export function sortedTrials(
  trials: readonly TrialView[],
  column: TrialColumn,
  falling: boolean,
): readonly TrialView[] {
  const sign = falling ? -1 : 1;
  return trials.toSorted((one, other) => {
    const [a, b] = [column.key(one), column.key(other)];
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    if (typeof a === "number" && typeof b === "number") return sign * (a - b);
    return sign * String(a).localeCompare(String(b), undefined, { numeric: true });
  });
}

/** Trials that a filter's words and comparisons find. */
export function foundTrials(view: StudyView, columns: readonly TrialColumn[], filter: string): readonly TrialView[] {
  const query = parseRunQuery(filter);
  return view.trials.filter((trial) => {
    const { number, state, seconds, value } = trial;
    const values = { [view.metric]: value, trial: number, state, seconds };
    const texts = columns.map((column) => column.text(trial));
    return matchesQuery({ texts, tags: [], values, settings: trial.parameters }, query);
  });
}

/** Every trial, numbers with all their digits. */
export function trialsCsv(view: StudyView): string {
  const columns = trialColumns(view);
  const lines = [
    columns.map((column) => csvCell(column.name)),
    ...view.trials.map((trial) => columns.map((column) => cell(column.key(trial)))),
  ];
  return `${lines.map((line) => line.join(",")).join("\n")}\n`;
}

function cell(key: number | string | null): string {
  return typeof key === "string" ? csvCell(key) : key === null ? "" : String(key);
}

function sortable(value: unknown): number | string | null {
  if (typeof value === "number") return value;
  return value === undefined || value === null ? null : textOf(value);
}

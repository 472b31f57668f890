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
    column(
      view.metric,
      view.metric,
      (trial) => trial.value,
      (trial) => tick(trial.value),
    ),
    ...parameters.map((name) => column(name, name, (trial) => sortable(trial.parameters[name]))),
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

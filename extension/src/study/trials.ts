/** Every trial as a row of a table that sorts by any column and filters by words and comparisons. A class because sorting and filter outlive a new snapshot. */

import { matchesQuery, parseRunQuery } from "../../../kernel/contract/run-query.ts";
import type { StudyView, TrialView } from "../../../kernel/contract/study.ts";
import { textOf } from "../chart/dimension.ts";
import { tick } from "../chart/tick.ts";
import { kernelWord } from "../kernel-words.ts";
import { button, download, element } from "../run/dom.ts";
import { time } from "../run/summary.ts";
import { trans } from "../translation.ts";

/** Rows drawn at once; the filter finds the others. */
const MOST_ROWS = 500;

interface Column {
  readonly title: string;
  text(trial: TrialView): string;
  /** What the column sorts by. */
  key(trial: TrialView): number | string;
}

export class TrialTable {
  readonly node = element("div", "lepton-TrialBox");
  private readonly rows = element("div", "lepton-Trials");
  private readonly filter = element("input", "lepton-Filter");
  private readonly count = element("span", "lepton-Count");
  private view: StudyView | null = null;
  private chosen: ReadonlySet<string> | null = null;
  private sortBy: { readonly title: string; readonly falling: boolean } | null = null;

  constructor() {
    this.filter.type = "search";
    this.filter.placeholder = trans.__("filter: learningRate > 0.01 finished");
    this.filter.setAttribute("aria-label", trans.__("filter trials"));
    this.filter.addEventListener("input", () => this.draw());
    this.count.setAttribute("role", "status");
    const csv = button("CSV", trans.__("Save the trials as a CSV file"), () => this.saveCsv());
    const spring = element("span", "lepton-Spring");
    this.rows.tabIndex = 0;
    this.rows.setAttribute("role", "region");
    this.rows.setAttribute("aria-label", trans.__("Trials"));
    this.node.append(element("div", "lepton-Controls", this.filter, this.count, spring, csv), this.rows);
  }

  /** @param chosen  numbers of the trials that are brushed elsewhere, or null for all */
  show(view: StudyView, chosen: ReadonlySet<string> | null): void {
    this.view = view;
    this.chosen = chosen;
    this.draw();
  }

  private columns(view: StudyView): Column[] {
    const parameters = [
      ...new Set([...Object.keys(view.space), ...view.trials.flatMap((one) => Object.keys(one.parameters))]),
    ];
    return [
      { title: trans.__("trial"), text: (trial) => String(trial.number), key: (trial) => trial.number },
      { title: trans.__("state"), text: (trial) => kernelWord(trial.state), key: (trial) => trial.state },
      { title: view.metric, text: (trial) => tick(trial.value), key: (trial) => trial.value ?? Number.NaN },
      ...parameters.map((name) => ({
        title: name,
        text: (trial: TrialView) => textOf(trial.parameters[name]),
        key: (trial: TrialView) => sortable(trial.parameters[name]),
      })),
      { title: trans.__("time"), text: (trial) => time(trial.seconds), key: (trial) => trial.seconds },
      { title: trans.__("run"), text: (trial) => trial.run ?? "", key: (trial) => trial.run ?? "" },
    ];
  }

  private draw(): void {
    const view = this.view;
    if (!view) return;
    const columns = this.columns(view);
    const shown = this.found(view, columns);
    const head = element("tr", "", ...columns.map((column) => this.headCell(column)));
    const body = shown.slice(0, MOST_ROWS).map((trial) => rowOf(trial, columns, trial.number === view.best));
    const caption = element("caption", "", trans.__("Trials"));
    const count = Math.min(shown.length, MOST_ROWS);
    this.count.textContent = count === view.trials.length ? "" : trans.__("%1 of %2 trials", count, view.trials.length);
    // The table is drawn anew every second while a study runs: the reader's place in it stays.
    const focused = this.rows.contains(document.activeElement) ? document.activeElement?.textContent : null;
    this.rows.replaceChildren(
      element("table", "lepton-Table", caption, element("thead", "", head), element("tbody", "", ...body)),
    );
    if (focused) [...this.rows.querySelectorAll("button")].find((one) => one.textContent === focused)?.focus();
  }

  private headCell(column: Column): HTMLTableCellElement {
    const sorted = this.sortBy?.title === column.title ? this.sortBy : null;
    const press = button(column.title, trans.__("Sort by this column"), () => {
      this.sortBy = { title: column.title, falling: sorted ? !sorted.falling : false };
      this.draw();
    });
    const cell = element("th", "", press);
    cell.scope = "col";
    cell.setAttribute("aria-sort", sorted ? (sorted.falling ? "descending" : "ascending") : "none");
    return cell;
  }

  private found(view: StudyView, columns: readonly Column[]): readonly TrialView[] {
    const query = parseRunQuery(this.filter.value);
    const found = view.trials.filter(
      (trial) =>
        (this.chosen === null || this.chosen.has(String(trial.number))) &&
        matchesQuery(
          {
            texts: columns.map((column) => column.text(trial)),
            tags: [],
            values: {
              ...trial.parameters,
              [view.metric]: trial.value,
              trial: trial.number,
              state: trial.state,
              seconds: trial.seconds,
            },
          },
          query,
        ),
    );
    const column = columns.find((one) => one.title === this.sortBy?.title);
    if (!column) return found;
    const sign = this.sortBy?.falling ? -1 : 1;
    return found.toSorted((a, b) => compare(column.key(a), column.key(b), sign));
  }

  private saveCsv(): void {
    const view = this.view;
    if (!view) return;
    const columns = this.columns(view);
    const quote = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
    const cell = (column: Column, trial: TrialView) => {
      const key = column.key(trial);
      return typeof key === "number" && !Number.isNaN(key) ? String(key) : column.text(trial);
    };
    const lines = [
      columns.map((column) => column.title),
      ...view.trials.map((trial) => columns.map((column) => cell(column, trial))),
    ].map((line) => line.map(quote).join(","));
    download(`${view.id}.csv`, new Blob([`${lines.join("\n")}\n`], { type: "text/csv" }));
  }
}

function rowOf(trial: TrialView, columns: readonly Column[], best: boolean): HTMLTableRowElement {
  const cells = columns.map((column) => element("td", "", column.text(trial)));
  const row = element("tr", best ? "lepton-Best" : "", ...cells);
  row.dataset["state"] = trial.state;
  if (trial.reason) row.title = trial.reason;
  return row;
}

/** Trials without a value come last whichever way a column is sorted. */
function compare(a: number | string, b: number | string, sign: number): number {
  if (typeof a === "number" && typeof b === "number") {
    if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
    return sign * (a - b);
  }
  return sign * String(a).localeCompare(String(b), undefined, { numeric: true });
}

function sortable(value: unknown): number | string {
  return typeof value === "number" ? value : textOf(value);
}

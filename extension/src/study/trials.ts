/** Every trial as a row of a table that sorts by any column and filters by words and comparisons. A class because sorting and filter outlive a new snapshot. */

import type { StudyView, TrialView } from "../../../kernel/contract/study.ts";
import { button, download, element } from "../run/dom.ts";
import { trans } from "../translation.ts";
import { firstDrawn, foundTrials, sortedTrials, type TrialColumn, trialColumns, trialsCsv } from "./trial-columns.ts";

/** Rows drawn at once; the filter finds the others, and a trial that is pressed in a drawing brings the rows round its own. */
const MOST_ROWS = 500;

export class TrialTable {
  readonly node = element("div", "lepton-TrialBox");
  private readonly rows = element("div", "lepton-Trials");
  private readonly filter = element("input", "lepton-Filter");
  private readonly count = element("span", "lepton-Count");
  private view: StudyView | null = null;
  private chosen: ReadonlySet<string> | null = null;
  private pointed: string | null = null;
  /** The trial whose row is drawn even if it is far down; until the reader sorts or filters. */
  private inSight: string | null = null;
  private sortBy: { readonly id: string; readonly falling: boolean } | null = null;

  /** @param pressed  told of a trial whose row is pressed */
  constructor(pressed: (trial: string) => void) {
    this.filter.type = "search";
    this.filter.placeholder = trans.__("filter: learningRate > 0.01 finished");
    this.filter.setAttribute("aria-label", trans.__("filter trials"));
    this.filter.addEventListener("input", () => this.drawFromTop());
    this.count.setAttribute("role", "status");
    const csv = button("CSV", trans.__("Save the trials as a CSV file"), () => this.saveCsv());
    const spring = element("span", "lepton-Spring");
    this.rows.addEventListener("click", (event) => {
      const trial = (event.target as Element).closest<HTMLElement>("tbody tr")?.dataset["trial"];
      if (trial === undefined) return;
      this.markRow(trial);
      pressed(trial);
    });
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

  /** Bring a trial's row into sight; filters that hide it go. */
  point(trial: string): void {
    this.inSight = trial;
    if (!this.view?.trials.some((one) => String(one.number) === trial)) return;
    this.pointed = trial;
    if (this.chosen === null || this.chosen.has(trial)) this.clearFilterFor(trial);
    // Hundreds of rows are drawn only where the one is not among them.
    if (this.rowOf(trial)) this.markRow(trial);
    else this.draw();
    const row = this.rowOf(trial);
    if (!row) return;
    // Only the table scrolls: the page stays where the reader pressed.
    const [place, whole] = [row.getBoundingClientRect(), this.rows.getBoundingClientRect()];
    this.rows.scrollTop += place.top - whole.top - (whole.height - place.height) / 2;
  }

  private markRow(trial: string): void {
    this.pointed = trial;
    for (const row of this.rows.querySelectorAll(".lepton-PointedRow")) row.classList.remove("lepton-PointedRow");
    this.rowOf(trial)?.classList.add("lepton-PointedRow");
  }

  private clearFilterFor(trial: string): void {
    if (this.view && !this.found(this.view, trialColumns(this.view)).some((one) => String(one.number) === trial))
      this.filter.value = "";
  }

  private rowOf(trial: string): HTMLElement | undefined {
    return [...this.rows.querySelectorAll<HTMLElement>("tbody tr")].find((row) => row.dataset["trial"] === trial);
  }

  private drawFromTop(): void {
    this.inSight = null;
    this.draw();
  }

  private draw(): void {
    const view = this.view;
    if (!view) return;
    const columns = trialColumns(view);
    const shown = this.found(view, columns);
    const head = element("tr", "", ...columns.map((column) => this.headCell(column)));
    const at = shown.findIndex(({ number }) => String(number) === this.inSight);
    const first = firstDrawn(shown.length, MOST_ROWS, at);
    const body = shown
      .slice(first, first + MOST_ROWS)
      .map((trial) => rowOf(trial, columns, trial.number === view.best));
    const caption = element("caption", "", trans.__("Trials"));
    const count = Math.min(shown.length, MOST_ROWS);
    this.count.textContent =
      first > 0
        ? trans.__("%1 of %2 trials, from row %3 on", count, view.trials.length, first + 1)
        : count === view.trials.length
          ? ""
          : trans.__("%1 of %2 trials", count, view.trials.length);
    // The table is drawn anew every second while a study runs: the reader's place in it stays.
    const focused = this.rows.contains(document.activeElement) ? document.activeElement?.textContent : null;
    this.rows.replaceChildren(
      element("table", "lepton-Table", caption, element("thead", "", head), element("tbody", "", ...body)),
    );
    if (this.pointed !== null) this.rowOf(this.pointed)?.classList.add("lepton-PointedRow");
    if (focused) [...this.rows.querySelectorAll("button")].find((one) => one.textContent === focused)?.focus();
  }

  private headCell(column: TrialColumn): HTMLTableCellElement {
    const sorted = this.sortBy?.id === column.id ? this.sortBy : null;
    const press = button(column.title, trans.__("Sort by this column"), () => {
      this.sortBy = { id: column.id, falling: sorted ? !sorted.falling : false };
      this.drawFromTop();
    });
    const cell = element("th", "", press);
    cell.scope = "col";
    if (column.id === "reason") cell.className = "lepton-Why";
    cell.setAttribute("aria-sort", sorted ? (sorted.falling ? "descending" : "ascending") : "none");
    return cell;
  }

  private found(view: StudyView, columns: readonly TrialColumn[]): readonly TrialView[] {
    const { chosen } = this;
    const found = foundTrials(view, columns, this.filter.value).filter(
      (trial) => chosen === null || chosen.has(String(trial.number)),
    );
    const column = columns.find(({ id }) => id === this.sortBy?.id);
    return column ? sortedTrials(found, column, this.sortBy!.falling) : found;
  }

  private saveCsv(): void {
    const { view } = this;
    if (view) download(`${view.id}.csv`, new Blob([trialsCsv(view)], { type: "text/csv" }));
  }
}

function rowOf(trial: TrialView, columns: readonly TrialColumn[], best: boolean): HTMLTableRowElement {
  const cells = columns.map((column) => element("td", column.id === "reason" ? "lepton-Why" : "", column.text(trial)));
  const row = element("tr", best ? "lepton-Best" : "", ...cells);
  row.dataset["state"] = trial.state;
  row.dataset["trial"] = String(trial.number);
  return row;
}

/** A study in the page: what was found when (optimisation history) and every trial in a table that sorts and filters. */
import type { TranslationBundle } from "@jupyterlab/translation";
import type { StudyView, TrialView } from "../../../kernel/contract/study.ts";
import { button, download, element } from "../run/dom.ts";
import { Plot, tick } from "../run/plot.ts";
import { time } from "../run/summary.ts";
import { bestSoFar } from "./history.ts";

interface Column {
  readonly title: string;
  text(trial: TrialView): string;
  /** What the column sorts by. */
  key(trial: TrialView): number | string;
}

export class StudyPanel {
  readonly node = element("div", "lepton-Study");
  private readonly title = element("span", "lepton-Name");
  private readonly state = element("span", "lepton-State");
  private readonly facts = element("div", "lepton-Facts");
  private readonly bar = element("progress", "lepton-Progress");
  private readonly history: Plot;
  private readonly trials = element("div", "lepton-Trials");
  private readonly filter = element("input", "lepton-Filter");
  private view: StudyView | null = null;
  private sortBy: { readonly title: string; readonly falling: boolean } | null = null;

  constructor(private readonly trans: TranslationBundle) {
    this.history = new Plot(trans.__("optimisation history"));
    this.bar.setAttribute("aria-label", trans.__("trials done"));
    this.state.setAttribute("role", "status");
    this.filter.type = "search";
    this.filter.placeholder = trans.__("filter trials");
    this.filter.setAttribute("aria-label", trans.__("filter trials"));
    this.filter.addEventListener("input", () => this.drawTable());
    const controls = element("div", "lepton-Controls", this.filter, element("span", "lepton-Spring"));
    controls.append(button("CSV", trans.__("Save the trials as a CSV file"), () => this.saveCsv()));
    const head = element(
      "div",
      "lepton-Head",
      element("div", "lepton-Title", this.title, this.state),
      this.facts,
      this.bar,
    );
    this.node.append(head, this.history.node, controls, this.trials);
  }

  show(view: StudyView): void {
    this.view = view;
    this.title.textContent = view.name;
    if (this.state.textContent !== view.state) this.state.textContent = view.state;
    this.state.dataset["state"] = view.state;
    const done = view.trials.filter((trial) => trial.state !== "running").length;
    this.bar.max = Math.max(1, view.planned);
    this.bar.value = done;
    this.bar.hidden = view.state !== "running";
    const best = view.trials.find((trial) => trial.number === view.best);
    this.facts.textContent = [
      `${view.model} on ${view.dataset}`,
      `${done}/${view.planned} trials`,
      `${view.direction} validation ${view.metric}`,
      `sampler ${view.sampler}`,
      best ? `best ${tick(best.value)} (trial ${best.number})` : "no finished trial yet",
    ].join(" · ");
    this.history.show(bestSoFar(view), { axis: "step", logY: false, smoothing: 0 });
    this.drawTable();
  }

  repaint(): void {
    this.history.repaint();
  }

  dispose(): void {
    this.history.dispose();
  }

  private columns(view: StudyView): Column[] {
    const parameters = [...new Set(view.trials.flatMap((trial) => Object.keys(trial.parameters)))];
    return [
      { title: this.trans.__("trial"), text: (trial) => String(trial.number), key: (trial) => trial.number },
      { title: this.trans.__("state"), text: (trial) => trial.state, key: (trial) => trial.state },
      { title: view.metric, text: (trial) => tick(trial.value), key: (trial) => trial.value ?? Number.NaN },
      ...parameters.map((name) => ({
        title: name,
        text: (trial: TrialView) => show(trial.parameters[name]),
        key: (trial: TrialView) => sortable(trial.parameters[name]),
      })),
      { title: this.trans.__("time"), text: (trial) => time(trial.seconds), key: (trial) => trial.seconds },
      { title: this.trans.__("run"), text: (trial) => trial.run ?? "", key: (trial) => trial.run ?? "" },
    ];
  }

  private drawTable(): void {
    const view = this.view;
    if (!view) return;
    const columns = this.columns(view);
    const head = element("tr", "", ...columns.map((column) => this.headCell(column)));
    const rows = this.rows(view, columns).map((trial) => {
      const row = element(
        "tr",
        trial.number === view.best ? "lepton-Best" : "",
        ...columns.map((column) => element("td", "", column.text(trial))),
      );
      row.dataset["state"] = trial.state;
      if (trial.reason) row.title = trial.reason;
      return row;
    });
    const caption = element("caption", "", this.trans.__("Trials"));
    this.trials.replaceChildren(
      element("table", "lepton-Table", caption, element("thead", "", head), element("tbody", "", ...rows)),
    );
  }

  private headCell(column: Column): HTMLTableCellElement {
    const sorted = this.sortBy?.title === column.title ? this.sortBy : null;
    const press = button(column.title, this.trans.__("Sort by this column"), () => {
      this.sortBy = { title: column.title, falling: sorted ? !sorted.falling : false };
      this.drawTable();
    });
    const cell = element("th", "", press);
    cell.scope = "col";
    cell.setAttribute("aria-sort", sorted ? (sorted.falling ? "descending" : "ascending") : "none");
    return cell;
  }

  private rows(view: StudyView, columns: readonly Column[]): readonly TrialView[] {
    const wanted = this.filter.value.trim().toLowerCase();
    const found = view.trials.filter((trial) =>
      columns.some((column) => column.text(trial).toLowerCase().includes(wanted)),
    );
    const column = columns.find((one) => one.title === this.sortBy?.title);
    if (!column) return found;
    const sign = this.sortBy?.falling ? -1 : 1;
    return found.toSorted((a, b) => sign * compare(column.key(a), column.key(b)));
  }

  private saveCsv(): void {
    const view = this.view;
    if (!view) return;
    const columns = this.columns(view);
    const quote = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
    const lines = [
      columns.map((column) => quote(column.title)),
      ...view.trials.map((trial) => columns.map((column) => quote(column.text(trial)))),
    ];
    download(`${view.id}.csv`, new Blob([`${lines.map((line) => line.join(",")).join("\n")}\n`], { type: "text/csv" }));
  }
}

function compare(a: number | string, b: number | string): number {
  if (typeof a === "number" && typeof b === "number") {
    // Trials without a value come last whichever way the column is sorted up.
    if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
    return a - b;
  }
  return String(a).localeCompare(String(b), undefined, { numeric: true });
}

function sortable(value: unknown): number | string {
  return typeof value === "number" ? value : show(value);
}

function show(value: unknown): string {
  if (typeof value === "number") return tick(value);
  if (Array.isArray(value)) return value.map(String).join(", ");
  return value === undefined ? "" : String(value);
}

/** The words and tables around a run's charts: state, progress, facts, best beside last, test metrics, confusion matrix. */
import type { TranslationBundle } from "@jupyterlab/translation";
import type { RunView } from "../../../kernel/contract/run.ts";
import { element, table } from "./dom.ts";
import { tick } from "./plot.ts";

export class Summary {
  readonly head = element("div", "lepton-Head");
  readonly tables = element("div", "lepton-Tables");
  private readonly name = element("span", "lepton-Name");
  private readonly state = element("span", "lepton-State");
  private readonly facts = element("div", "lepton-Facts");
  private readonly bar = element("progress", "lepton-Progress");
  private readonly reason = element("div", "lepton-Reason");

  constructor(private readonly trans: TranslationBundle) {
    this.bar.setAttribute("aria-label", trans.__("training progress"));
    this.state.setAttribute("role", "status");
    this.head.append(element("div", "lepton-Title", this.name, this.state), this.facts, this.bar, this.reason);
  }

  show(view: RunView): void {
    this.name.textContent = view.name;
    if (this.state.textContent !== view.state) this.state.textContent = view.state;
    this.state.dataset["state"] = view.state;
    this.facts.textContent = factsOf(view).join(" · ");
    this.bar.max = Math.max(1, view.steps);
    this.bar.value = Math.min(view.step, view.steps);
    this.bar.hidden = view.state !== "running" && view.state !== "starting";
    this.reason.textContent = [view.reason, ...view.messages].filter(Boolean).join("\n");
    this.tables.replaceChildren(...this.makeTables(view));
  }

  private makeTables(view: RunView): HTMLTableElement[] {
    const made: HTMLTableElement[] = [];
    const names = metricNames(view);
    if (names.length > 0) {
      const rows = names.map((name) => [
        name,
        tick(view.last?.train[name] ?? null),
        tick(view.last?.validation?.[name] ?? null),
        tick(view.best?.validation[name] ?? null),
        tick(view.test?.[name] ?? null),
      ]);
      const best = view.best
        ? `${this.trans.__("best")} (${this.trans.__("epoch")} ${view.best.epoch})`
        : this.trans.__("best");
      const head = [
        this.trans.__("metric"),
        this.trans.__("train"),
        this.trans.__("validation"),
        best,
        this.trans.__("test"),
      ];
      made.push(table(this.trans.__("Metrics: last epoch, best epoch, test"), head, rows));
    }
    if (view.confusion) made.push(confusionTable(view.confusion, this.trans));
    return made;
  }
}

function factsOf(view: RunView): string[] {
  const facts = [
    `${view.model} on ${view.dataset}`,
    `epoch ${tick(Math.floor(view.epoch * 100) / 100)}/${view.epochs}`,
    time(view.seconds),
  ];
  if (view.state === "running" && view.etaSeconds !== null) facts.push(`${time(view.etaSeconds)} left`);
  if (view.rowsPerSecond !== null) facts.push(`${tick(Math.round(view.rowsPerSecond))} rows/s`);
  if (view.learningRate !== null) facts.push(`learning rate ${tick(view.learningRate)}`);
  facts.push(`${view.engine} ${view.device}`, `${tick(view.parameters)} parameters`, `seed ${view.seed}`);
  return facts;
}

function metricNames(view: RunView): string[] {
  const all = [view.last?.train, view.last?.validation, view.best?.validation, view.test];
  return [...new Set(all.flatMap((metrics) => Object.keys(metrics ?? {})))];
}

/** Rows are true classes, columns predicted ones; the shade is the share of the row. */
function confusionTable(confusion: NonNullable<RunView["confusion"]>, trans: TranslationBundle): HTMLTableElement {
  const rows = confusion.counts.map((counts, index) => [confusion.classes[index]!, ...counts.map(String)]);
  const made = table(
    trans.__("Confusion matrix on test: rows are true, columns predicted"),
    ["", ...confusion.classes],
    rows,
  );
  made.classList.add("lepton-Confusion");
  for (const [index, row] of [...made.tBodies[0]!.rows].entries()) {
    const counts = confusion.counts[index]!;
    const total = counts.reduce((sum, count) => sum + count, 0);
    for (const [column, cell] of [...row.cells].slice(1).entries()) {
      cell.style.setProperty("--lepton-share", String(total > 0 ? counts[column]! / total : 0));
    }
  }
  return made;
}

export function time(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 100) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

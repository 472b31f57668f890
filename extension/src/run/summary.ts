/** The words and tables around a run's charts: state, progress, facts, best beside last, test metrics, confusion matrix. */

import { metricsByWorth } from "../../../kernel/contract/metric-names.ts";
import type { RunView } from "../../../kernel/contract/run.ts";
import { tick } from "../chart/tick.ts";
import { kernelWord } from "../kernel-words.ts";
import { trans } from "../translation.ts";
import { element, scrolled, table } from "./dom.ts";
import { isGoing, type KnownState } from "./known-state.ts";

export class Summary {
  readonly head = element("div", "lepton-Head");
  readonly tables = scrolled(trans.__("Metrics"), element("div", "lepton-Tables"));
  private readonly name = element("span", "lepton-Name");
  private readonly state = element("span", "lepton-State");
  private readonly tags = element("span", "lepton-Tags");
  private readonly facts = element("div", "lepton-Facts");
  private readonly bar = element("progress", "lepton-Progress");
  private readonly reason = element("div", "lepton-Reason");

  constructor() {
    this.bar.setAttribute("aria-label", trans.__("training progress"));
    this.state.setAttribute("role", "status");
    this.head.append(
      element("div", "lepton-Title", this.name, this.state, this.tags),
      this.facts,
      this.bar,
      this.reason,
    );
  }

  /** @param latest  the last value of a gauge, or null */
  show(view: RunView, known: KnownState, latest: (gauge: string) => number | null): void {
    this.name.textContent = view.name;
    const state = known.wordOf(view);
    const goes = isGoing(view) && known.isNow;
    if (this.state.textContent !== state) this.state.textContent = state;
    this.state.dataset["state"] = isGoing(view) && !goes ? "unknown" : view.state;
    this.tags.replaceChildren(...(view.notes?.tags ?? []).map((tag) => element("span", "lepton-Tag", tag)));
    this.facts.textContent = factsOf(view, goes, latest).join(" · ");
    this.bar.max = Math.max(1, view.steps);
    this.bar.value = Math.min(view.step, view.steps);
    this.bar.hidden = !goes;
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
      const best = view.best ? `${trans.__("best")} (${trans.__("epoch")} ${view.best.epoch})` : trans.__("best");
      const head = [trans.__("metric"), trans.__("train"), trans.__("validation"), best, trans.__("test")];
      made.push(table(trans.__("Metrics: last epoch, best epoch, test"), head, rows));
    }
    const confusion = view.confusion ?? view.curves?.confusion;
    if (confusion) made.push(confusionTable(confusion, view.curves?.split ?? "test"));
    return made;
  }
}

function factsOf(view: RunView, goes: boolean, latest: (gauge: string) => number | null): string[] {
  const facts = [
    trans.__("%1 on %2", view.model, view.dataset),
    trans.__("epoch %1/%2", tick(Math.floor(view.epoch * 100) / 100), String(view.epochs)),
    time(view.seconds),
  ];
  if (goes && view.etaSeconds !== null) facts.push(trans.__("%1 left", time(view.etaSeconds)));
  if (view.rowsPerSecond !== null) facts.push(trans.__("%1 rows/s", tick(Math.round(view.rowsPerSecond))));
  if (view.learningRate !== null) facts.push(trans.__("learning rate %1", tick(view.learningRate)));
  facts.push(...machineNow(latest));
  facts.push(`${view.engine} ${view.device}`, trans.__("%1 parameters", tick(view.parameters)));
  facts.push(trans.__("seed %1", String(view.seed)));
  return facts;
}

/** The last of what its process took of the machine. */
function machineNow(latest: (gauge: string) => number | null): string[] {
  const [cores, memory, gpu] = [latest("cores busy"), latest("memory"), latest("GPU busy")];
  const facts: string[] = [];
  if (cores !== null) facts.push(trans.__("%1 cores busy", cores.toFixed(1)));
  if (memory !== null) facts.push(trans.__("%1 MB", tick(Math.round(memory))));
  if (gpu !== null) facts.push(trans.__("GPU %1 %", tick(Math.round(gpu))));
  return facts;
}

function metricNames(view: RunView): readonly string[] {
  const all = [view.last?.train, view.last?.validation, view.best?.validation, view.test];
  const names = new Set(all.flatMap((metrics) => Object.keys(metrics ?? {})));
  // A notebook is saved with its keys by the alphabet: the order is made here.
  const others = metricsByWorth([...names].filter((name) => name !== "loss").sort());
  return names.has("loss") ? ["loss", ...others] : others;
}

/** Rows are true classes, columns predicted ones; the shade is the share of the row. */
function confusionTable(confusion: NonNullable<RunView["confusion"]>, split: string): HTMLTableElement {
  const rows = confusion.counts.map((counts, index) => [confusion.classes[index]!, ...counts.map(String)]);
  const made = table(
    trans.__("Confusion matrix (%1): rows are true, columns predicted", kernelWord(split)),
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
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${whole % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

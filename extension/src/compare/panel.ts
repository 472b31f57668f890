/**
 * Runs side by side in the page. A checked ComparisonView enters by `show`; leaves: their curves in one chart with bands over seeds, parallel coordinates,
 * and one table of what differs. Of any runs, whether a sweep made them or not; needs no kernel.
 */
import type { ComparisonView } from "../../../kernel/contract/comparison.ts";
import { lessIsBetter } from "../../../kernel/contract/metric-names.ts";
import { textOf } from "../chart/dimension.ts";
import { ParallelChart } from "../chart/parallel.ts";
import { Tabs } from "../chart/tabs.ts";
import { kernelWord } from "../kernel-words.ts";
import { button, download, element, slider } from "../run/dom.ts";
import { settings } from "../settings.ts";
import { trans } from "../translation.ts";
import { axesOf, type ComparedAxis } from "./axes.ts";
import { curvesCsv } from "./curves-csv.ts";
import { KeptChoice } from "./kept-choice.ts";
import { LineChart } from "./line-chart.ts";
import { axisWord } from "./lines.ts";
import { nameOf, parallelOfRuns } from "./parallel.ts";
import { type ComparedRows, rowsOf } from "./rows.ts";

export class ComparisonPanel {
  readonly node = element("div", "lepton-Comparison");
  private readonly title = element("span", "lepton-Name");
  private readonly facts = element("div", "lepton-Facts");
  private readonly metric = new KeptChoice<string>(null, () => this.redraw());
  private readonly rows = new KeptChoice<ComparedRows>(null, () => this.lines.update());
  private readonly smoothing = slider(settings().smoothing, () => this.lines.update());
  private readonly axis = new KeptChoice<ComparedAxis>(settings().axis, () => this.lines.update());
  private readonly single = element("input", "");
  private readonly logX = element("input", "");
  private readonly logY = element("input", "");
  private readonly formula = element("p", "lepton-Hint");
  private readonly table = element("div", "lepton-Trials");
  private readonly lines = new LineChart(() => this.settings());
  private readonly parallel: ParallelChart;
  private view: ComparisonView | null = null;
  private chosen: ReadonlySet<string> | null = null;

  constructor() {
    this.parallel = new ParallelChart((keys) => {
      this.chosen = keys;
      this.drawTable();
    });
    const page = (...content: Node[]) => element("div", "lepton-TabPanel", ...content);
    const tabs = new Tabs(trans.__("Views of the comparison"), [
      { id: "curves", title: trans.__("Curves"), content: page(this.lines.node, this.formula) },
      { id: "parallel", title: trans.__("Parallel coordinates"), content: page(this.parallel.node) },
    ]);
    this.table.tabIndex = 0;
    this.table.setAttribute("role", "region");
    this.table.setAttribute("aria-label", trans.__("What differs"));
    this.node.append(element("div", "lepton-Title", this.title), this.facts, this.controls(), tabs.node, this.table);
  }

  show(view: ComparisonView): void {
    this.view = view;
    this.title.textContent = view.title;
    this.facts.textContent = trans.__("%1 runs, %2 apart from their seeds", view.runs.length, view.groups.length);
    this.formula.textContent = view.bands.length > 0 ? view.formula : "";
    this.metric.offer(view.metrics);
    this.axis.offer(axesOf(view), axisWord);
    this.redraw();
  }

  repaint(): void {
    this.redraw();
  }

  dispose(): void {
    this.lines.dispose();
    this.parallel.dispose();
  }

  private settings() {
    return {
      metric: this.metric.value ?? "",
      rows: this.rows.value ?? ("validation" as const),
      smoothing: Number(this.smoothing.value),
      axis: this.axis.value ?? "epoch",
      single: this.single.checked,
      logX: this.logX.checked,
      logY: this.logY.checked,
    };
  }

  private controls(): HTMLElement {
    const metric = element("label", "lepton-Label", trans.__("metric"), this.metric.node);
    const rows = element("label", "lepton-Label", trans.__("rows"), this.rows.node);
    const smoothing = element("label", "lepton-Label", trans.__("smoothing"), this.smoothing);
    const axis = element("label", "lepton-Label", trans.__("x"), this.axis.node);
    const checks = [
      [this.single, trans.__("each run")],
      [this.logX, trans.__("log x")],
      [this.logY, trans.__("log y")],
    ] as const;
    const labels = checks.map(([input, text]) => {
      input.type = "checkbox";
      input.addEventListener("change", () => this.lines.update());
      return element("label", "lepton-Label", input, text);
    });
    const csv = button("CSV", trans.__("Save the curves as a CSV file"), () => this.saveCsv());
    return element(
      "div",
      "lepton-Controls",
      metric,
      rows,
      axis,
      ...labels,
      smoothing,
      element("span", "lepton-Spring"),
      csv,
    );
  }

  private redraw(): void {
    const view = this.view;
    if (!view) return;
    const word = (rows: ComparedRows) => (rows === "both" ? trans.__("both") : kernelWord(rows));
    this.rows.offer(rowsOf(view, this.metric.value ?? ""), word);
    this.rows.node.parentElement!.hidden = view.train === undefined;
    this.lines.show(view);
    this.chosen = this.parallel.show(parallelOfRuns(view, this.metric.value ?? ""));
    this.drawTable();
  }

  /** Rows by what differs, columns by run; the best value of a metric stands out. */
  private drawTable(): void {
    const view = this.view;
    if (!view) return;
    const shown = view.runs.flatMap((run, index) =>
      this.chosen === null || this.chosen.has(run.id) ? [{ run, index }] : [],
    );
    const heads = shown.map(({ run }) => {
      const cell = element("th", "", run.name);
      cell.scope = "col";
      cell.title = `${run.id}\n${run.source}`;
      return cell;
    });
    const rows = view.differences.map((one) => {
      const { name, kind, values } = one;
      const head = element("th", "", nameOf(one, view.differences));
      head.scope = "row";
      const best =
        kind === "metric"
          ? bestOf(
              name,
              shown.map(({ index }) => values[index] ?? null),
            )
          : null;
      const cells = shown.map(({ index }) => {
        const value = values[index] ?? null;
        return element("td", best !== null && value === best ? "lepton-BestCell" : "", textOf(value));
      });
      return element("tr", "", head, ...cells);
    });
    const none =
      view.differences.length === 0 ? trans.__("Nothing differs but what is measured.") : trans.__("What differs");
    const caption = element("caption", "", none);
    const head = element("thead", "", element("tr", "", element("td", ""), ...heads));
    this.table.replaceChildren(element("table", "lepton-Table", caption, head, element("tbody", "", ...rows)));
  }

  private saveCsv(): void {
    if (this.view) download("comparison.csv", new Blob([curvesCsv(this.view)], { type: "text/csv" }));
  }
}

function bestOf(metric: string, values: readonly unknown[]): number | null {
  const found = values.filter((value): value is number => typeof value === "number");
  if (found.length < 2) return null;
  return lessIsBetter(metric) ? Math.min(...found) : Math.max(...found);
}

/**
 * Weights and gradients of a run, asked for when the tab is opened or the button pressed. A checked WeightsView enters; the histograms of one parameter
 * are drawn, the numbers of all stand in a table.
 */
import type { TensorStatistics, WeightsView } from "../../../kernel/contract/analysis.ts";
import { tick } from "../chart/tick.ts";
import { Figure, type PlotlyFields, plainName, plotlyLine } from "../plotly.ts";
import { trans } from "../translation.ts";
import { button, element, table } from "./dom.ts";

export class Weights {
  readonly node = element("div", "lepton-Weights");
  private readonly about = element("p", "lepton-Facts");
  private readonly names = element("select", "lepton-Select");
  private readonly numbers = element("div", "lepton-Scrolls");
  private readonly figures = [new Figure("weights", 300), new Figure("gradients", 300)];
  private view: WeightsView | null = null;

  constructor(ask: () => void) {
    this.names.addEventListener("change", () => this.draw());
    const label = element("label", "lepton-Label", trans.__("parameter"), " ", this.names);
    const again = button(trans.__("Look again"), trans.__("Ask for the weights as they are now"), ask);
    const grid = element("div", "lepton-Figures", ...this.figures.map((figure) => figure.node));
    this.node.append(element("div", "lepton-Controls", label, again), this.about, grid, this.numbers);
    this.say(trans.__("Weights are read from the last checkpoint, gradients from one batch of training rows."));
  }

  say(text: string, ...actions: readonly HTMLElement[]): void {
    this.about.replaceChildren(text, ...actions.flatMap((action) => [" ", action]));
  }

  show(view: WeightsView): void {
    const chosen = this.names.value;
    this.view = view;
    this.names.replaceChildren(...view.parameters.map(({ name }) => new Option(name, name)));
    if (view.parameters.some(({ name }) => name === chosen)) this.names.value = chosen;
    const more = view.more > 0 ? ` · ${trans.__("%1 more parameters are left out", String(view.more))}` : "";
    this.say(trans.__("step %1, gradients of the loss over %2 rows", String(view.step), String(view.rows)) + more);
    this.numbers.replaceChildren(tableOf(view));
    this.draw();
  }

  repaint(): void {
    for (const figure of this.figures) figure.repaint();
  }

  dispose(): void {
    for (const figure of this.figures) figure.dispose();
  }

  private draw(): void {
    const one = this.view?.parameters.find(({ name }) => name === this.names.value);
    if (!one) return;
    const shape = `${one.name} [${one.shape.join(", ")}]`;
    const parts = [
      { title: trans.__("weights of %1", shape), values: one.weight },
      { title: trans.__("gradients of %1", shape), values: one.gradient },
    ];
    for (const [index, { title, values }] of parts.entries()) {
      const figure = this.figures[index]!;
      figure.node.hidden = values === null;
      if (values)
        figure.show(
          title,
          () => [bars(values, index)],
          () => layoutOf(title),
        );
    }
  }
}

function bars({ histogram: { edges, counts } }: TensorStatistics, index: number): PlotlyFields {
  const x = counts.map((_, at) => (edges[at]! + (edges[at + 1] ?? edges[at]!)) / 2);
  const width = (edges[1] ?? 1) - (edges[0] ?? 0);
  const color = plotlyLine(index).color;
  return { type: "bar", x, y: counts, width: x.map(() => width), marker: { color }, name: trans.__("values") };
}

function layoutOf(title: string): PlotlyFields {
  return {
    title: { text: plainName(title), font: { size: 13 } },
    xaxis: { title: { text: trans.__("value") } },
    yaxis: { title: { text: trans.__("count") } },
    bargap: 0.02,
    showlegend: false,
  };
}

function tableOf(view: WeightsView): HTMLTableElement {
  const cells = (values: TensorStatistics | null) =>
    values ? [values.mean, values.deviation, values.low, values.high].map(tick) : ["", "", "", ""];
  const four = (what: string) => [
    trans.__("%1 mean", what),
    trans.__("%1 deviation", what),
    trans.__("%1 lowest", what),
    trans.__("%1 highest", what),
  ];
  const head = [
    trans.__("parameter"),
    trans.__("shape"),
    ...four(trans.__("weight")),
    ...four(trans.__("gradient")),
    trans.__("not finite"),
  ];
  const rows = view.parameters.map(({ name, shape, weight, gradient }) => [
    name,
    shape.join(" x "),
    ...cells(weight),
    ...cells(gradient),
    String(weight.notFinite + (gradient?.notFinite ?? 0)),
  ]);
  return table(trans.__("Parameters"), head, rows);
}

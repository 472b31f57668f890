/** What a reader can set on a run's chart: which axis, log scale, smoothing, which metric. State enters, changes leave; drawing is not here. */
import type { TranslationBundle } from "@jupyterlab/translation";
import { button, element } from "./dom.ts";
import type { PlotSettings } from "./plot.ts";
import type { Axis } from "./points.ts";

export interface ControlActions {
  change(): void;
  stop(): void;
  csv(): void;
  png(): void;
}

const axes: readonly Axis[] = ["epoch", "step", "seconds"];

export class Controls {
  readonly node: HTMLElement;
  settings: PlotSettings = { axis: "epoch", logY: false, smoothing: 0 };
  metric: string | null = null;
  private readonly axis: HTMLSelectElement;
  private readonly metrics: HTMLSelectElement;
  private readonly stopButton: HTMLButtonElement;
  private metricNames = "";

  constructor(trans: TranslationBundle, actions: ControlActions) {
    const set = (part: Partial<PlotSettings>) => {
      this.settings = { ...this.settings, ...part };
      actions.change();
    };
    this.axis = select(axes, (value) => set({ axis: value as Axis }));
    this.metrics = select([], (value) => {
      this.metric = value;
      actions.change();
    });
    const log = element("input", "");
    log.type = "checkbox";
    log.addEventListener("change", () => set({ logY: log.checked }));
    const smoothing = element("input", "lepton-Slider");
    Object.assign(smoothing, { type: "range", min: "0", max: "0.99", step: "0.01", value: "0" });
    smoothing.addEventListener("input", () => set({ smoothing: Number(smoothing.value) }));
    this.stopButton = button(
      trans.__("Stop"),
      trans.__("Stop the run at its next step; a checkpoint is kept"),
      actions.stop,
    );
    this.node = element(
      "div",
      "lepton-Controls",
      labelled(trans.__("x"), this.axis),
      labelled(trans.__("metric"), this.metrics),
      labelled(trans.__("log y"), log),
      labelled(trans.__("smoothing"), smoothing),
      element("span", "lepton-Spring"),
      this.stopButton,
      button("CSV", trans.__("Save every point as a CSV file"), actions.csv),
      button("PNG", trans.__("Save the charts as a picture"), actions.png),
    );
  }

  /** Offer what this run has. */
  offer(metrics: readonly string[], hasSeconds: boolean, canStop: boolean): void {
    this.stopButton.hidden = !canStop;
    for (const option of this.axis.options) if (option.value === "seconds") option.disabled = !hasSeconds;
    const names = metrics.join("\n");
    if (names === this.metricNames) return;
    this.metricNames = names;
    this.metrics.replaceChildren(...metrics.map((name) => new Option(name, name)));
    if (this.metric === null || !metrics.includes(this.metric)) this.metric = metrics[0] ?? null;
    if (this.metric !== null) this.metrics.value = this.metric;
    this.metrics.parentElement!.hidden = metrics.length < 2;
  }
}

function select(values: readonly string[], onChange: (value: string) => void): HTMLSelectElement {
  const node = element("select", "lepton-Select", ...values.map((value) => new Option(value, value)));
  node.addEventListener("change", () => onChange(node.value));
  return node;
}

function labelled(text: string, control: HTMLElement): HTMLLabelElement {
  return element("label", "lepton-Label", text, " ", control);
}

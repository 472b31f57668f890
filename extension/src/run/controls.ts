/** What a reader can set on a run's charts, and what can be done with the run: state enters, changes and wishes leave; drawing is not here. */
import { kernelWord } from "../kernel-words.ts";
import { settings } from "../settings.ts";
import { trans } from "../translation.ts";
import { button, element, slider } from "./dom.ts";
import { axisLabel, type PlotSettings } from "./plot.ts";
import { type Axis, drawnAxis } from "./points.ts";

export interface ControlActions {
  change(): void;
  ask(what: "stop" | "pause" | "resume"): void;
  csv(): void;
  picture(format: "png" | "svg"): void;
  fullScreen(): void;
  /** Null where there is no place to pin to. */
  readonly pin: (() => void) | null;
}

export interface RunPossibilities {
  readonly metrics: readonly string[];
  readonly gauges: readonly string[];
  readonly hasSeconds: boolean;
  readonly canStop: boolean;
  readonly canPause: boolean;
  readonly canResume: boolean;
}

const axes: readonly Axis[] = ["epoch", "step", "seconds"];

export class Controls {
  /** Above the charts: how they are drawn. */
  readonly node: HTMLElement;
  /** For the whole run, whatever is looked at. */
  readonly actions: HTMLElement;
  settings: PlotSettings = { axis: settings().axis, logX: false, logY: false, smoothing: settings().smoothing };
  metric: string | null = null;
  gauge: string | null = null;
  private readonly axis: HTMLSelectElement;
  private readonly metrics: HTMLSelectElement;
  private readonly gauges: HTMLSelectElement;
  private readonly stop: HTMLButtonElement;
  private readonly pause: HTMLButtonElement;
  private readonly resume: HTMLButtonElement;
  private offered = "";
  /** Drawn as soon as the run has it. */
  private wantedAxis = settings().axis;

  constructor(actions: ControlActions) {
    const set = (part: Partial<PlotSettings>) => {
      this.settings = { ...this.settings, ...part };
      actions.change();
    };
    this.axis = select((value) => {
      this.wantedAxis = value as Axis;
      set({ axis: this.wantedAxis });
    });
    this.axis.append(...axes.map((axis) => new Option(axisLabel(axis), axis)));
    this.axis.value = this.settings.axis;
    this.metrics = select((value) => {
      this.metric = value;
      actions.change();
    });
    this.gauges = select((value) => {
      this.gauge = value === "" ? null : value;
      actions.change();
    });
    const smoothing = slider(this.settings.smoothing, (value) => set({ smoothing: value }));
    this.stop = button(trans.__("Stop"), trans.__("Stop the run at its next step; a checkpoint is kept"), () =>
      actions.ask("stop"),
    );
    this.pause = button(trans.__("Pause"), trans.__("Hold the run between two steps; its process stays"), () =>
      actions.ask("pause"),
    );
    this.resume = button(trans.__("Resume"), trans.__("Go on with the run where it was held or stopped"), () =>
      actions.ask("resume"),
    );
    this.node = element(
      "div",
      "lepton-Controls",
      labelled(trans.__("x"), this.axis),
      labelled(trans.__("metric"), this.metrics),
      labelled(trans.__("beside"), this.gauges),
      labelled(
        trans.__("log x"),
        checkbox((on) => set({ logX: on })),
      ),
      labelled(
        trans.__("log y"),
        checkbox((on) => set({ logY: on })),
      ),
      labelled(trans.__("smoothing"), smoothing),
    );
    const pin = actions.pin;
    this.actions = element(
      "div",
      "lepton-Controls lepton-RunActions",
      this.pause,
      this.resume,
      this.stop,
      element("span", "lepton-Spring"),
      button(
        "CSV",
        trans.__("Save every point as a CSV file; without a kernel those of the saved output"),
        actions.csv,
      ),
      button("PNG", trans.__("Save the charts as a picture"), () => actions.picture("png")),
      button("SVG", trans.__("Save the charts as a drawing that scales"), () => actions.picture("svg")),
      ...(pin ? [button(trans.__("Pin"), trans.__("Keep this run in sight in the right sidebar"), pin)] : []),
      button(trans.__("Full screen"), trans.__("Show this run alone; Escape leaves"), actions.fullScreen),
    );
  }

  /** Offer what this run has. */
  offer({ metrics, gauges, hasSeconds, canStop, canPause, canResume }: RunPossibilities): void {
    this.stop.hidden = !canStop;
    this.pause.hidden = !canPause;
    this.resume.hidden = !canResume;
    for (const option of this.axis.options) if (option.value === "seconds") option.disabled = !hasSeconds;
    this.settings = { ...this.settings, axis: drawnAxis(this.wantedAxis, hasSeconds) };
    this.axis.value = this.settings.axis;
    const offered = [...metrics, "", ...gauges].join("\n");
    if (offered === this.offered) return;
    this.offered = offered;
    this.metrics.replaceChildren(...metrics.map((name) => new Option(name, name)));
    if (this.metric === null || !metrics.includes(this.metric)) this.metric = metrics[0] ?? null;
    if (this.metric !== null) this.metrics.value = this.metric;
    this.metrics.parentElement!.hidden = metrics.length < 2;
    this.gauges.replaceChildren(
      new Option(trans.__("nothing"), ""),
      ...gauges.map((name) => new Option(kernelWord(name), name)),
    );
    this.gauges.value = this.gauge ?? "";
    this.gauges.parentElement!.hidden = gauges.length === 0;
  }
}

function select(onChange: (value: string) => void): HTMLSelectElement {
  const node = element("select", "lepton-Select");
  node.addEventListener("change", () => onChange(node.value));
  return node;
}

function checkbox(onChange: (on: boolean) => void): HTMLInputElement {
  const node = element("input", "");
  node.type = "checkbox";
  node.addEventListener("change", () => onChange(node.checked));
  return node;
}

function labelled(text: string, control: HTMLElement): HTMLLabelElement {
  return element("label", "lepton-Label", text, " ", control);
}

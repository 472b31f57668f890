/**
 * A study in the page. A checked StudyView enters by `show`, again each second while it runs; leaves: what was found when, what mattered, where good
 * values lie, when which worker ran what, how each trial learned, and every trial in a table. All of it comes from the snapshot: a saved notebook without
 * a kernel shows the same. A range that is brushed in the parallel coordinates chooses trials in all of them.
 */

import type { StudyView } from "../../../kernel/contract/study.ts";
import { Chart } from "../chart/chart.ts";
import { ParallelChart } from "../chart/parallel.ts";
import { mark, svg } from "../chart/svg.ts";
import { Tabs } from "../chart/tabs.ts";
import { tick } from "../chart/tick.ts";
import { kernelWord } from "../kernel-words.ts";
import { element } from "../run/dom.ts";
import { time } from "../run/summary.ts";
import { trans } from "../translation.ts";
import { drawContour } from "./contour.ts";
import { drawCurves } from "./curves.ts";
import { drawHistory } from "./history.ts";
import { drawImportance } from "./importance.ts";
import { NEWS_MS, News } from "./news.ts";
import { parallelOf } from "./parallel.ts";
import { drawSlices } from "./slice.ts";
import { drawTimeline } from "./timeline.ts";
import { TrialTable } from "./trials.ts";
import { isFarApart, mayBeLog } from "./value-axis.ts";

export class StudyPanel {
  readonly node = element("div", "lepton-Study");
  private readonly title = element("span", "lepton-Name");
  private readonly state = element("span", "lepton-State");
  private readonly facts = element("div", "lepton-Facts");
  private readonly reason = element("div", "lepton-Reason");
  private readonly bar = element("progress", "lepton-Progress");
  private readonly trials = new TrialTable((trial) => this.mark(trial));
  private readonly charts: readonly Chart[];
  private readonly parallel: ParallelChart;
  private readonly log = element("input", "");
  private readonly logText = element("span", "");
  private readonly logLabel = element("label", "lepton-Label", this.log, this.logText);
  private logChosen = false;
  private pointed: string | null = null;
  private readonly across = element("select", "lepton-Select");
  private readonly up = element("select", "lepton-Select");
  private view: StudyView | null = null;
  private readonly news = new News();
  private ageTimer: ReturnType<typeof setTimeout> | undefined;
  private chosen: ReadonlySet<string> | null = null;
  private contourChosen = false;

  constructor() {
    const chart = (paint: (view: StudyView, width: number) => SVGElement | null, empty: string) =>
      new Chart(
        (width) => this.view && (this.withPointed(paint(this.view, width)) ?? element("p", "lepton-Hint", empty)),
      );
    const isChosen = (trial: number) => this.chosen === null || this.chosen.has(String(trial));
    const none = trans.__("No trial has a value.");
    const history = chart((view, width) => drawHistory(view, width, isChosen, this.log.checked), none);
    const importance = chart(drawImportance, trans.__("Importance needs two finished trials."));
    const slices = chart((view, width) => drawSlices(view, width, isChosen, this.log.checked), none);
    const contour = chart((view, width) => this.contour(view, width), trans.__("A contour needs two hyperparameters."));
    const timeline = chart(
      (view, width) => drawTimeline(view, width, isChosen),
      trans.__("This snapshot does not say when its trials ran."),
    );
    const curves = chart(
      (view, width) => drawCurves(view, width, isChosen, this.log.checked),
      trans.__("No trial has ended an epoch with validation rows yet."),
    );
    this.charts = [history, importance, slices, contour, timeline, curves];
    this.parallel = new ParallelChart((keys) => this.choose(keys));
    const page = (...content: Node[]) => element("div", "lepton-TabPanel", ...content);
    const tabs = new Tabs(trans.__("Views of the study"), [
      {
        id: "overview",
        title: trans.__("Overview"),
        content: page(element("div", "lepton-Plots", history.node, importance.node)),
      },
      { id: "parallel", title: trans.__("Parallel coordinates"), content: page(this.parallel.node) },
      { id: "slice", title: trans.__("Slice"), content: page(slices.node) },
      { id: "contour", title: trans.__("Contour"), content: page(this.contourChoice(contour), contour.node) },
      { id: "curves", title: trans.__("Learning curves"), content: page(curves.node) },
      { id: "timeline", title: trans.__("Timeline"), content: page(timeline.node) },
    ]);
    this.bar.setAttribute("aria-label", trans.__("trials done"));
    this.state.setAttribute("role", "status");
    const title = element("div", "lepton-Title", this.title, this.state);
    const head = element("div", "lepton-Head", title, this.facts, this.bar, this.reason);
    this.node.append(head, tabs.node, element("div", "lepton-LegendRow", legend(), this.logLabel), this.trials.node);
    this.log.type = "checkbox";
    this.log.addEventListener("change", () => {
      this.logChosen = true;
      this.redraw();
    });
    tabs.node.addEventListener("click", (event) => this.point(event));
  }

  show(view: StudyView): void {
    this.view = view;
    this.news.came(view);
    this.drawHead(view);
    this.offerNames(view);
    this.offerLog(view);
    this.redraw();
  }

  repaint(): void {
    this.redraw();
  }

  dispose(): void {
    clearTimeout(this.ageTimer);
    this.parallel.dispose();
    for (const chart of this.charts) chart.dispose();
  }

  private drawHead(view: StudyView): void {
    clearTimeout(this.ageTimer);
    this.title.textContent = view.name;
    const isOld = view.state === "running" && this.news.isOld(view);
    const state = isOld ? wordThen(view) : kernelWord(view.state);
    if (this.state.textContent !== state) this.state.textContent = state;
    this.state.dataset["state"] = isOld ? "unknown" : view.state;
    if (view.state === "running" && !isOld) this.ageTimer = setTimeout(() => this.drawHead(view), NEWS_MS);
    const done = view.trials.filter((trial) => trial.state !== "running").length;
    this.bar.max = Math.max(1, view.planned);
    this.bar.value = done;
    this.bar.hidden = view.state !== "running" || isOld;
    const best = view.trials.find((trial) => trial.number === view.best);
    const left = view.etaSeconds === null || isOld ? [] : [trans.__("%1 left", time(view.etaSeconds))];
    this.facts.textContent = [
      trans.__("%1 on %2", view.model, view.dataset),
      trans.__("%1/%2 trials", done, view.planned),
      ...left,
      trans.__("%1 validation %2", view.direction, view.metric),
      trans.__("sampler %1", view.sampler),
      best ? trans.__("best %1 (trial %2)", tick(best.value), best.number) : noneFinished(view),
    ].join(" · ");
    this.reason.textContent = view.reason ?? "";
  }

  /** Which two hyperparameters the contour is drawn over; the two that mattered most at first. */
  private contourChoice(contour: Chart): HTMLElement {
    const labels: HTMLElement[] = [];
    for (const [select, text] of [
      [this.across, trans.__("across")],
      [this.up, trans.__("up")],
    ] as const) {
      select.addEventListener("change", () => {
        this.contourChosen = true;
        contour.update();
      });
      const label = element("label", "lepton-Label", text);
      label.append(select);
      labels.push(label);
    }
    return element("div", "lepton-Controls", ...labels);
  }

  private offerNames(view: StudyView): void {
    const mattered = (view.importance ?? []).map(({ name }) => name);
    const names = [...new Set([...mattered, ...Object.keys(view.space)])].filter((name) => view.space[name]);
    for (const [index, select] of [this.across, this.up].entries()) {
      const known = [...select.options].map((option) => option.value);
      const isNew = known.length !== names.length || names.some((name) => !known.includes(name));
      if (isNew) select.replaceChildren(...names.map((name) => new Option(name, name)));
      // What mattered most is known only after some trials: it is followed until the reader chooses.
      if (isNew || !this.contourChosen) select.value = names[Math.min(index, names.length - 1)] ?? "";
    }
  }

  private contour(view: StudyView, width: number): SVGElement | null {
    const names = [this.across.value, this.up.value] as const;
    return names[0] === "" || names[0] === names[1] ? null : drawContour(view, names, width, this.log.checked);
  }

  /** By ratio where values lie far apart, until the reader chooses. */
  private offerLog(view: StudyView): void {
    this.logLabel.hidden = !mayBeLog(view);
    this.logText.textContent = trans.__("log %1", view.metric);
    if (!this.logChosen) this.log.checked = isFarApart(view);
  }

  /** A trial that is pressed in a drawing is shown in the table, and marked in all drawings; one that is pressed in the table is marked too. */
  private point(event: Event): void {
    const pressed = (event.target as Element).closest<SVGElement>("[data-trial], [data-key]");
    const trial = pressed?.dataset["trial"] ?? pressed?.dataset["key"];
    if (trial === undefined) return;
    this.mark(trial);
    this.trials.point(trial);
  }

  /** Of what is drawn only the marks change: drawing a thousand trials anew would take longer than a press may. */
  private mark(trial: string): void {
    this.pointed = trial;
    for (const { node } of this.charts) this.withPointed(node);
    this.parallel.point(trial);
  }

  private withPointed<N extends Element | null>(drawing: N): N {
    for (const one of drawing?.querySelectorAll("[data-trial]") ?? [])
      one.classList.toggle("lepton-Pointed", one.getAttribute("data-trial") === this.pointed);
    return drawing;
  }

  private choose(keys: ReadonlySet<string> | null): void {
    this.chosen = keys;
    this.redrawAround();
  }

  private redraw(): void {
    if (this.view) this.chosen = this.parallel.show(parallelOf(this.view, this.log.checked), this.pointed);
    this.redrawAround();
  }

  /** All but the parallel coordinates. */
  private redrawAround(): void {
    for (const chart of this.charts) chart.update();
    if (this.view) this.trials.show(this.view, this.chosen);
  }
}

function wordThen({ state, updatedAt }: StudyView): string {
  const then = new Date(updatedAt).toLocaleString(undefined, { dateStyle: "short", timeStyle: "short" });
  return trans.__("was %1 at %2", kernelWord(state), then);
}

function noneFinished({ state }: StudyView): string {
  return state === "running" ? trans.__("no finished trial yet") : trans.__("no trial finished");
}

/** What the marks mean; the same in all charts. */
function legend(): HTMLElement {
  const states = [
    ["finished", trans.__("finished")],
    ["pruned", trans.__("pruned")],
    ["running", trans.__("running")],
    ["failed", trans.__("failed")],
  ] as const;
  const entries = states.map(([state, text]) => {
    const shape = svg(
      "svg",
      { width: 14, height: 14, "aria-hidden": "true", class: "lepton-Swatch" },
      mark(state, 7, 7, text),
    );
    return element("span", "lepton-LegendEntry", shape, text);
  });
  const best = svg(
    "svg",
    { width: 14, height: 14, "aria-hidden": "true", class: "lepton-Swatch" },
    mark("finished", 7, 7, "", true),
  );
  return element("div", "lepton-Legend", ...entries, element("span", "lepton-LegendEntry", best, trans.__("best")));
}

/**
 * A run in the page: snapshot first, live while it goes. A checked RunView enters by `show`; with a kernel, events come by comm and are drawn at
 * most ten times a second. Without one (a saved notebook) the snapshot alone is drawn.
 */
import type { TranslationBundle } from "@jupyterlab/translation";
import type { RunEvent, RunView } from "../../../kernel/contract/run.ts";
import { Controls } from "./controls.ts";
import { download, element } from "./dom.ts";
import { type KernelSource, LiveRun } from "./live.ts";
import { Plot } from "./plot.ts";
import { type PointSeries, RunPoints } from "./points.ts";
import { foldIntoView } from "./progress.ts";
import { Summary } from "./summary.ts";
import { inkOf } from "./theme.ts";

const DRAW_EVERY_MS = 100;
/** Looked at first, where a run has them. */
const firstMetrics = ["rocAuc", "roc_auc", "accuracy", "r2", "mae"];

export class RunPanel {
  readonly node = element("div", "lepton-Run");
  private readonly points = new RunPoints();
  private readonly summary: Summary;
  private readonly controls: Controls;
  private readonly loss: Plot;
  private readonly metric: Plot;
  private view: RunView | null = null;
  private live: LiveRun | null = null;
  private drawTimer: ReturnType<typeof setTimeout> | null = null;

  constructor(
    trans: TranslationBundle,
    private readonly kernel: KernelSource | null,
  ) {
    this.summary = new Summary(trans);
    this.loss = new Plot(trans.__("loss"));
    this.metric = new Plot(trans.__("metric"));
    this.controls = new Controls(trans, {
      change: () => this.draw(),
      stop: () => void this.live?.stop(),
      csv: () => this.saveCsv(),
      png: () => this.savePicture(),
    });
    const plots = element("div", "lepton-Plots", this.loss.node, this.metric.node);
    this.node.append(this.summary.head, this.controls.node, plots, this.summary.tables);
  }

  show(view: RunView): void {
    // A snapshot can be older than what came live; the newer wins.
    if (!this.view || view.id !== this.view.id || view.seq >= this.view.seq) this.view = view;
    this.points.takeSnapshot(view);
    if (isGoing(this.view)) this.follow(this.view.id);
    this.draw();
  }

  repaint(): void {
    this.loss.repaint();
    this.metric.repaint();
  }

  dispose(): void {
    if (this.drawTimer !== null) clearTimeout(this.drawTimer);
    this.unfollow();
    this.loss.dispose();
    this.metric.dispose();
  }

  private follow(run: string): void {
    if (this.live || !this.kernel) return;
    this.live = new LiveRun(run, this.kernel, () => this.points.place(), {
      events: (events) => this.takeEvents(events),
      reset: () => this.points.restart(),
      gone: () => this.unfollow(),
    });
  }

  private unfollow(): void {
    this.live?.close();
    this.live = null;
  }

  private takeEvents(events: readonly RunEvent[]): number | null {
    const before = this.points.seq;
    const missing = this.points.takeEvents(events);
    for (const event of events) {
      if (this.view && event.seq > before && event.seq <= this.points.seq) this.view = foldIntoView(this.view, event);
    }
    this.drawSoon();
    if (this.view && !isGoing(this.view)) this.unfollow();
    return missing;
  }

  private drawSoon(): void {
    this.drawTimer ??= setTimeout(() => {
      this.drawTimer = null;
      this.draw();
    }, DRAW_EVERY_MS);
  }

  private draw(): void {
    const view = this.view;
    if (!view) return;
    this.summary.show(view);
    const lines = [...this.points.series.values()];
    const metrics = rank([...new Set(lines.map((line) => line.name).filter((name) => name !== "loss"))]);
    this.controls.offer(metrics, this.points.has("seconds"), isGoing(view) && this.live !== null);
    this.loss.show(inOrder(lines, "loss"), this.controls.settings);
    this.metric.node.hidden = metrics.length === 0;
    const chosen = this.controls.metric;
    if (chosen !== null) this.metric.show(inOrder(lines, chosen), { ...this.controls.settings, logY: false }, chosen);
  }

  private saveCsv(): void {
    const rows = ["split,name,step,epoch,seconds,value"];
    for (const line of this.points.series.values()) {
      const name = /[",\n]/.test(line.name) ? `"${line.name.replaceAll('"', '""')}"` : line.name;
      for (const [i, step] of line.step.entries()) {
        const seconds = Number.isFinite(line.seconds[i]) ? line.seconds[i] : "";
        rows.push([line.split, name, step, line.epoch[i], seconds, line.y[i] ?? ""].join(","));
      }
    }
    download(`${this.view?.id ?? "run"}.csv`, new Blob([`${rows.join("\n")}\n`], { type: "text/csv" }));
  }

  private savePicture(): void {
    const canvases = [this.loss.canvas(), this.metric.canvas()].filter((canvas) => canvas !== null);
    const sheet = document.createElement("canvas");
    sheet.width = canvases.reduce((sum, canvas) => sum + canvas.width, 0);
    sheet.height = Math.max(0, ...canvases.map((canvas) => canvas.height));
    const pen = sheet.getContext("2d");
    if (!pen || canvases.length === 0) return;
    pen.fillStyle = inkOf(this.node).background;
    pen.fillRect(0, 0, sheet.width, sheet.height);
    let left = 0;
    for (const canvas of canvases) {
      pen.drawImage(canvas, left, 0);
      left += canvas.width;
    }
    sheet.toBlob((blob) => blob && download(`${this.view?.id ?? "run"}.png`, blob), "image/png");
  }
}

function isGoing(view: RunView): boolean {
  return view.state === "running" || view.state === "starting";
}

function inOrder(lines: readonly PointSeries[], name: string): PointSeries[] {
  const splits = ["train", "validation", "test"];
  return lines.filter((line) => line.name === name).sort((a, b) => splits.indexOf(a.split) - splits.indexOf(b.split));
}

function rank(names: readonly string[]): string[] {
  const place = (name: string) => (firstMetrics.includes(name) ? firstMetrics.indexOf(name) : firstMetrics.length);
  return [...names].sort((a, b) => place(a) - place(b));
}

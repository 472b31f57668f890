/**
 * A run in the page: snapshot first, live while it goes. A checked RunView enters by `show`; with a kernel, events come by comm and are drawn as
 * often a second as the settings say, and only while the panel is on the screen. Without one (a saved notebook) the snapshot alone is drawn.
 */
import { MIME, type MimeBundle } from "../../../kernel/contract/cell.ts";
import type { LiveMessage, LivePlace, LiveRequest } from "../../../kernel/contract/live.ts";
import { metricsByWorth } from "../../../kernel/contract/metric-names.ts";
import type { RunEvent, RunNotes, RunView } from "../../../kernel/contract/run.ts";
import { Tabs } from "../chart/tabs.ts";
import { isFields } from "../data-check.ts";
import { settings } from "../settings.ts";
import { trans } from "../translation.ts";
import { Analyse, type AnalyseData, savePicture } from "./analyse.ts";
import { AskedTabs } from "./asked-tabs.ts";
import { Controls } from "./controls.ts";
import { csvOf } from "./csv.ts";
import { download, element } from "./dom.ts";
import { Doubt } from "./doubt.ts";
import { Evaluation } from "./evaluation.ts";
import { EveryPoint } from "./every-point.ts";
import { checkNotes } from "./extras-check.ts";
import { isGoing, KnownState } from "./known-state.ts";
import { type KernelSource, LiveRun } from "./live.ts";
import { Notes } from "./notes.ts";
import { Plot } from "./plot.ts";
import { inOrder, type PointSeries, RunPoints } from "./points.ts";
import { PointsFile } from "./points-file.ts";
import { foldIntoView } from "./progress.ts";
import { Renewal } from "./renewal.ts";
import { Summary } from "./summary.ts";
import { checkRunView } from "./view-check.ts";

/** plotly.js takes a tenth of a second for a long run: not for every event. */
const ANALYSE_EVERY_MS = 3000;

type TabName = "charts" | "evaluation" | "weights" | "samples" | "analyse" | "notes";
type Answer = Exclude<LiveMessage, { type: "events" | "gone" }>;

export interface RunPanelNeeds {
  readonly kernel: KernelSource | null;
  /** Keeps a run in sight elsewhere; null where there is no such place. */
  readonly pin: ((view: RunView) => void) | null;
  /** Puts the kernel's answer in place of the output that the notebook keeps; null where there is none. */
  readonly renew: ((output: MimeBundle) => void) | null;
}

export class RunPanel {
  readonly node = element("div", "lepton-Run");
  private readonly points = new RunPoints();
  private readonly summary = new Summary();
  private readonly controls: Controls;
  private readonly loss = new Plot(trans.__("loss"));
  private readonly metric = new Plot(trans.__("metric"));
  private readonly gauge = new Plot("");
  private readonly evaluation = new Evaluation();
  private readonly asked = new AskedTabs((type) => this.ask({ type }));
  private readonly everyPoint = new EveryPoint();
  private readonly knownState = new KnownState(() => this.draw());
  private readonly doubt = new Doubt(() => this.live?.request({ type: "output" }));
  private readonly renewal = new Renewal(() => {
    this.followNow();
    this.live?.request({ type: "output" });
  });
  private readonly file: PointsFile;
  private readonly analyse: Analyse;
  private readonly notes: Notes;
  private readonly tabs: Tabs;
  private readonly said = element("div", "lepton-Refused");
  private readonly seen: IntersectionObserver;
  private view: RunView | null = null;
  private live: LiveRun | null = null;
  private drawTimer: ReturnType<typeof setTimeout> | null = null;
  private visible = false;
  private analysedAt = 0;
  /** Somebody asked for something: the comm stays, also when the run is over. */
  private isAsked = false;
  /** Followed only to see whether anything is new. */
  private isLook = false;
  private wantsAll = false;

  constructor(private readonly needs: RunPanelNeeds) {
    const { kernel, pin } = needs;
    this.file = new PointsFile({
      isWhole: () => this.everyPoint.isWhole,
      have: () => this.haveEveryPoint(),
      isOpen: () => this.live?.isOpen ?? false,
      steps: () => (this.points.isLive ? this.points.lastStep : null),
      say: (text) => this.say(text),
      write: () => this.writeCsv(),
    });
    this.controls = new Controls({
      change: () => this.draw(),
      ask: (what) => this.ask({ type: what }),
      csv: () => void this.file.save(),
      picture: (format) => void this.savePicture(format),
      fullScreen: () => void this.node.requestFullscreen(),
      pin: pin && (() => this.view && pin(this.view)),
    });
    this.analyse = new Analyse(kernel && (() => this.opened("analyse")));
    this.notes = new Notes(kernel && ((notes: RunNotes) => this.ask({ type: "notes", notes })));
    const plots = element("div", "lepton-Plots", this.loss.node, this.metric.node, this.gauge.node);
    const charts = element("div", "lepton-Charts", this.controls.node, plots, this.summary.tables);
    const all: { id: TabName; title: string; content: HTMLElement; live: boolean }[] = [
      { id: "charts", title: trans.__("Charts"), content: charts, live: false },
      { id: "evaluation", title: trans.__("Evaluation"), content: this.evaluation.node, live: false },
      { id: "weights", title: trans.__("Weights"), content: this.asked.weights.node, live: true },
      { id: "samples", title: trans.__("Samples"), content: this.asked.samples.node, live: true },
      { id: "analyse", title: trans.__("Analyse"), content: this.analyse.node, live: false },
      { id: "notes", title: trans.__("Notes"), content: this.notes.node, live: false },
    ];
    const offered = all.filter(({ live }) => kernel || !live);
    this.tabs = new Tabs(trans.__("What of the run is shown"), offered, (id) => this.opened(id as TabName));
    this.said.hidden = true;
    this.said.setAttribute("role", "alert");
    this.node.append(this.summary.head, this.controls.actions, this.said, this.tabs.node);
    this.seen = new IntersectionObserver((entries) => {
      this.visible = entries.at(-1)?.isIntersecting ?? false;
      if (!this.visible) return;
      this.lookForNotes();
      this.draw();
    });
    this.seen.observe(this.node);
  }

  /** Draw what an output holds. */
  show(view: RunView): void {
    if (this.needs.renew) this.renewal.saved(view);
    this.takeSnapshot(view);
  }

  private takeSnapshot(view: RunView): void {
    // A snapshot can be older than what came live; the newer wins.
    if (!this.view || view.id !== this.view.id || view.seq >= this.view.seq) this.view = view;
    this.points.takeSnapshot(view);
    if (view.notes) this.notes.show(view.notes);
    if (isGoing(this.view)) this.follow();
    this.renewal.known(this.view);
    this.draw();
  }

  repaint(): void {
    for (const part of this.drawings()) part.repaint();
  }

  dispose(): void {
    if (this.drawTimer !== null) clearTimeout(this.drawTimer);
    this.seen.disconnect();
    this.visible = false;
    this.file.dispose();
    this.unfollow();
    this.renewal.stop();
    this.asked.dispose();
    this.notes.dispose();
    this.knownState.forget();
    for (const part of this.drawings()) part.dispose();
  }

  private drawings() {
    return [this.loss, this.metric, this.gauge, this.evaluation, this.asked.weights, this.analyse];
  }

  private follow(): void {
    const view = this.view;
    if (this.live || !this.needs.kernel || !view) return;
    this.live = new LiveRun(view.id, this.needs.kernel, () => this.place(), {
      reset: () => this.startAnew(),
      events: (events, isLevel) => this.takeEvents(events, isLevel),
      answer: (message) => this.take(message),
      lost: () => this.lostKernel(),
      gone: () => {
        this.unfollow();
        this.drawSoon();
      },
    });
  }

  /** Somebody asks for something of the run. */
  private followNow(): void {
    this.isAsked = true;
    this.follow();
    this.live?.reopen();
  }

  /** Of a run that goes every event; of one that is over only what came after its snapshot, until all points are asked for. */
  private place(): LivePlace {
    const view = this.view;
    const wantsAll = !view || isGoing(view) || this.wantsAll || this.points.isLive;
    return wantsAll ? this.points.place() : { from: view.seq, time: view.updatedAt };
  }

  /** The run went on from an earlier checkpoint: what came after it is void. */
  private startAnew(): void {
    this.points.restart();
    if (this.view)
      this.view = {
        ...this.view,
        seq: 0,
        best: null,
        last: null,
        test: null,
        confusion: null,
        curves: null,
        messages: [],
      };
  }

  private lostKernel(): void {
    this.asked.lost();
    this.knownState.lost();
    if (this.needs.kernel?.kernel()) this.knownState.asked();
    // A run that goes does so without it.
    if (this.view && isGoing(this.view)) this.everyPoint.notLevel();
    this.drawSoon();
  }

  private unfollow(): void {
    this.live?.close();
    this.live = null;
    this.asked.lost();
    this.knownState.lost();
    this.everyPoint.giveUp();
  }

  /** Ask the kernel something of this run, whether the run goes or is over. */
  private ask(request: Exclude<LiveRequest, { type: "sync" }>): boolean {
    this.say(null);
    this.followNow();
    if (this.live?.request(request)) return true;
    this.say(trans.__("There is no kernel to ask; start one and try again."));
    return false;
  }

  private say(text: string | null): void {
    this.said.hidden = text === null;
    this.said.textContent = text;
  }

  private opened(tab: TabName): void {
    if (tab === "analyse") void this.haveEveryPoint().then(() => this.drawAnew());
    if (tab === "weights" || tab === "samples") this.asked.open(tab);
    this.drawAnew();
  }

  private drawAnew(): void {
    this.analysedAt = 0;
    this.draw();
  }

  /** A run that is over is followed once more, from its first event. @returns whether all points are here */
  private async haveEveryPoint(): Promise<boolean> {
    if (this.everyPoint.isWhole) return true;
    this.wantsAll = true;
    this.followNow();
    if (!this.live?.isOpen) return false;
    if (!this.everyPoint.isAwaited) this.live.askAgain();
    return this.everyPoint.wait();
  }

  /** Notes may be newer than a saved output, and a stopped run may go again: asked for once, when the run is first looked at and a kernel is there. */
  private lookForNotes(): void {
    if (this.node.dataset["looked"] !== undefined || !this.needs.kernel || !this.view) return;
    this.node.dataset["looked"] = "";
    this.isLook = this.live === null;
    this.follow();
  }

  private takeEvents(events: readonly RunEvent[], isLevel: boolean): number | null {
    const wasKnown = this.knownState.isNow;
    const missing = this.points.takeEvents(events, (event) => {
      // A snapshot holds its events already.
      const isNew = this.view && event.seq > this.view.seq;
      if (isNew) this.view = foldIntoView(this.view!, event, this.points);
    });
    // The first event is not the snapshot's last: what is missing is missing from the first one on.
    if (missing !== null) this.wantsAll = true;
    this.everyPoint.came(this.points.isLive && isLevel && missing === null);
    this.knownState.heard();
    if (this.view) this.renewal.known(this.view);
    if (this.view && isLevel && missing === null) this.level(this.view, events);
    if (events.length > 0 || !wasKnown) this.drawSoon();
    return missing;
  }

  /** The page has all that the run wrote. */
  private level(view: RunView, events: readonly RunEvent[]): void {
    this.doubt.level(view, events);
    if (this.isLook && !isGoing(view) && !this.isAsked) this.unfollow();
    this.isLook = false;
  }

  /** The run as the kernel sees it now; renews an output that says otherwise. */
  private takeOutput(output: unknown): void {
    const checked = checkRunView(isFields(output) ? output[MIME.run] : undefined);
    if (!("view" in checked) || checked.view.id !== this.view?.id || isGoing(checked.view)) return;
    if (this.renewal.isDue) this.needs.renew?.(output as MimeBundle);
    this.takeSnapshot(checked.view);
  }

  private take(message: Answer): void {
    if (message.type === "output") return this.takeOutput(message.output);
    if (message.type === "refused") {
      // Nobody asked for the output: what is known stays as it is.
      if (message.request === "output") return;
      this.say(message.reason);
      if (message.request === "weights" || message.request === "samples") this.asked.refused(message.request);
      if (message.request === "notes") this.notes.say("");
      return;
    }
    if (message.type === "weights" || message.type === "samples") {
      this.asked.take(message);
    } else {
      const { notes } = checkNotes(message.notes);
      if (!notes || !this.view) return;
      this.view = { ...this.view, notes };
      this.notes.saved(notes);
      this.drawSoon();
    }
  }

  private drawSoon(): void {
    this.drawTimer ??= setTimeout(() => {
      this.drawTimer = null;
      this.draw();
    }, 1000 / settings().refreshHz);
  }

  /** Nothing of this happens while the panel is out of sight. */
  private draw(): void {
    const view = this.view;
    if (!view || !this.visible) return;
    this.summary.show(view, this.knownState, (gauge) => this.points.gauges.get(gauge)?.y.at(-1) ?? null);
    const { metrics, lines } = this.lines();
    const going = isGoing(view) && this.knownState.isNow;
    const canAsk = this.needs.kernel !== null;
    this.controls.offer({
      metrics,
      gauges: [...this.points.gauges.keys()],
      hasSeconds: this.points.has("seconds"),
      canStop: going && canAsk,
      canPause: going && canAsk && !view.paused,
      canResume: canAsk && (view.paused === true || view.state === "stopped" || view.state === "failed"),
    });
    if (this.tabs.chosen === "charts") this.drawCharts(lines, metrics);
    if (this.tabs.chosen === "evaluation") this.evaluation.show(view.curves ?? null);
    if (this.tabs.chosen === "analyse" && Date.now() - this.analysedAt > ANALYSE_EVERY_MS) {
      this.analysedAt = Date.now();
      this.analyse.show(this.analyseData());
    }
  }

  private drawCharts(lines: readonly PointSeries[], metrics: readonly string[]): void {
    const { settings, metric, gauge } = this.controls;
    this.loss.show(inOrder(lines, "loss"), settings);
    this.metric.node.hidden = metrics.length === 0;
    if (metric !== null) this.metric.show(inOrder(lines, metric), settings, metric);
    const beside = gauge === null ? undefined : this.points.gauges.get(gauge);
    this.gauge.node.hidden = !beside;
    if (beside) this.gauge.show([beside], { ...settings, smoothing: 0 }, beside.label ?? beside.name);
  }

  private lines(): { lines: readonly PointSeries[]; metrics: readonly string[] } {
    const lines = [...this.points.series.values()];
    const names = new Set(lines.map((line) => line.name).filter((name) => name !== "loss"));
    return { lines, metrics: metricsByWorth(names) };
  }

  private analyseData(): AnalyseData {
    const { lines } = this.lines();
    const { settings, metric, gauge } = this.controls;
    const beside = gauge === null ? undefined : this.points.gauges.get(gauge);
    return {
      name: this.view?.name ?? "run",
      loss: inOrder(lines, "loss"),
      below: beside ? [beside] : metric === null ? [] : inOrder(lines, metric),
      belowTitle: beside ? (beside.label ?? beside.name) : (metric ?? ""),
      settings,
      points: this.known(),
    };
  }

  private known(): AnalyseData["points"] {
    if (this.everyPoint.isWhole) return "all";
    if (this.everyPoint.isAwaited) return "asked";
    return this.points.isLive ? "first" : "saved";
  }

  private writeCsv(): void {
    const text = csvOf([...this.points.series.values()], [...this.points.gauges.values()]);
    download(`${this.view?.id ?? "run"}.csv`, new Blob([text], { type: "text/csv" }));
  }

  private async savePicture(format: "png" | "svg"): Promise<void> {
    this.say(null);
    try {
      await savePicture(this.node, this.analyseData(), this.view?.id ?? "run", format);
    } catch (error) {
      this.say((error as Error).message);
    }
  }
}

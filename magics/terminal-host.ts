/**
 * A terminal instead of a notebook. Enters: what verbs show; leaves: plain lines, one an epoch or a finished trial, and text for everything else.
 * Nothing is overwritten, so that a log file reads as well as a screen.
 */
import { MIME, type MimeBundle, type NotebookHost, type RunView, type StudyView } from "@lepton/contract";

export interface TerminalHost extends NotebookHost {
  /** Stop what runs, as an interrupted cell would. */
  interrupt(): void;
  /** Run what verbs left to do at the end. */
  shutdown(): Promise<void>;
}

export function terminalHost(folder: string, write: (text: string) => void): TerminalHost {
  const names = new Map<string, () => unknown>();
  const leaving: ((restart: boolean) => Promise<void>)[] = [];
  const controller = new AbortController();
  let shown = 0;
  return {
    folder,
    display(bundle) {
      const tell = teller(write);
      tell(bundle);
      return { id: `output-${++shown}`, update: tell };
    },
    signal: () => controller.signal,
    print: (text) => write(text),
    bind: (name, value) => void names.set(name, () => value),
    bindLazily: (name, load) => void names.set(name, load),
    lookup(name) {
      const value = names.get(name);
      return value && { value: value() };
    },
    names: () => [...names.keys()],
    openComm: () => {
      throw new Error("a terminal has no page to open a comm with");
    },
    onComm: () => undefined,
    onShutdown: (listener) => void leaving.push(listener),
    interrupt: () => controller.abort(),
    async shutdown() {
      for (const listener of leaving) await listener(false);
    },
  };
}

/** Tells what is new in each next state of one output. */
function teller(write: (text: string) => void): (bundle: MimeBundle) => void {
  let told = 0;
  return (bundle) => {
    const run = bundle[MIME.run] as RunView | undefined;
    const study = bundle[MIME.study] as StudyView | undefined;
    const text = bundle["text/plain"];
    if (!run && !study && typeof text === "string") return write(`${text}\n`);
    const lines = run ? runLines(run) : study ? studyLines(study) : [];
    for (const line of lines.slice(told)) write(`${line}\n`);
    told = Math.max(told, lines.length);
  };
}

/** All lines of a run so far: its start, its epochs, its end. */
export function runLines(view: RunView): readonly string[] {
  const head = `run ${view.id}: ${view.model} on ${view.dataset}, seed ${view.seed}`;
  const lines = [head, ...epochLines(view)];
  if (view.state === "starting" || view.state === "running") return lines;
  const test = metricsText("test", view.test ?? {});
  return [
    ...lines,
    `${view.state} after ${view.seconds.toFixed(1)} s${view.reason ? `: ${view.reason}` : ""}${test && `  ${test}`}`,
  ];
}

function epochLines(view: RunView): readonly string[] {
  const ends = view.series.filter((series) => !(series.name === "loss" && series.split === "train"));
  const losses = view.series.find((series) => series.name === "loss" && series.split === "train");
  const steps = [...new Set(ends.flatMap((series) => series.x))].sort((a, b) => a - b);
  return steps.map((step) => {
    const epoch = Math.round(step / Math.max(1, view.stepsPerEpoch));
    const at = (series: (typeof ends)[number]) => series.y[series.x.indexOf(step)] ?? null;
    const validation = ends.filter((series) => series.split === "validation");
    const metrics = Object.fromEntries(validation.map((series) => [series.name, at(series)]));
    const loss = losses?.y[losses.x.findLastIndex((x) => x <= step)];
    const parts = [`epoch ${epoch} of ${view.epochs}`, numberText("loss", loss), metricsText("validation", metrics)];
    return parts.filter((part) => part !== "").join("  ");
  });
}

function metricsText(name: string, metrics: Readonly<Record<string, number | null>>): string {
  const parts = Object.entries(metrics).map(([metric, value]) => numberText(metric, value));
  const known = parts.filter((part) => part !== "");
  return known.length === 0 ? "" : `${name} ${known.join(" ")}`;
}

const numberText = (name: string, value: number | null | undefined) =>
  value === null || value === undefined ? "" : `${name} ${Number(value.toPrecision(4))}`;

/** A line for each trial that is over, in the order of their numbers as far as all before are over too. */
export function studyLines(view: StudyView): readonly string[] {
  const head = `study ${view.id}: ${view.model} on ${view.dataset}, for the best ${view.metric}`;
  const trials = [...view.trials].sort((a, b) => a.number - b.number);
  const open = trials.findIndex((trial) => trial.state === "running");
  const over = (open < 0 || view.state !== "running" ? trials : trials.slice(0, open)).filter(
    (one) => one.state !== "running",
  );
  const lines = over.map((trial) => {
    const parameters = Object.entries(trial.parameters).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
    const value = trial.value === null ? trial.state : numberText(view.metric, trial.value);
    return `trial ${trial.number}  ${value}  ${parameters.join(" ")}${trial.state === "finished" ? "" : `  (${trial.state})`}`;
  });
  return view.state === "running"
    ? [head, ...lines]
    : [head, ...lines, `${view.state}${view.reason ? `: ${view.reason}` : ""}`];
}

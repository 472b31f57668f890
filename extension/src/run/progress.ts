/** Live events folded into the last snapshot: what the words around the charts show between two snapshots. */
import type { Metrics, RunEvent, RunView } from "../../../kernel/contract/run.ts";

/** What the page's points know of time: seconds trained, and seconds for some more steps. */
export interface TrainingClock {
  readonly seconds: number;
  secondsFor(steps: number, step: number): number | null;
}

export function foldIntoView(view: RunView, event: RunEvent, clock: TrainingClock): RunView {
  const next = { ...view, seq: event.seq, updatedAt: event.time };
  switch (event.type) {
    case "start":
      return {
        ...next,
        state: "running",
        startedAt: event.time,
        engine: event.engine,
        device: event.device,
        parameters: event.parameters,
        epochs: event.epochs,
        stepsPerEpoch: event.stepsPerEpoch,
        steps: event.stepsPerEpoch * event.epochs,
      };
    case "resume":
      return {
        ...next,
        state: "running",
        reason: null,
        paused: false,
        step: event.step,
        epoch: event.epoch,
        epochs: event.epochs,
        steps: view.stepsPerEpoch * event.epochs,
        test: null,
        confusion: null,
        curves: null,
      };
    case "step": {
      return {
        ...next,
        state: "running",
        step: event.step,
        epoch: event.epoch,
        paused: false,
        seconds: clock.seconds,
        etaSeconds: clock.secondsFor(view.steps - event.step, event.step),
        rowsPerSecond: event.rowsPerSecond,
        learningRate: event.learningRate,
      };
    }
    case "epoch": {
      const validation = event.validation ? numbers(event.validation) : null;
      const best = event.best && validation ? { epoch: event.epoch, validation } : view.best;
      return { ...next, step: event.step, epoch: event.epoch, best, last: { train: numbers(event.train), validation } };
    }
    case "end":
      return {
        ...next,
        state: event.state,
        reason: event.reason,
        step: event.step,
        epoch: event.epoch,
        seconds: event.seconds,
        etaSeconds: null,
        best: event.best ? { epoch: event.best.epoch, validation: numbers(event.best.validation) } : view.best,
        test: event.test ? numbers(event.test) : null,
        confusion: event.confusion,
        curves: event.curves ?? null,
        paused: false,
      };
    case "message":
      return { ...next, messages: [...view.messages, event.text].slice(-20) };
    case "pause":
      return { ...next, paused: event.paused, etaSeconds: event.paused ? null : view.etaSeconds };
    case "checkpoint":
    case "usage":
      return next;
    default:
      // A newer kernel's event: numbered, not drawn.
      event satisfies never;
      return next;
  }
}

function numbers(metrics: Metrics): Record<string, number | null> {
  return Object.fromEntries(
    Object.entries(metrics).map(([name, value]) => [name, Number.isFinite(value) ? value : null]),
  );
}

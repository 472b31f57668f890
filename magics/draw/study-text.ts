/** A study as text: state, then its trials as a table, best first. */
import type { StudyView } from "@lepton/contract";
import { formatNumber, formatParameter, formatSeconds, shorten, stateAt } from "./format.ts";
import { alignColumns } from "./text-table.ts";
import { bestFirst } from "./trial-order.ts";

export function studyText(view: StudyView): string {
  const { counts } = view;
  const others = (["running", "pruned", "failed", "stopped"] as const)
    .filter((state) => counts[state] > 0)
    .map((state) => `${counts[state]} ${state}`);
  const left = view.etaSeconds !== null && view.state === "running" ? `, ${formatSeconds(view.etaSeconds)} left` : "";
  const head = [
    shorten(view.name, 60),
    stateAt(view.state, view.updatedAt),
    `${counts.finished}/${view.planned} trials finished${others.length > 0 ? ` (${others.join(", ")})` : ""}`,
    `${formatSeconds(view.seconds)}${left}`,
    `${view.direction} ${view.metric}`,
    view.sampler,
    `seed ${view.seed}`,
  ].join("  ");
  const reason = view.reason === null ? [] : [`  ${view.reason}`];
  return [head, ...trialLines(view), ...reason].join("\n");
}

function trialLines(view: StudyView): string[] {
  const trials = bestFirst(view).slice(0, 12);
  if (trials.length === 0) return [];
  const names = Object.keys(view.space);
  const rows = trials.map((trial) => [
    `${trial.number === view.best ? "★ " : "  "}${trial.number}`,
    formatNumber(trial.value),
    ...names.map((name) => shorten(formatParameter(trial.parameters[name]), 24)),
    `${trial.epoch}/${trial.epochs}`,
    formatSeconds(trial.seconds),
    trial.state === "finished" ? "" : shorten(trial.reason ?? trial.state, 60),
  ]);
  const lines = alignColumns([["  trial", view.metric, ...names, "epoch", "time", ""], ...rows]);
  const hidden = view.trials.length - trials.length;
  return hidden > 0 ? [...lines, `  … ${hidden} more trials`] : lines;
}

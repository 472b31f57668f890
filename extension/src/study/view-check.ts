/** The door for studies' snapshots: a value enters; a StudyView whose trials can be drawn leaves, or the sentence that refuses it. */
import type { ParameterValue, StudyView, TrialView } from "../../../kernel/contract/study.ts";

const MOST_TRIALS = 5_000;

export type CheckedStudy = { readonly view: StudyView } | { readonly refused: string };

type Fields = Record<string, unknown>;

export function checkStudyView(value: unknown): CheckedStudy {
  if (!isFields(value)) return { refused: "This output holds no study: its data is not an object." };
  if (value["version"] !== 1) {
    const came = JSON.stringify(value["version"]) ?? "none";
    return {
      refused: `This study was saved as version ${came.slice(0, 60)}; this extension draws version 1. Update lepton-lab.`,
    };
  }
  for (const key of ["id", "name", "state", "metric", "dataset", "model", "sampler"]) {
    if (typeof value[key] !== "string") return { refused: `This study cannot be drawn: ${key} must be a text.` };
  }
  if (value["direction"] !== "minimize" && value["direction"] !== "maximize") {
    return { refused: "This study cannot be drawn: direction must be minimize or maximize." };
  }
  if (!Array.isArray(value["trials"])) return { refused: "This study cannot be drawn: trials must be a list." };
  const trials = value["trials"]
    .slice(0, MOST_TRIALS)
    .map(checkTrial)
    .filter((trial) => trial !== null);
  const best = Number.isSafeInteger(value["best"]) ? (value["best"] as number) : null;
  const planned = Number.isSafeInteger(value["planned"]) ? (value["planned"] as number) : trials.length;
  return { view: { ...(value as unknown as StudyView), trials, best, planned } };
}

function checkTrial(value: unknown): TrialView | null {
  if (!isFields(value) || !Number.isSafeInteger(value["number"]) || typeof value["state"] !== "string") return null;
  const parameters = isFields(value["parameters"]) ? value["parameters"] : {};
  return {
    number: value["number"] as number,
    state: value["state"] as TrialView["state"],
    parameters: parameters as Record<string, ParameterValue>,
    value: finite(value["value"]),
    run: typeof value["run"] === "string" ? value["run"] : null,
    epoch: finite(value["epoch"]) ?? 0,
    epochs: finite(value["epochs"]) ?? 0,
    seconds: finite(value["seconds"]) ?? 0,
    worker: finite(value["worker"]) ?? 0,
    reason: typeof value["reason"] === "string" ? value["reason"] : null,
  };
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function finite(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/** The door for studies' snapshots: a value enters; a StudyView whose trials can be drawn leaves, or the sentence that refuses it. */

import type {
  ParameterImportance,
  ParameterSpace,
  ParameterValue,
  StudySpace,
  StudyView,
  TrialCurve,
  TrialView,
} from "../../../kernel/contract/study.ts";
import { finite, isFields, shown } from "../data-check.ts";
import { trans } from "../translation.ts";

/** A snapshot has at most 1,000; more would only make the page slow. */
const MOST_TRIALS = 1_000;
const MOST_PARAMETERS = 40;
const MOST_POINTS = 500;

export type CheckedStudy = { readonly view: StudyView } | { readonly refused: string };

export function checkStudyView(value: unknown): CheckedStudy {
  if (!isFields(value)) return { refused: trans.__("This output holds no study: its data is not an object.") };
  if (value["version"] !== 1) {
    return {
      refused: trans.__(
        "This study was saved as version %1; this extension draws version 1. Update lepton-lab.",
        shown(value["version"]),
      ),
    };
  }
  for (const key of ["id", "name", "state", "metric", "dataset", "model", "sampler"]) {
    if (typeof value[key] !== "string")
      return { refused: trans.__("This study cannot be drawn: %1 must be a text.", key) };
  }
  if (value["direction"] !== "minimize" && value["direction"] !== "maximize") {
    return { refused: trans.__("This study cannot be drawn: direction must be minimize or maximize.") };
  }
  if (!Array.isArray(value["trials"]))
    return { refused: trans.__("This study cannot be drawn: trials must be a list.") };
  const trials = value["trials"]
    .slice(0, MOST_TRIALS)
    .map(checkTrial)
    .filter((trial) => trial !== null);
  const best = Number.isSafeInteger(value["best"]) ? (value["best"] as number) : null;
  const planned = Number.isSafeInteger(value["planned"]) ? (value["planned"] as number) : trials.length;
  const { importance, ...rest } = value;
  const added = {
    space: checkSpace(value["space"]),
    workers: Math.min(64, Math.max(1, finite(value["workers"]) ?? 1)),
    seconds: finite(value["seconds"]) ?? 0,
    etaSeconds: finite(value["etaSeconds"]),
    reason: typeof value["reason"] === "string" ? value["reason"] : null,
    ...(Array.isArray(importance) ? { importance: checkImportance(importance) } : {}),
  };
  return { view: { ...(rest as unknown as StudyView), ...added, trials, best, planned } };
}

/** Only ranges and choices that can be drawn; the rest of the study is shown without them. */
function checkSpace(value: unknown): StudySpace {
  if (!isFields(value)) return {};
  const entries = Object.entries(value).slice(0, MOST_PARAMETERS);
  return Object.fromEntries(entries.filter((entry): entry is [string, ParameterSpace] => isSpace(entry[1])));
}

function isSpace(value: unknown): boolean {
  if (!isFields(value)) return false;
  if (value["kind"] === "choice") return Array.isArray(value["choices"]) && value["choices"].length > 0;
  const [low, high] = [finite(value["low"]), finite(value["high"])];
  const isRange =
    (value["kind"] === "float" || value["kind"] === "integer") && low !== null && high !== null && low < high;
  return isRange && (value["log"] !== true || low > 0);
}

function checkImportance(values: readonly unknown[]): readonly ParameterImportance[] {
  return values.slice(0, MOST_PARAMETERS).flatMap((one) => {
    const share = isFields(one) ? finite(one["share"]) : null;
    if (!isFields(one) || typeof one["name"] !== "string" || share === null) return [];
    return [{ name: one["name"], share: Math.min(1, Math.max(0, share)) }];
  });
}

function checkCurve(value: unknown): TrialCurve | null {
  if (!isFields(value) || !Array.isArray(value["epoch"]) || !Array.isArray(value["value"])) return null;
  const values = value["value"];
  const points = value["epoch"].slice(0, MOST_POINTS).flatMap((one, index) => {
    const epoch = finite(one);
    return epoch === null ? [] : [{ epoch, value: finite(values[index]) }];
  });
  return { epoch: points.map((point) => point.epoch), value: points.map((point) => point.value) };
}

function checkTrial(value: unknown): TrialView | null {
  if (!isFields(value) || !Number.isSafeInteger(value["number"]) || typeof value["state"] !== "string") return null;
  const given = isFields(value["parameters"]) ? value["parameters"] : {};
  const parameters = Object.fromEntries(Object.entries(given).slice(0, MOST_PARAMETERS));
  const curve = checkCurve(value["curve"]);
  const worker = finite(value["worker"]) ?? 0;
  return {
    number: value["number"] as number,
    state: value["state"] as TrialView["state"],
    parameters: parameters as Record<string, ParameterValue>,
    value: finite(value["value"]),
    run: typeof value["run"] === "string" ? value["run"] : null,
    epoch: finite(value["epoch"]) ?? 0,
    epochs: finite(value["epochs"]) ?? 0,
    seconds: finite(value["seconds"]) ?? 0,
    worker: Math.min(63, Math.max(0, Math.floor(worker))),
    reason: typeof value["reason"] === "string" ? value["reason"] : null,
    ...("from" in value ? { from: finite(value["from"]), to: finite(value["to"]) } : {}),
    ...(curve ? { curve } : {}),
  };
}

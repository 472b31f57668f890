/**
 * The door for snapshots: what a notebook file holds is anybody's text. A value enters; a RunView with every field of the right kind leaves, or
 * the sentence that says why it is refused. Long lists are cut, numbers that are none become null.
 */

import type { RunView, Series } from "../../../kernel/contract/run.ts";
import { finite, isFields, shown } from "../data-check.ts";
import { trans } from "../translation.ts";
import { checkClock, checkCurves, checkGauges, checkNotes } from "./extras-check.ts";

const MOST_SERIES = 200;
const MOST_POINTS = 20_000;
const MOST_CLASSES = 200;
const MOST_TEXT = 500;

export type Checked = { readonly view: RunView } | { readonly refused: string };

const texts = ["id", "name", "engine", "device", "model", "dataset", "task", "state"] as const;
const numbers = [
  "seq",
  "startedAt",
  "updatedAt",
  "epoch",
  "epochs",
  "step",
  "steps",
  "stepsPerEpoch",
  "seconds",
  "parameters",
  "seed",
] as const;
const states = ["starting", "running", "finished", "stopped", "failed"];

export function checkRunView(value: unknown): Checked {
  if (!isFields(value)) return { refused: trans.__("This output holds no run: its data is not an object.") };
  if (value["version"] !== 1) {
    return {
      refused: trans.__(
        "This run was saved as version %1; this extension draws version 1. Update lepton-lab.",
        shown(value["version"]),
      ),
    };
  }
  for (const key of texts) if (typeof value[key] !== "string") return refuse(key, trans.__("a text"), value[key]);
  for (const key of numbers) if (finite(value[key]) === null) return refuse(key, trans.__("a number"), value[key]);
  if (!states.includes(value["state"] as string))
    return refuse("state", trans.__("one of %1", states.join(", ")), value["state"]);
  if (!Array.isArray(value["series"])) return refuse("series", trans.__("a list"), value["series"]);
  const series = value["series"]
    .slice(0, MOST_SERIES)
    .map(checkSeries)
    .filter((line) => line !== null);
  // What has a check that may find nothing must not come through unchecked.
  const { clock, notes, ...rest } = value;
  return {
    view: {
      ...(rest as unknown as RunView),
      ...Object.fromEntries(texts.map((key) => [key, (value[key] as string).slice(0, MOST_TEXT)])),
      series,
      reason: typeof value["reason"] === "string" ? value["reason"].slice(0, 10 * MOST_TEXT) : null,
      etaSeconds: finite(value["etaSeconds"]),
      rowsPerSecond: finite(value["rowsPerSecond"]),
      learningRate: finite(value["learningRate"]),
      best: checkBest(value["best"]),
      last: checkLast(value["last"]),
      test: checkMetrics(value["test"]),
      confusion: checkConfusion(value["confusion"]),
      ...("paused" in value ? { paused: value["paused"] === true } : {}),
      ...("curves" in value ? { curves: checkCurves(value["curves"]) } : {}),
      ...("gauges" in value ? { gauges: checkGauges(value["gauges"]) } : {}),
      ...checkClock(clock),
      ...checkNotes(notes),
      messages: Array.isArray(value["messages"])
        ? value["messages"]
            .filter((text) => typeof text === "string")
            .slice(-50)
            .map((text) => text.slice(0, 10 * MOST_TEXT))
        : [],
    },
  };
}

function checkSeries(value: unknown): Series | null {
  if (!isFields(value) || typeof value["name"] !== "string" || !Array.isArray(value["x"]) || !Array.isArray(value["y"]))
    return null;
  if (value["split"] !== "train" && value["split"] !== "validation" && value["split"] !== "test") return null;
  const x: number[] = [];
  const y: (number | null)[] = [];
  for (const [index, step] of value["x"].slice(0, MOST_POINTS).entries()) {
    if (finite(step) === null) continue;
    x.push(step as number);
    y.push(finite(value["y"][index]));
  }
  return { name: value["name"].slice(0, 200), split: value["split"], x, y };
}

function checkMetrics(value: unknown): Record<string, number | null> | null {
  if (!isFields(value)) return null;
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, MOST_SERIES)
      .map(([name, number]) => [name, finite(number)]),
  );
}

function checkBest(value: unknown): RunView["best"] {
  if (!isFields(value)) return null;
  const validation = checkMetrics(value["validation"]);
  const epoch = finite(value["epoch"]);
  return validation && epoch !== null ? { epoch, validation } : null;
}

function checkLast(value: unknown): RunView["last"] {
  if (!isFields(value)) return null;
  const train = checkMetrics(value["train"]);
  return train ? { train, validation: checkMetrics(value["validation"]) } : null;
}

function checkConfusion(value: unknown): RunView["confusion"] {
  if (!isFields(value) || !Array.isArray(value["classes"]) || !Array.isArray(value["counts"])) return null;
  const { classes, counts } = value as { classes: unknown[]; counts: unknown[] };
  const square =
    classes.length <= MOST_CLASSES &&
    counts.length === classes.length &&
    counts.every(
      (row) => Array.isArray(row) && row.length === classes.length && row.every((count) => finite(count) !== null),
    );
  return square ? { classes: classes.map(String), counts: counts as number[][] } : null;
}

function refuse(key: string, wanted: string, came: unknown): Checked {
  return { refused: trans.__("This run cannot be drawn: %1 must be %2, got %3.", key, wanted, shown(came)) };
}

/** The door for comparisons: a value enters; a ComparisonView that can be drawn leaves, or the sentence that refuses it. */

import type {
  ComparedBand,
  ComparedClock,
  ComparedCurve,
  ComparedGroup,
  ComparedLines,
  ComparedRun,
  ComparisonView,
  Difference,
} from "../../../kernel/contract/comparison.ts";
import { asText, finite, isFields, plain, record, shown } from "../data-check.ts";
import { trans } from "../translation.ts";

export type CheckedComparison = { readonly view: ComparisonView } | { readonly refused: string };

const MOST_RUNS = 100;
const MOST_LINES = 2_000;
/** The contract's clocks have 60. */
const MOST_CLOCK = 100;
const MOST_POINTS = 2_000;
const MOST_ROWS = 500;

export function checkComparison(value: unknown): CheckedComparison {
  if (!isFields(value)) return { refused: trans.__("This output holds no comparison: its data is not an object.") };
  if (value["version"] !== 1) {
    return {
      refused: trans.__(
        "This comparison was saved as version %1; this extension draws version 1. Update lepton-lab.",
        shown(value["version"]),
      ),
    };
  }
  const lists = ["metrics", "runs", "groups", "curves", "bands", "differences"];
  const wrong = lists.find((key) => !Array.isArray(value[key]));
  if (wrong) return { refused: trans.__("This comparison cannot be drawn: %1 must be a list.", wrong) };
  const list = (key: string, most: number) => (value[key] as unknown[]).slice(0, most);
  const groups = list("groups", MOST_RUNS).map(checkGroup);
  const runs = list("runs", MOST_RUNS).map((run) => checkRun(run, groups.length));
  if (runs.some((run) => run === null) || groups.some((group) => group === null)) {
    return { refused: trans.__("This comparison cannot be drawn: a run or a group of it is damaged.") };
  }
  const known = (runs as ComparedRun[]).map((run) => run.group);
  return {
    view: {
      version: 1,
      title: asText(value["title"]),
      formula: asText(value["formula"]),
      metrics: list("metrics", 50).filter((one): one is string => typeof one === "string"),
      runs: runs as ComparedRun[],
      groups: (groups as ComparedGroup[]).map(({ name, runs: members }, at) => ({
        name,
        runs: [...new Set(members)].filter((run) => known[run] === at),
      })),
      ...checkLines(value, runs.length, groups.length),
      ...(isFields(value["train"]) ? { train: checkLines(value["train"], runs.length, groups.length) } : {}),
      differences: list("differences", MOST_ROWS).flatMap((one) => checkDifference(one)),
    },
  };
}

function checkLines(value: Record<string, unknown>, runs: number, groups: number): ComparedLines {
  const list = (key: string) => (Array.isArray(value[key]) ? (value[key] as unknown[]).slice(0, MOST_LINES) : []);
  return {
    curves: once(
      list("curves").flatMap((one) => checkCurve(one, runs)),
      ({ run }) => run,
    ),
    bands: once(
      list("bands").flatMap((one) => checkBand(one, groups)),
      ({ group }) => group,
    ),
  };
}

function checkRun(value: unknown, groups: number): ComparedRun | null {
  if (!isFields(value) || typeof value["id"] !== "string") return null;
  const group = index(value["group"], groups);
  if (group === null) return null;
  return {
    id: value["id"],
    name: asText(value["name"]) || value["id"],
    state: asText(value["state"]) as ComparedRun["state"],
    seed: finite(value["seed"]) ?? 0,
    group,
    metrics: record(value["metrics"], MOST_ROWS, finite),
    settings: record(value["settings"], MOST_ROWS, plain),
    source: asText(value["source"]),
    ...checkClock(value["clock"]),
  };
}

/** One line of each metric for each run or group: more of them would only be drawn over each other, and slowly. */
function once<T extends { readonly metric: string }>(lines: readonly T[], of: (line: T) => number): T[] {
  return [...new Map(lines.map((line) => [JSON.stringify([line.metric, of(line)]), line])).values()];
}

/** A clock whose lists rise together; a damaged one is left out, and the curves are drawn by epoch. */
function checkClock(value: unknown): { clock?: ComparedClock } {
  if (!isFields(value)) return {};
  const [epoch, step, seconds] = ["epoch", "step", "seconds"].map((key) => numbers(value[key], MOST_CLOCK));
  const rises = (list: readonly (number | null)[]): list is number[] =>
    list.every((one, index) => one !== null && one >= (list[index - 1] ?? 0));
  const whole = [epoch!, step!, seconds!].every((list) => rises(list) && list.length === epoch!.length);
  const apart = epoch!.every((one, index) => (index === 0 ? one! > 0 : one! > epoch![index - 1]!));
  return whole && apart && epoch!.length > 0 ? { clock: { epoch, step, seconds } as ComparedClock } : {};
}

function checkGroup(value: unknown): ComparedGroup | null {
  if (!isFields(value) || !Array.isArray(value["runs"])) return null;
  const runs = value["runs"].slice(0, MOST_RUNS);
  return { name: asText(value["name"]), runs: runs.filter((one): one is number => Number.isSafeInteger(one)) };
}

function checkCurve(value: unknown, runs: number): ComparedCurve[] {
  if (!isFields(value) || typeof value["metric"] !== "string") return [];
  const run = index(value["run"], runs);
  return run === null
    ? []
    : [
        {
          metric: value["metric"],
          run,
          ...checkSplit(value),
          x: numbers(value["x"]).map((x) => x ?? 0),
          y: numbers(value["y"]),
        },
      ];
}

function checkBand(value: unknown, groups: number): ComparedBand[] {
  if (!isFields(value) || typeof value["metric"] !== "string") return [];
  const group = index(value["group"], groups);
  if (group === null) return [];
  const [mean, low, high] = [numbers(value["mean"]), numbers(value["low"]), numbers(value["high"])];
  return [
    {
      metric: value["metric"],
      group,
      ...checkSplit(value),
      x: numbers(value["x"]).map((x) => x ?? 0),
      mean,
      low,
      high,
    },
  ];
}

function checkSplit({ split }: Record<string, unknown>): { split?: "train" } {
  return split === "train" ? { split } : {};
}

function checkDifference(value: unknown): Difference[] {
  if (!isFields(value) || typeof value["name"] !== "string" || !Array.isArray(value["values"])) return [];
  const kind = value["kind"] === "metric" ? "metric" : "setting";
  return [{ name: value["name"], kind, values: value["values"].slice(0, MOST_RUNS).map(plain) }];
}

function numbers(value: unknown, most = MOST_POINTS): (number | null)[] {
  return Array.isArray(value) ? value.slice(0, most).map(finite) : [];
}

function index(value: unknown, count: number): number | null {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) < count ? (value as number) : null;
}

/**
 * Runs ─► what is drawn of them side by side: groups over seeds, curves and bands by epoch, what differs. Enter: runs; leaves: a ComparisonView of at most
 * 200 kB. The verb and the sidebar both ask here.
 */
import {
  type ComparedBand,
  type ComparedClock,
  type ComparedCurve,
  type ComparedGroup,
  type ComparedRun,
  type ComparisonView,
  type Difference,
  type Metrics,
  metricsByWorth,
} from "@lepton/contract";
import type { Run } from "../train/run.ts";
import { thin } from "../train/thin.ts";
import { bandFormula, bandOf } from "./band.ts";
import { runSettings } from "./run-settings.ts";

/** Runs at once: more cannot be told apart. */
export const mostRuns = 50;
const mostMetrics = 6;
/** Bytes of JSON; a page takes 200 kB. */
const room = 190_000;
const mostPoints = 200;
const mostClockPoints = 60;

export interface CompareRequest {
  readonly title: string;
  /** Shown first. */
  readonly metric?: string | undefined;
}

export function compareRuns(runs: readonly Run[], request: CompareRequest): ComparisonView {
  const compared = runs.map(comparedRun);
  const groups = groupsOf(runs, compared);
  const placed = compared.map((run, index) => ({ ...run, group: groups.findIndex((one) => one.runs.includes(index)) }));
  const metrics = metricNames(runs, request.metric);
  const whole = {
    version: 1 as const,
    title: request.title,
    metrics,
    groups,
    formula: bandFormula,
    differences: differences(placed),
  };
  for (let points = mostPoints; ; points = Math.floor(points / 1.5)) {
    const clocked = placed.map((run, index) => ({
      ...run,
      ...clockOf(runs[index]!, Math.min(points, mostClockPoints)),
    }));
    const train = linesOf(runs, groups, metrics, points, trainCurveOf);
    const view = {
      ...whole,
      runs: clocked,
      ...linesOf(runs, groups, metrics, points, curveOf),
      ...(train.curves.length > 0 ? { train } : {}),
    };
    if (points <= 8 || Buffer.byteLength(JSON.stringify(view)) <= room) return view;
  }
}

/** What the runs are called, for a title: each name once, the first four. */
export function namesOf(runs: readonly Run[]): string {
  const names = [...new Set(runs.map((run) => run.name.slice(0, 60)))];
  return names.length > 4 ? `${names.slice(0, 4).join(", ")} and others` : names.join(", ");
}

function comparedRun(run: Run): ComparedRun {
  const view = run.view();
  return {
    id: run.id,
    name: run.name,
    state: view.state,
    seed: view.seed,
    group: 0,
    metrics: view.test ?? view.best?.validation ?? {},
    settings: runSettings(run.spec),
    source: run.spec.source.slice(0, 2000),
  };
}

/** When its epochs were over, so that curves can be drawn by step and by time too. */
function clockOf({ history }: Run, points: number): { clock?: ComparedClock } {
  if (history.length === 0) return {};
  let sum = 0;
  const rows = history.map(({ epoch, step, seconds }) => ({ epoch, step, seconds: (sum += seconds) }));
  const epochs = rows.map(({ epoch }) => epoch);
  const kept = thin(
    epochs,
    rows.map(({ seconds }) => seconds),
    points,
  ).map((index) => rows[index]!);
  const seconds = kept.map((row) => Number(row.seconds.toPrecision(5)));
  return { clock: { epoch: kept.map(({ epoch }) => epoch), step: kept.map(({ step }) => step), seconds } };
}

/** Runs with the same settings but for the seed, in the order in which they came. */
function groupsOf(runs: readonly Run[], compared: readonly ComparedRun[]): readonly ComparedGroup[] {
  const members = new Map<string, number[]>();
  for (const [index, { spec }] of runs.entries()) {
    const settings = { ...compared[index]!.settings, seed: 0, data: spec.dataset.id };
    const key = JSON.stringify(settings);
    members.set(key, [...(members.get(key) ?? []), index]);
  }
  const lists = [...members.values()];
  const firsts = lists.map(([first]) => compared[first!]!);
  const apart = differingNames(firsts.map((run) => run.settings)).filter((name) => name !== "seed");
  const names = (digits: number) => lists.map((list, at) => groupName(compared, list, apart, firsts[at]!, digits));
  // Four digits of a fraction are enough to read; all of them where fewer do not tell two groups apart.
  const short = names(4);
  const told = new Set(short).size === short.length ? short : names(17);
  return lists.map((list, at) => ({ name: told[at]!, runs: list }));
}

function groupName(
  compared: readonly ComparedRun[],
  list: readonly number[],
  apart: readonly string[],
  first: ComparedRun,
  digits: number,
): string {
  const said = (value: unknown) =>
    String(typeof value !== "number" || Number.isInteger(value) ? (value ?? "–") : Number(value.toPrecision(digits)));
  const settings = apart.slice(0, 4).map((name) => `${name} ${said(first.settings[name])}`);
  const named = settings.length > 0 ? settings.join(", ") : compared[list[0]!]!.name;
  const names = new Set(list.map((index) => compared[index]!.name));
  const short = settings.length > 0 && list.length === 1 ? `${[...names][0]}: ${named}` : named;
  return list.length > 1 ? `${short} (${list.length} seeds)` : short;
}

function differingNames(settings: readonly ComparedRun["settings"][]): readonly string[] {
  const names = [...new Set(settings.flatMap((one) => Object.keys(one)))];
  return names.filter((name) => new Set(settings.map((one) => JSON.stringify(one[name] ?? null))).size > 1);
}

function differences(runs: readonly ComparedRun[]): readonly Difference[] {
  const settings = differingNames(runs.map((run) => run.settings)).map((name) => ({
    name,
    kind: "setting" as const,
    values: runs.map((run) => run.settings[name] ?? null),
  }));
  const metrics = differingNames(runs.map((run) => run.metrics)).map((name) => ({
    name,
    kind: "metric" as const,
    values: runs.map((run) => run.metrics[name] ?? null),
  }));
  return [...settings, ...metrics];
}

function metricNames(runs: readonly Run[], first: string | undefined): readonly string[] {
  const known = new Set(runs.flatMap((run) => run.history.flatMap((row) => Object.keys(row.validation ?? row.train))));
  const order = [...(first === undefined ? [] : [first]), ...metricsByWorth([...known].sort())];
  return [...new Set(order)].filter((name) => known.has(name)).slice(0, mostMetrics);
}

function linesOf(
  runs: readonly Run[],
  groups: readonly ComparedGroup[],
  metrics: readonly string[],
  points: number,
  curve: (run: Run, metric: string) => WholeCurve,
): { curves: ComparedCurve[]; bands: ComparedBand[] } {
  const curves: ComparedCurve[] = [];
  const bands: ComparedBand[] = [];
  for (const metric of metrics) {
    const whole = runs.map((run) => curve(run, metric));
    for (const [run, one] of whole.entries()) {
      const kept = thin(one.x, one.y, points);
      if (kept.length > 0) curves.push({ metric, run, ...splitOf(one), ...pick(one, kept) });
    }
    for (const [group, { runs: members }] of groups.entries()) {
      const of = members.map((index) => whole[index]!).filter((one) => one.x.length > 0);
      if (of.length < 2) continue;
      const band = bandOf(of);
      const kept = thin(band.x, band.mean, points);
      const take = (values: readonly (number | null)[]) => kept.map((index) => short(values[index]));
      const { mean, low, high } = band;
      bands.push({
        metric,
        group,
        ...splitOf(of[0]!),
        x: kept.map((at) => band.x[at]!),
        mean: take(mean),
        low: take(low),
        high: take(high),
      });
    }
  }
  return { curves, bands };
}

interface WholeCurve {
  readonly x: readonly number[];
  readonly y: readonly (number | null)[];
  /** On training rows for want of others. */
  readonly isTrain?: boolean;
}

/** Runs of a group are on the same rows: their data is the same. */
function splitOf({ isTrain }: WholeCurve): { split?: "train" } {
  return isTrain ? { split: "train" } : {};
}

/** On validation rows; on training rows where there are no others. */
function curveOf(run: Run, metric: string): WholeCurve {
  const isTrain = run.history.every(({ validation }) => validation === null);
  return { ...wholeCurve(run, metric, ({ train, validation }) => validation ?? train), isTrain };
}

/** On training rows, beside validation rows. */
function trainCurveOf(run: Run, metric: string): WholeCurve {
  return wholeCurve(run, metric, ({ train, validation }) => (validation ? train : {}));
}

function wholeCurve(run: Run, metric: string, of: (row: Run["history"][number]) => Metrics): WholeCurve {
  const rows = run.history.flatMap((row) => {
    const metrics = of(row);
    return metric in metrics ? [{ epoch: row.epoch, value: metrics[metric]! }] : [];
  });
  return { x: rows.map(({ epoch }) => epoch), y: rows.map(({ value }) => (Number.isFinite(value) ? value : null)) };
}

function pick({ x, y }: WholeCurve, kept: readonly number[]): Pick<WholeCurve, "x" | "y"> {
  return { x: kept.map((index) => x[index]!), y: kept.map((index) => short(y[index])) };
}

/** Five digits: enough to be drawn. */
function short(value: number | null | undefined): number | null {
  return value === null || value === undefined ? null : Number(value.toPrecision(5));
}

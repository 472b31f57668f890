/**
 * The section "Quantitative Analyses": test metrics with intervals, the confusion matrix, curves, and metrics by group. Enter: facts of a run;
 * leave: blocks of a card.
 */
import type { CardBlock, CardLine, ClassCurves, RunCurves } from "@lepton/contract";
import { formatNumber } from "../format.ts";
import { factList } from "./facts.ts";
import type { ColumnGroups, GroupMetrics } from "./groups.ts";
import { type Interval, metricIntervals } from "./intervals.ts";
import type { CardFacts } from "./sections.ts";

export function analyses(facts: CardFacts): CardBlock[] {
  const { view, groups } = facts;
  const intervals = { ...groups?.all.intervals, ...metricIntervals(view.test ?? {}, view.confusion?.counts ?? null) };
  const blocks = [...metricTable(facts, intervals), ...confusionTable(facts), ...curveCharts(view.curves ?? null)];
  for (const column of groups?.columns ?? []) blocks.push(groupTable(column, groups!.all), gapFacts(column));
  const sources = intervalSources(Object.keys(intervals), groups !== null);
  if (sources !== "") blocks.push(factList([["Intervals", sources]]));
  return blocks;
}

function metricTable({ view }: CardFacts, intervals: Readonly<Record<string, Interval>>): CardBlock[] {
  const validation = view.best?.validation ?? {};
  const names = [...new Set([...Object.keys(view.test ?? {}), ...Object.keys(validation)])];
  if (names.length === 0) return [];
  const rows = names.map((name) => [
    name,
    view.test?.[name] ?? null,
    intervalText(intervals[name]),
    validation[name] ?? null,
  ]);
  const best = view.best ? `validation (epoch ${view.best.epoch})` : "validation";
  return [{ kind: "table", title: "Metrics", table: { columns: ["metric", "test", "95 % interval", best], rows } }];
}

/** Classes above which a matrix is too wide to read. */
const widestMatrix = 30;

function confusionTable({ view }: CardFacts): CardBlock[] {
  if (!view.confusion || view.confusion.classes.length > widestMatrix) return [];
  const { classes, counts } = view.confusion;
  const rows = classes.map((name, row) => [name, ...counts[row]!]);
  const table = { columns: ["true \\ predicted", ...classes], rows };
  return [{ kind: "table", title: "Confusion matrix on test rows", table, isShaded: true }];
}

function curveCharts(curves: RunCurves | null): CardBlock[] {
  if (!curves) return [];
  const on = `on ${curves.split} rows`;
  const blocks: CardBlock[] = [];
  if (curves.classes.length > 0) {
    const lines = (of: (one: ClassCurves) => CardLine) => curves.classes.map(of);
    const unit = { kind: "chart", isUnit: true } as const;
    blocks.push(
      {
        ...unit,
        title: `ROC curve ${on}`,
        xLabel: "false positive rate",
        yLabel: "true positive rate",
        hasDiagonal: true,
        lines: lines((one) => ({
          name: `${one.name} (area ${formatNumber(one.rocAuc)})`,
          x: one.roc.falsePositiveRate,
          y: one.roc.truePositiveRate,
          drawn: "line",
        })),
      },
      {
        ...unit,
        title: `Precision and recall ${on}`,
        xLabel: "recall",
        yLabel: "precision",
        hasDiagonal: false,
        lines: lines((one) => ({
          name: `${one.name} (average precision ${formatNumber(one.averagePrecision)})`,
          x: one.pr.recall,
          y: one.pr.precision,
          drawn: "line",
        })),
      },
      {
        ...unit,
        title: `Calibration ${on}`,
        xLabel: "mean predicted probability",
        yLabel: "share of positives",
        hasDiagonal: true,
        lines: lines((one) => ({
          name: `${one.name} (Brier score ${formatNumber(one.brier)})`,
          x: one.calibration.predicted,
          y: one.calibration.observed,
          drawn: "line",
        })),
      },
    );
  }
  for (const target of curves.targets) {
    const points = { name: target.name, x: target.actual, y: target.predicted, drawn: "points" } as const;
    const title = `Predicted against actual ${target.name} ${on}`;
    const labels = { xLabel: "actual", yLabel: "predicted" };
    blocks.push({ kind: "chart", title, ...labels, hasDiagonal: true, isUnit: false, lines: [points] });
  }
  return blocks;
}

function groupTable({ column, groups }: ColumnGroups, all: GroupMetrics): CardBlock {
  const names = Object.keys(all.metrics);
  const row = ({ name, rows, metrics, intervals }: GroupMetrics) => [
    name,
    rows,
    ...names.map((metric) => withInterval(metrics[metric] ?? null, intervals[metric])),
  ];
  return {
    kind: "table",
    title: `Test metrics by ${column}, with 95 % intervals`,
    table: { columns: [column, "rows", ...names], rows: [...groups.map(row), row(all)] },
  };
}

/** The widest difference of each metric between two groups, of those with enough rows to say something. */
function gapFacts({ column, groups }: ColumnGroups): CardBlock {
  const large = groups.filter(({ rows }) => rows >= enoughRows);
  const names = Object.keys(large[0]?.metrics ?? {});
  const gaps = names.flatMap((metric) => {
    const told = large.filter(({ metrics }) => (metrics[metric] ?? null) !== null);
    if (told.length < 2) return [];
    const sorted = told.toSorted((a, b) => a.metrics[metric]! - b.metrics[metric]!);
    const [low, high] = [sorted[0]!, sorted.at(-1)!];
    const gap = high.metrics[metric]! - low.metrics[metric]!;
    return [`${metric} ${formatNumber(gap)} (${low.name} to ${high.name})`];
  });
  const small = groups.filter(({ rows }) => rows < enoughRows).length;
  const left = small === 0 ? "" : `; ${small} with fewer than ${enoughRows} rows left out`;
  return factList([[`Widest gaps by ${column}`, gaps.length === 0 ? null : `${gaps.join(", ")}${left}`]]);
}

const enoughRows = 20;

function withInterval(value: number | null, interval: Interval | undefined): string {
  return interval ? `${formatNumber(value)} (${intervalText(interval)})` : formatNumber(value);
}

function intervalText(interval: Interval | undefined): string {
  return interval ? `${formatNumber(interval[0])} to ${formatNumber(interval[1])}` : "";
}

function intervalSources(metrics: readonly string[], hasGroups: boolean): string {
  const told: string[] = [];
  if (metrics.includes("accuracy")) {
    told.push(
      "accuracy, precision and recall by Wilson's score, ROC-AUC by Hanley and McNeil, F1 and means over classes by 1,000 bootstrap draws of the test rows",
    );
  }
  if (metrics.includes("mse")) told.push("errors of a regression by 400 bootstrap draws of the test rows");
  if (hasGroups) told.push("each group by its own rows, without a correction for looking at many groups");
  return told.length === 0 ? "" : `${told.join("; ")}.`;
}

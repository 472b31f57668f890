/** What a data set looks like: one line a column, with its kind, what is missing, statistics, and what was made of it. */
import type { DatasetManifest, MimeBundle } from "@lepton/contract";
import { formatNumber } from "../draw/format.ts";
import { escapeMarkup } from "../draw/svg.ts";
import { tableBundle } from "../draw/table.ts";
import type { ColumnReport, Plan } from "./plan.ts";

/** @param withoutTarget  rows left out because they have no target */
export function datasetBundle(manifest: DatasetManifest, plan: Plan | null, withoutTarget: number): MimeBundle {
  const { train, validation, test } = manifest.rows;
  const inputs =
    manifest.features.length > 0 ? `${manifest.features.length} features` : `rows of [${manifest.rowShape.join(", ")}]`;
  const bundle = tableBundle({
    caption: `${manifest.name}: ${manifest.task} of ${manifest.target.name}, ${train + validation + test} rows, ${inputs}`,
    columns: [
      "column",
      "kind",
      { name: "missing", doc: "in the training rows" },
      { name: "values", doc: "smallest .. median .. largest, or the most frequent, in the training rows" },
      "what was made of it",
    ],
    rows: (plan?.report ?? arrayReport(manifest)).map((column) => [
      column.name,
      column.kind,
      column.kind === "ignored" ? "" : column.missing,
      statistics(column),
      column.note,
    ]),
  });
  const said = notes(manifest, plan, withoutTarget);
  return {
    ...bundle,
    "text/html": `${bundle["text/html"]}<p>${said.map(escapeMarkup).join("<br>")}</p>`,
    "text/plain": [bundle["text/plain"], ...said].join("\n"),
  };
}

/** Arrays from a cell have no plan: what came is what is learnt from. */
function arrayReport({ task, target, rowShape, classCounts }: DatasetManifest): readonly ColumnReport[] {
  const numbers = { storage: "number", missing: 0, min: null, median: null, max: null, mean: null, deviation: null };
  const top = (target.classes ?? []).map((value, index) => ({ value, count: classCounts?.[index] ?? 0 }));
  return [
    { name: target.name, kind: "target", ...numbers, top, note: task },
    { name: "x", kind: "number", ...numbers, top: [], note: `[${rowShape.join(", ")}] a row, as they came` },
  ];
}

function notes(manifest: DatasetManifest, plan: Plan | null, withoutTarget: number): readonly string[] {
  const { rows, split, source } = manifest;
  const how =
    split.by !== undefined
      ? `by ${split.by}`
      : `seed ${split.seed}${split.stratified ? ", each class in proportion" : ""}`;
  return [
    `Split: ${rows.train} train, ${rows.validation} validation, ${rows.test} test (${how}).`,
    ...classNotes(manifest),
    ...emptyNotes(manifest),
    ...tellingNotes(manifest, plan),
    ...(source.kind === "file" && source.skipped > 0
      ? [`${counted(source.skipped, "row")} skipped: not readable.`]
      : []),
    ...(withoutTarget > 0 ? [`${counted(withoutTarget, "row")} left out: no ${manifest.target.name}.`] : []),
    `Data set ${manifest.id}.`,
  ];
}

/** A part that was asked for and got no row: mostly classes of a row or two, which all stay in training. */
function emptyNotes({ rows, split }: DatasetManifest): readonly string[] {
  const empty = (["validation", "test"] as const).filter((name) => rows[name] === 0 && split.fractions[name] > 0);
  if (empty.length === 0) return [];
  const why = split.stratified
    ? "; classes of one or two rows stay in training: is the target a number (--task regression)?"
    : ".";
  return [`Warning: no row is left for ${empty.join(" and ")}${why}`];
}

/** A column that is the target in other words, or is known only afterwards, makes a model that is of no use. */
function tellingNotes({ target }: DatasetManifest, plan: Plan | null): readonly string[] {
  const names = (plan?.report ?? []).filter((column) => column.tellsTarget).map(({ name }) => name);
  if (names.length === 0) return [];
  const list = names.slice(0, 5).join(",");
  const subject = names.length === 1 ? list : `each of ${list.replaceAll(",", ", ")}${names.length > 5 ? ", ..." : ""}`;
  return [
    `Warning: ${subject} by itself tells ${target.name} in every training row. Leave out what is not known when a prediction is made: --ignore ${/\s/.test(list) ? `"${list}"` : list}`,
  ];
}

function counted(count: number, noun: string): string {
  return count === 1 ? `1 ${noun} was` : `${count} ${noun}s were`;
}

function classNotes({ target, classCounts }: DatasetManifest): readonly string[] {
  if (!target.classes || !classCounts) return [];
  const shown = target.classes.slice(0, 12).map((name, index) => `${name} ${classCounts[index]}`);
  return [`Classes in training: ${shown.join(", ")}${target.classes.length > shown.length ? ", ..." : ""}.`];
}

function statistics(column: ColumnReport): string {
  if (column.median !== null) return `${bound(column.min)} .. ${formatNumber(column.median)} .. ${bound(column.max)}`;
  if (column.mean !== null) return `mean ${formatNumber(column.mean)}`;
  const shown = column.top.slice(0, 4).map(({ value, count }) => `${value} ${count}`);
  return [...shown, ...(column.top.length > shown.length ? ["..."] : [])].join(", ");
}

/** A bound that is no finite number is kept as null. */
function bound(value: number | null): string {
  return value === null ? "infinite" : formatNumber(value);
}

export function describeBundle(manifest: DatasetManifest, report: readonly ColumnReport[]): MimeBundle {
  return tableBundle({
    caption: `${manifest.name}: ${manifest.rows.train} training rows`,
    columns: ["column", "type", "kind", "missing", "min", "median", "max", "mean", "deviation", "most frequent"],
    rows: report.map((column) => {
      const top = column.top.slice(0, 6).map(({ value, count }) => `${value} ${count}`);
      return [
        column.name,
        column.storage,
        column.kind,
        column.missing,
        column.min,
        column.median,
        column.max,
        column.mean,
        column.deviation,
        top.join(", "),
      ];
    }),
  });
}

/**
 * The door for what newer snapshots hold beside lines: curves, gauges, a clock, notes; and for what a kernel answers. A value of the right kind leaves,
 * or null: a run is drawn without what is damaged.
 */
import type { RunCurves, SamplesView, WeightsView } from "../../../kernel/contract/analysis.ts";
import type { Gauge, RunNotes, RunView } from "../../../kernel/contract/run.ts";
import { asText, type Fields, finite, isFields } from "../data-check.ts";

const MOST_POINTS = 5000;
const MOST_PARTS = 100;
/** Of one value of a row. */
const MOST_TEXT = 200;
const gaugeNames = ["learning rate", "rows per second", "cores busy", "memory", "GPU busy", "GPU memory"];

export function checkCurves(value: unknown): RunCurves | null {
  if (!isFields(value) || !isText(value["split"]) || !isNumber(value["rows"])) return null;
  const classes = listOf(value["classes"], (one) => isText(one["name"]) && isClassCurves(one));
  const targets = listOf(value["targets"], (one) => isText(one["name"]) && isTarget(one));
  if (!classes || !targets) return null;
  const confusion = isConfusion(value["confusion"]) ? value["confusion"] : null;
  return { split: value["split"], rows: value["rows"], classes, targets, confusion } as unknown as RunCurves;
}

function isClassCurves(one: Fields): boolean {
  const pairs = [
    [one["roc"], "falsePositiveRate", "truePositiveRate"],
    [one["pr"], "recall", "precision"],
    [one["calibration"], "predicted", "observed"],
    [one["calibration"], "rows", "observed"],
  ] as const;
  const measures = [one["rocAuc"], one["averagePrecision"], one["brier"]];
  return (
    pairs.every(([part, x, y]) => isFields(part) && areNumbers(part[x]) && areNumbers(part[y], part[x].length)) &&
    measures.every(isNumberOrNone)
  );
}

function isTarget(one: Fields): boolean {
  const { actual, predicted, residuals } = one;
  return areNumbers(actual) && areNumbers(predicted, actual.length) && isHistogram(residuals);
}

function isHistogram(value: unknown): boolean {
  return isFields(value) && areNumbers(value["edges"]) && areNumbers(value["counts"]);
}

function isConfusion(value: unknown): boolean {
  if (!isFields(value) || !Array.isArray(value["classes"]) || !Array.isArray(value["counts"])) return false;
  const size = value["classes"].length;
  const isSquare = value["counts"].length === size && value["counts"].every((row) => areNumbers(row, size));
  return size <= 2 * MOST_PARTS && value["classes"].every(isText) && isSquare;
}

export function checkGauges(value: unknown): readonly Gauge[] {
  if (!Array.isArray(value)) return [];
  const good = value.filter(
    (one): one is Fields =>
      isFields(one) &&
      gaugeNames.includes(one["name"] as string) &&
      areNumbers(one["x"]) &&
      Array.isArray(one["y"]) &&
      one["y"].length === one["x"].length,
  );
  return good.map((one) => {
    const y = (one["y"] as unknown[]).map((number) => (isNumber(number) ? number : null));
    return { name: one["name"], unit: isText(one["unit"]) ? one["unit"] : "", x: one["x"], y } as Gauge;
  });
}

export function checkClock(value: unknown): Pick<RunView, "clock"> {
  if (!isFields(value)) return {};
  const { step, seconds } = value;
  return areNumbers(step) && areNumbers(seconds, step.length) ? { clock: { step, seconds } } : {};
}

export function checkNotes(value: unknown): Pick<RunView, "notes"> {
  if (!isFields(value) || !isText(value["text"]) || !Array.isArray(value["tags"])) return {};
  const notes: RunNotes = {
    text: value["text"].slice(0, 20_000),
    tags: value["tags"]
      .filter(isText)
      .slice(0, 20)
      .map((tag) => tag.slice(0, 40)),
  };
  return { notes };
}

export function checkWeights(value: unknown): WeightsView | null {
  if (!isFields(value) || !isNumber(value["step"]) || !isNumber(value["epoch"]) || !isNumber(value["rows"]))
    return null;
  const isOne = (one: Fields) =>
    isText(one["name"]) &&
    areNumbers(one["shape"]) &&
    isStatistics(one["weight"]) &&
    (one["gradient"] === null || isStatistics(one["gradient"]));
  const parameters = listOf(value["parameters"], isOne);
  return parameters
    ? ({ ...value, more: isNumber(value["more"]) ? value["more"] : 0, parameters } as unknown as WeightsView)
    : null;
}

function isStatistics(value: unknown): boolean {
  return isFields(value) && isHistogram(value["histogram"]) && isNumber(value["notFinite"]);
}

export function checkSamples(value: unknown): SamplesView | null {
  if (!isFields(value) || !isText(value["split"]) || !isText(value["task"]) || !Array.isArray(value["features"]))
    return null;
  const image = areNumbers(value["image"], 3) ? value["image"] : null;
  if (image && (image.some((side) => !Number.isInteger(side) || side < 1 || side > 512) || ![1, 3].includes(image[2]!)))
    return null;
  const isOne = (one: Fields) =>
    isNumber(one["row"]) &&
    isText(one["actual"]) &&
    isText(one["predicted"]) &&
    isNumberOrNone(one["probability"]) &&
    (one["isRight"] === null || typeof one["isRight"] === "boolean") &&
    (image ? isBytes(one["pixels"], image[0]! * image[1]! * image[2]!) : areNumbers(one["values"]));
  const samples = listOf(value["samples"], isOne);
  if (!samples) return null;
  const { columns: given, ...rest } = value;
  const columns = columnsOf(given, samples);
  const shown = samples.map(({ raw, ...sample }) =>
    columns ? { ...sample, raw: (raw as unknown[]).map(cell) } : sample,
  );
  const names = { features: value["features"].map((name) => asText(name)), ...(columns ? { columns } : {}) };
  return { ...rest, image, ...names, samples: shown } as unknown as SamplesView;
}

/** Names of the rows' own values, where each row has as many; undefined otherwise: then the numbers of training are shown. */
function columnsOf(value: unknown, samples: readonly Fields[]): readonly string[] | undefined {
  if (!Array.isArray(value) || value.length > MOST_PARTS || !value.every(isText)) return undefined;
  const fits = samples.every(({ raw }) => Array.isArray(raw) && raw.length === value.length);
  return fits ? value : undefined;
}

function cell(value: unknown): string | number | null {
  return isText(value) ? value.slice(0, MOST_TEXT) : finite(value);
}

/** All of a list when each is good, at most a hundred; null otherwise. */
function listOf(value: unknown, isGood: (one: Fields) => boolean): Fields[] | null {
  if (!Array.isArray(value) || value.length > MOST_PARTS) return null;
  return value.every((one) => isFields(one) && isGood(one)) ? (value as Fields[]) : null;
}

function areNumbers(value: unknown, count?: number): value is number[] {
  return (
    Array.isArray(value) &&
    value.length <= MOST_POINTS &&
    (count === undefined || value.length === count) &&
    value.every(isNumber)
  );
}

/** Base64 of so many bytes: anything else would fail when it is drawn. */
function isBytes(value: unknown, count: number): boolean {
  return isText(value) && value.length === 4 * Math.ceil(count / 3) && /^[A-Za-z0-9+/]*={0,2}$/.test(value);
}

function isNumberOrNone(value: unknown): boolean {
  return value === null || isNumber(value);
}

function isNumber(value: unknown): value is number {
  return finite(value) !== null;
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

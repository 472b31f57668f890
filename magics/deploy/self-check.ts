/**
 * Served = trained, proved at each deployment. Enters: a running service and the run it was made of; leaves: nothing, or an error. Real rows and hard
 * ones (nulls, extremes, unseen categories) are answered by both sides.
 */
import { LeptonError, type RawColumn } from "@lepton/contract";
import { type Answer, askService, type Endpoint } from "./request.ts";
import type { ServedRun, ServiceRow } from "./served-run.ts";

/** Largest difference between the two answers: absolute, and relative to answers above 1. */
export const tolerance = 1e-5;

/** @throws LEPTON_DEPLOY naming the first row that is answered differently */
export async function checkService(endpoint: Endpoint, served: ServedRun): Promise<number> {
  const { columns, rowShape, classes } = served.about;
  const plain = columns.length === 0;
  const rows: readonly ServiceRow[] = [...served.samples, ...(plain ? [hardNumbers(rowShape)] : hardRows(columns))];
  const [expected, answers] = await Promise.all([served.predict(rows), askService(endpoint, rows, plain)]);
  for (const [index, row] of rows.entries()) {
    const wanted = expected[index]!;
    const given = valuesOf(answers[index]!, classes);
    if (wanted.length === given.length && wanted.every((value, k) => agree(value, given[k]!))) continue;
    const sentence = `the service answers ${list(given)} where the run predicts ${list(wanted)}, for the row ${JSON.stringify(row).slice(0, 300)}; nothing was deployed. Please report this.`;
    throw new LeptonError("LEPTON_DEPLOY", `${endpoint.name}: ${sentence}`);
  }
  return rows.length;
}

/** Rows that training data rarely has: examples, nothing known, never seen, far away. */
export function hardRows(columns: readonly RawColumn[]): readonly Readonly<Record<string, unknown>>[] {
  const row = (value: (column: RawColumn) => unknown) =>
    Object.fromEntries(columns.map((column) => [column.name, value(column)]));
  const far = (number: number, date: string, truth: boolean) =>
    row(({ kind, example }) => ({ number, date, boolean: truth })[kind as string] ?? example);
  return [
    row(({ example }) => example),
    row(() => null),
    row(({ kind, example }) => (kind === "category" || kind === "ordinal" ? "\u2603 never seen" : example)),
    far(1e30, "9999-12-31T23:59:59Z", true),
    far(-1e30, "0001-01-01T00:00:00Z", false),
    far(1e308, "1970-01-01", true),
    far(1e-40, "2000-02-29", false),
    // One column missing at a time.
    ...columns.map((missing) => row((column) => (column === missing ? null : column.example))),
  ];
}

const hardNumbers = (shape: readonly number[]): readonly number[] => {
  const size = shape.reduce((product, length) => product * length, 1);
  return Array.from({ length: size }, (_, at) => [0, 1, -1, 0.5, 255, -255][at % 6]!);
};

function valuesOf({ prediction, probabilities }: Answer, classes: readonly string[] | null): readonly number[] {
  if (classes !== null) return classes.map((name) => probabilities?.[name] ?? Number.NaN);
  return (Array.isArray(prediction) ? prediction : [prediction]).map((value) =>
    typeof value === "number" ? value : Number.NaN,
  );
}

/** What is no number on one side must be none on the other. */
function agree(wanted: number, given: number): boolean {
  if (!Number.isFinite(wanted)) return !Number.isFinite(given);
  return Math.abs(wanted - given) <= tolerance * Math.max(1, Math.abs(wanted));
}

const list = (values: readonly number[]) =>
  `[${values
    .slice(0, 10)
    .map((value) => value.toPrecision(7))
    .join(", ")}]`;

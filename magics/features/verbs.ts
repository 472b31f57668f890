/** The verbs of data: features, head, describe and dataset. Enters: what the user typed; leaves: data sets and tables. */
import path from "node:path";
import { type Displayable, LeptonError } from "@lepton/contract";
import { openTable } from "../data/open.ts";
import { shownValue } from "../data/shown-value.ts";
import { defineVerb, type VerbContext } from "../verb.ts";
import { flatArrays } from "./array-shapes.ts";
import { Dataset } from "./dataset.ts";
import { datasetDeclarations, datasetType } from "./dataset-type.ts";
import { describeFile } from "./file-statistics.ts";
import { makeDataset } from "./make-dataset.ts";
import { featureOptions } from "./options.ts";
import { type FeaturesDone, runInWorker } from "./run-job.ts";
import { type ShownRows, shownRows } from "./shown-rows.ts";

const badRowOption = {
  kind: "choice",
  choices: ["error", "skip"],
  default: "error",
  doc: "What a row that cannot be read does: stop with its line, column and value, or be left out and counted.",
} as const;

const seedOption = {
  kind: "integer",
  default: 42,
  min: 0,
  doc: "Seed of the split; equal seeds give equal splits.",
} as const;

const splitOption = {
  kind: "numbers",
  default: [70, 15, 15],
  min: 0,
  doc: "Percents of the rows for training, validation and test.",
} as const;

const taskOption = {
  kind: "choice",
  choices: ["auto", "regression", "binary", "multiclass"],
  default: "auto",
  doc: "What is learnt; auto takes it from the target: text and few whole numbers are classes, other numbers amounts.",
} as const;

const positiveOption = {
  kind: "string",
  doc: "Of two classes the one whose probability is predicted; the last in order by default.",
  placeholder: "CLASS",
} as const;

export const featuresVerb = defineVerb({
  spec: {
    name: "features",
    summary:
      "Make a table ready for training: guess what its columns are, split its rows, and fit features on the training rows.",
    arguments: [
      { name: "file", doc: "A CSV, TSV, Parquet or JSON file.", kind: "path", type: "string", required: true },
    ],
    options: {
      target: { kind: "string", required: true, doc: "The column to predict.", placeholder: "COLUMN" },
      task: taskOption,
      positive: positiveOption,
      split: splitOption,
      splitBy: {
        kind: "string",
        doc: "A column that says train, validation or test, or a date or number by whose order the rows are split.",
        placeholder: "COLUMN",
      },
      seed: seedOption,
      scale: {
        kind: "choice",
        choices: ["standard", "minmax", "none"],
        default: "standard",
        doc: "Numbers to mean 0 and deviation 1, to 0..1, or as they are.",
      },
      impute: {
        kind: "choice",
        choices: ["median", "mean", "most-frequent", "zero"],
        default: "median",
        doc: "What stands for a missing number; for a category it is the most frequent one.",
      },
      indicators: {
        kind: "boolean",
        default: true,
        doc: "A feature that says where a value was missing, for columns with missing values in training.",
      },
      clip: {
        kind: "number",
        default: 10,
        min: 0,
        doc: "Cut numbers further from the median than this many times the reach of the middle 98 %; 0 cuts nothing below 1e37.",
      },
      maxCategories: {
        kind: "integer",
        default: 32,
        min: 1,
        max: 10_000,
        doc: "Categories kept of a column, the most frequent; rarer ones count as unknown: all zeros.",
      },
      kinds: {
        kind: "map",
        placeholder: "COLUMN=KIND,...",
        doc: "Columns whose kind is not what was guessed: COLUMN=number, category, ordinal, date, boolean or ignored.",
      },
      oneHot: { kind: "strings", placeholder: "COLUMN,...", doc: "Columns to treat as categories, numbers too." },
      ordinal: {
        kind: "strings",
        placeholder: "COLUMN,...",
        doc: "Categories with an order: COLUMN=low<middle<high, or COLUMN for the order of numbers or of the alphabet.",
      },
      ignore: { kind: "strings", placeholder: "COLUMN,...", doc: "Columns to leave out." },
      onBadRow: badRowOption,
      name: {
        kind: "string",
        doc: "The data set's name; that of --as, or of the file, by default.",
        placeholder: "NAME",
      },
    },
    result: "Lepton.Dataset",
    declarations: datasetDeclarations,
    examples: [
      "%lepton features credit.csv --target Status --as credit",
      "%lepton features flights.parquet --target delay --split-by date --ignore tail_number --as flights",
      "%lepton features survey.csv --target answer --ordinal 'size=S<M<L' --one-hot region --scale minmax --as survey",
    ],
  },
  async run([file], options, context) {
    const uri = pathOf("features", file);
    const name = context.as ?? baseName(uri);
    const done = await makeDataset(uri, featureOptions(options, name), makeContext(context));
    return datasetOf(done, context);
  },
  typeOf: (dataset: Dataset) => datasetType(dataset.manifest),
});

export const datasetVerb = defineVerb({
  spec: {
    name: "dataset",
    summary: "Make a data set of arrays from a cell: { x, y, shape }.",
    arguments: [
      {
        name: "arrays",
        doc: "A variable that holds { x, y, shape, classes }: rows of numbers, nested or flat; the answer of each; the sizes of all x, rows first ([600, 8, 8, 1]), where it is flat; what whole numbers in y are called.",
        kind: "value",
        type: "Lepton.Arrays",
        required: true,
      },
    ],
    options: {
      name: { kind: "string", doc: "The data set's name; that of --as by default.", placeholder: "NAME" },
      target: { kind: "string", default: "y", doc: "What y is called.", placeholder: "NAME" },
      task: taskOption,
      positive: positiveOption,
      split: splitOption,
      seed: seedOption,
    },
    result: "Lepton.Dataset",
    examples: ["%lepton dataset digits --split 70,10,20 --as mnist"],
  },
  async run([value], options, context) {
    const arrays = flatArrays(value);
    const words = {
      ...options,
      scale: "none",
      impute: "median",
      indicators: false,
      clip: 0,
      maxCategories: 1,
      onBadRow: "error",
    };
    const done = await runInWorker(
      {
        kind: "arrays",
        datasets: context.folder.datasets(),
        arrays,
        options: featureOptions(words, context.as ?? "arrays"),
        sourceText: context.sourceText,
      },
      context.host.signal(),
    );
    return datasetOf(done, context);
  },
  typeOf: (dataset: Dataset) => datasetType(dataset.manifest),
});

export const headVerb = defineVerb({
  spec: {
    name: "head",
    summary: "Show the first rows of a file or of a data set.",
    arguments: [
      { name: "data", doc: "A file, or a data set.", kind: "value", type: "Lepton.Dataset | string", required: true },
    ],
    options: {
      rows: { kind: "integer", default: 10, min: 1, max: 1000, doc: "How many rows." },
      onBadRow: badRowOption,
    },
    result: "readonly Readonly<Record<string, unknown>>[]",
    examples: ["%lepton head credit.csv", "%lepton head credit --rows 3"],
  },
  async run([data], options, context): Promise<ShownRows> {
    if (data instanceof Dataset) return data.head(options.rows);
    const uri = pathOf("head", data);
    await using table = closing(
      await openTable(uri, context.plugins, context.folder.notebook, { badRows: options.onBadRow as "error" | "skip" }),
    );
    const rows = await table.value.head(options.rows);
    return shownRows(`${path.basename(uri)}: first ${rows.length} of ${table.value.rows} rows`, rows, table.value.rows);
  },
});

export const describeVerb = defineVerb({
  spec: {
    name: "describe",
    summary: "Show statistics of each column of a file or of a data set.",
    arguments: [
      { name: "data", doc: "A file, or a data set.", kind: "value", type: "Lepton.Dataset | string", required: true },
    ],
    options: { onBadRow: badRowOption },
    result: "readonly Lepton.ColumnStatistics[]",
    declarations: `
/** What was seen of a column: over the whole file, or over a data set's training rows. */
interface ColumnStatistics {
  readonly name: string;
  readonly missing: number;
  readonly min: number | null;
  readonly median: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  readonly deviation: number | null;
  readonly top: readonly { readonly value: string; readonly count: number }[];
}`,
    examples: ["%lepton describe credit.csv"],
  },
  async run([data], options, context): Promise<readonly unknown[] & Displayable> {
    if (data instanceof Dataset) return data.describe();
    const uri = pathOf("describe", data);
    await using table = closing(
      await openTable(uri, context.plugins, context.folder.notebook, { badRows: options.onBadRow as "error" | "skip" }),
    );
    return await describeFile(table.value, path.basename(uri));
  },
});

/** The verbs of this stage, in reading order. */
export const featureVerbs = [featuresVerb, datasetVerb, headVerb, describeVerb] as const;

function makeContext(context: VerbContext) {
  return {
    plugins: context.plugins,
    folder: context.folder.notebook,
    datasets: context.folder.datasets(),
    signal: context.host.signal(),
    sourceText: context.sourceText,
  };
}

function datasetOf(done: FeaturesDone, context: VerbContext): Dataset {
  return new Dataset(done.manifest, context.folder.datasets(done.manifest.id), done.withoutTarget);
}

function pathOf(verb: string, value: unknown): string {
  if (typeof value === "string") return value;
  throw new LeptonError(
    "LEPTON_OPTION_VALUE",
    `${verb}: a file's path${verb === "features" ? "" : " or a data set"} is expected, got ${shownValue(value)}.`,
  );
}

function baseName(uri: string): string {
  return path.basename(uri).replace(/(\.\w+)?(\.gz)?$/, "");
}

function closing<T extends { close(): Promise<void> }>(value: T): AsyncDisposable & { readonly value: T } {
  return { value, [Symbol.asyncDispose]: () => value.close() };
}

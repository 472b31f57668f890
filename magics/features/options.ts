/**
 * What `features` was asked to do, checked. Enters: the verb's options; leaves: FeatureOptions with every name a column's and every word known.
 * Apart because these checks are about the user's words, not about data.
 */
import {
  type BadRows,
  type ColumnKind,
  LeptonError,
  type SourceColumn,
  type SplitName,
  type Task,
} from "@lepton/contract";
import { didYouMean } from "../data/nearest-name.ts";

export type Scale = "standard" | "minmax" | "none";
export type Impute = "median" | "mean" | "most-frequent" | "zero";

export interface FeatureOptions {
  readonly name: string;
  readonly target: string;
  readonly task: Task | "auto";
  /** The class that a binary model's probability is of; undefined: the last one in order. */
  readonly positive: string | undefined;
  /** Fractions that add up to 1. */
  readonly fractions: Readonly<Record<SplitName, number>>;
  /** A column that gives the split: words train/validation/test, or a date or number by whose order rows are split. */
  readonly splitBy: string | undefined;
  readonly seed: number;
  readonly scale: Scale;
  readonly impute: Impute;
  readonly indicators: boolean;
  /** Numbers further from the median than this many times the reach of the middle 98 % are cut; 0 cuts nothing. */
  readonly clip: number;
  readonly maxCategories: number;
  readonly kinds: ReadonlyMap<string, ColumnKind>;
  /** Orders given for ordinal columns, lowest first. */
  readonly orders: ReadonlyMap<string, readonly string[]>;
  readonly badRows: BadRows;
}

/** The verb's options as they are parsed; see verbs.ts for what each means. */
export interface FeatureWords {
  readonly name?: string | undefined;
  readonly target: string;
  readonly task: string;
  readonly positive?: string | undefined;
  readonly split: readonly number[];
  readonly splitBy?: string | undefined;
  readonly seed: number;
  readonly scale: string;
  readonly impute: string;
  readonly indicators: boolean;
  readonly clip: number;
  readonly maxCategories: number;
  readonly kinds?: Readonly<Record<string, string | number>> | undefined;
  readonly oneHot?: readonly string[] | undefined;
  readonly ordinal?: readonly string[] | undefined;
  readonly ignore?: readonly string[] | undefined;
  readonly onBadRow: string;
}

const kindWords: readonly ColumnKind[] = ["number", "category", "ordinal", "date", "boolean", "ignored"];

export function featureOptions(words: FeatureWords, name: string): FeatureOptions {
  const orders = new Map((words.ordinal ?? []).map(parseOrder));
  const kinds = new Map<string, ColumnKind>();
  for (const [column, kind] of Object.entries(words.kinds ?? {})) kinds.set(column, knownKind(column, String(kind)));
  for (const column of words.oneHot ?? []) kinds.set(column, "category");
  for (const column of orders.keys()) kinds.set(column, "ordinal");
  for (const column of words.ignore ?? []) kinds.set(column, "ignored");
  return {
    name: words.name ?? name,
    target: words.target,
    task: words.task as Task | "auto",
    positive: words.positive,
    fractions: splitFractions(words.split),
    splitBy: words.splitBy,
    seed: words.seed,
    scale: words.scale as Scale,
    impute: words.impute as Impute,
    indicators: words.indicators,
    clip: words.clip,
    maxCategories: words.maxCategories,
    kinds,
    orders: new Map([...orders].filter(([, order]) => order.length > 0)),
    badRows: words.onBadRow as BadRows,
  };
}

/** `Size` or `Size=S<M<L`. */
function parseOrder(text: string): [string, readonly string[]] {
  const at = text.indexOf("=");
  if (at < 0) return [text, []];
  const order = text
    .slice(at + 1)
    .split("<")
    .map((word) => word.trim());
  if (new Set(order).size !== order.length || order.includes("")) {
    throw new LeptonError(
      "LEPTON_OPTION_VALUE",
      `features: ordinal expects COLUMN=lowest<...<highest with each value once, got "${text}".`,
    );
  }
  return [text.slice(0, at), order];
}

function knownKind(column: string, kind: string): ColumnKind {
  if ((kindWords as readonly string[]).includes(kind)) return kind as ColumnKind;
  throw new LeptonError(
    "LEPTON_OPTION_VALUE",
    `features: kinds: ${column} cannot be "${kind}"${didYouMean(kind, kindWords)} Kinds: ${kindWords.join(", ")}.`,
  );
}

/** Percents or fractions of training, validation and test. @throws LEPTON_OPTION_VALUE */
export function splitFractions(split: readonly number[]): Readonly<Record<SplitName, number>> {
  const sum = split.reduce((total, part) => total + part, 0);
  const whole = Math.abs(sum - 100) < 1e-6 ? 100 : Math.abs(sum - 1) < 1e-6 ? 1 : undefined;
  if (split.length !== 3 || whole === undefined || split.some((part) => part < 0) || split[0] === 0) {
    throw new LeptonError(
      "LEPTON_OPTION_VALUE",
      `features: split expects the percents of train, validation and test, adding up to 100 (70,15,15), got ${split.join(",")}.`,
    );
  }
  const [train, validation, test] = split.map((part) => part / whole) as [number, number, number];
  return { train, validation, test };
}

/** Every column that an option names exists, and the target is not among the features' own. @throws LEPTON_COLUMN_UNKNOWN */
export function checkColumns(options: FeatureOptions, columns: readonly SourceColumn[]): void {
  const names = columns.map((column) => column.name);
  const named = [options.target, ...options.kinds.keys(), ...(options.splitBy === undefined ? [] : [options.splitBy])];
  for (const name of named) {
    if (!names.includes(name)) {
      throw new LeptonError(
        "LEPTON_COLUMN_UNKNOWN",
        `features: no column "${name}"${didYouMean(name, names)} Columns: ${names.join(", ")}.`,
      );
    }
  }
  if (options.kinds.get(options.target) === "ignored") {
    throw new LeptonError("LEPTON_OPTION_VALUE", `features: the target "${options.target}" cannot be ignored.`);
  }
}

/**
 * What a reader types into the search box: words that a run's name, model, data or state holds, and comparisons of a metric or a setting, such as
 * `auc > 0.8` or `epochs >= 10`. All of them must hold.
 */
import type { ListedRun } from "../../../kernel/contract/listing.ts";

interface Comparison {
  readonly name: string;
  readonly operator: string;
  readonly value: number;
}

export interface Query {
  readonly words: readonly string[];
  readonly comparisons: readonly Comparison[];
}

export function parseQuery(text: string): Query {
  const comparisons: Comparison[] = [];
  const rest = text.replace(
    /([\w-]+)\s*(<=|>=|<|>|=)\s*(-?\d*\.?\d+(?:e[+-]?\d+)?)/gi,
    (_all, name, operator, value) => {
      comparisons.push({ name: plain(name), operator, value: Number(value) });
      return " ";
    },
  );
  return { words: rest.toLowerCase().split(/\s+/).filter(Boolean), comparisons };
}

export function matches(run: ListedRun, query: Query): boolean {
  const text = [run.name, run.id, run.model, run.dataset, run.state, run.task].join(" ").toLowerCase();
  return query.words.every((word) => text.includes(word)) && query.comparisons.every((one) => compares(run, one));
}

function compares(run: ListedRun, { name, operator, value }: Comparison): boolean {
  const known: Record<string, unknown> = { ...run.settings, ...run.metrics, epoch: run.epoch, seconds: run.seconds };
  // "auc" means rocAuc: a name's end is enough.
  const key =
    Object.keys(known).find((one) => plain(one) === name) ??
    Object.keys(known).find((one) => plain(one).endsWith(name));
  const found = key === undefined ? undefined : known[key];
  if (typeof found !== "number") return false;
  switch (operator) {
    case "<":
      return found < value;
    case "<=":
      return found <= value;
    case ">":
      return found > value;
    case ">=":
      return found >= value;
    default:
      return found === value;
  }
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "");
}

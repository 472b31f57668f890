/**
 * What a reader types to find runs, in the sidebar and in `%lepton compare --where`: words that a run's name, model, data, state, notes or tags hold;
 * `tag:best`; and comparisons of a metric or a setting, such as `auc > 0.8`, `epochs >= 10` or `optimizer = adam`. All of them must hold.
 */

export interface RunQuery {
  readonly words: readonly string[];
  readonly tags: readonly string[];
  readonly comparisons: readonly {
    readonly name: string;
    readonly operator: string;
    readonly value: number | string;
  }[];
}

/** What of a run is searched. */
export interface SearchedRun {
  readonly texts: readonly string[];
  readonly tags: readonly string[];
  readonly values: Readonly<Record<string, unknown>>;
  /** Apart from `values` because a setting may have a metric's name: `loss` is mse, and 0.3. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

export function parseRunQuery(text: string): RunQuery {
  const comparisons: RunQuery["comparisons"][number][] = [];
  const tags: string[] = [];
  const rest = text
    .replace(/(?:^|\s)(?:tag:|#)(\S+)/gi, (_all, tag: string) => {
      tags.push(tag.toLowerCase());
      return " ";
    })
    .replace(
      /([\p{L}\p{N}_-]+)\s*(<=|>=|!=|<|>|=)\s*([^\s<>=]+)/gu,
      (_all, name: string, operator: string, value: string) => {
        comparisons.push({ name: plain(name), operator, value: Number.isNaN(Number(value)) ? value : Number(value) });
        return " ";
      },
    );
  return { words: rest.toLowerCase().split(/\s+/).filter(Boolean), tags, comparisons };
}

export function matchesQuery(run: SearchedRun, query: RunQuery): boolean {
  const text = [...run.texts, ...run.tags].join("\n").toLowerCase();
  const tags = run.tags.map((tag) => tag.toLowerCase());
  return (
    query.words.every((word) => text.includes(word)) &&
    query.tags.every((tag) => tags.includes(tag)) &&
    query.comparisons.every((one) => compares(run, one))
  );
}

function compares(run: SearchedRun, { name, operator, value }: RunQuery["comparisons"][number]): boolean {
  const named = valuesNamed(run, name);
  const found = named.find((one) => typeof one === typeof value) ?? named[0];
  if (found === undefined) return false;
  if (typeof found !== "number" || typeof value !== "number") {
    const same = String(found).toLowerCase() === String(value).toLowerCase();
    return operator === "=" ? same : operator === "!=" && !same;
  }
  switch (operator) {
    case "<":
      return found < value;
    case "<=":
      return found <= value;
    case ">":
      return found > value;
    case ">=":
      return found >= value;
    case "!=":
      return found !== value;
    default:
      return found === value;
  }
}

/** "auc" means rocAuc: a name's end is enough where no whole name fits. */
function valuesNamed({ values, settings }: SearchedRun, name: string): readonly unknown[] {
  const all = [...Object.entries(values), ...Object.entries(settings ?? {})];
  const whole = all.filter(([key]) => plain(key) === name);
  const named = whole.length > 0 ? whole : all.filter(([key]) => plain(key).endsWith(name)).slice(0, 1);
  return named.map(([, value]) => value).filter((value) => value !== undefined && value !== null);
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
}

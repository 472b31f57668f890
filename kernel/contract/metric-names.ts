/** What is known of a metric by its name alone: which a reader looks at first, and whether less is better. Shared by the text of runs, drawings and the page. */

/** Most telling first; names by `plainMetric`. The first ones lie between 0 and 1 and can share an axis. */
const firstOnOneScale = ["rocauc", "accuracy", "f1", "r2"];
const first = [...firstOnOneScale, "mse", "mae", "loss"];

/** Names without case and separators: rocAuc, roc_auc and ROC-AUC are one. */
export function plainMetric(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "");
}

/** True for metrics of which less is better: losses and errors. */
export function lessIsBetter(name: string): boolean {
  return /loss|error|^r?mse$|^mae$|brier|perplexity/.test(plainMetric(name));
}

/** The names in the order in which a reader looks at them; those that are not known here come last, in their own order. */
export function metricsByWorth(names: Iterable<string>): readonly string[] {
  const place = (name: string) => {
    const at = first.indexOf(plainMetric(name));
    return at < 0 ? first.length : at;
  };
  return [...names].sort((a, b) => place(a) - place(b));
}

/** The known metric that a reader asks for first among those that have a number; undefined where none is known here. */
export function headlineMetric(metrics: Readonly<Record<string, unknown>>): string | undefined {
  const known = Object.keys(metrics).filter((name) => first.includes(plainMetric(name)));
  return metricsByWorth(known.filter((name) => typeof metrics[name] === "number"))[0];
}

/** True for metrics between 0 and 1 that may be drawn on one axis as the picture of a run. */
export function isHeadline(name: string): boolean {
  return firstOnOneScale.includes(plainMetric(name));
}

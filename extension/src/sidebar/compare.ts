/** Chosen runs side by side: one row for each setting or metric that differs between them, one column a run. */
import type { ListedRun } from "../../../kernel/contract/listing.ts";

export interface Difference {
  readonly name: string;
  /** In the order of the runs; "" where a run has none. */
  readonly values: readonly (string | number)[];
}

export function differences(runs: readonly ListedRun[]): readonly Difference[] {
  const rows = new Map<string, (string | number)[]>();
  const put = (name: string, index: number, value: unknown) => {
    const row = rows.get(name) ?? runs.map(() => "");
    row[index] = typeof value === "number" ? value : String(value ?? "");
    rows.set(name, row);
  };
  for (const [index, run] of runs.entries()) {
    put("dataset", index, run.dataset);
    for (const [name, value] of Object.entries(run.settings)) put(name, index, value);
    for (const [name, value] of Object.entries(run.metrics)) put(name, index, value);
  }
  return [...rows].filter(([, values]) => new Set(values).size > 1).map(([name, values]) => ({ name, values }));
}

/** What parallel coordinates are drawn of. Apart from the chart because what makes it needs no page. */
import type { Dimension } from "./dimension.ts";

export interface ParallelLine {
  readonly key: string;
  readonly label: string;
  /** Axis ─► value; no value where it has none. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Place in the colours in 0 to 1; null for grey. */
  readonly colour: number | null;
  /** Drawn in front and thicker. */
  readonly best: boolean;
}

export interface ParallelData {
  readonly dimensions: readonly Dimension[];
  readonly lines: readonly ParallelLine[];
}

/** What deploy needs of a finished run, and nothing more: the model as graph, what goes around it, and the training side's own answers to compare with. */
import type { BundleParts } from "./bundle.ts";

/** A named row, or a row of plain numbers. */
export type ServiceRow = Readonly<Record<string, unknown>> | readonly number[];

export interface ServedRun {
  readonly about: Omit<BundleParts["about"], "name" | "version" | "note">;
  readonly graph: BundleParts["graph"];
  readonly stages: BundleParts["stages"];
  readonly card: BundleParts["card"];
  /** Some real rows of the data set, to check the service with. */
  readonly samples: readonly ServiceRow[];
  /** The training side's answer: [rows][K] predictions, or probabilities in the order of the classes. */
  predict(rows: readonly ServiceRow[]): Promise<readonly (readonly number[])[]>;
}

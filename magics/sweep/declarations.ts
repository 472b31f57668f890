/** TypeScript of what a sweep gives back, for completion in later cells. */
export const studyDeclarations = `interface Study {
  readonly id: string;
  readonly name: string;
  readonly folder: string;
  readonly trials: readonly Trial[];
  /** The run of the best finished trial. */
  readonly best: Run;
  /** Hyperparameters of the best finished trial. */
  readonly bestParameters: Readonly<Record<string, any>>;
  /** Its metric on validation rows. */
  readonly bestValue: number;
  /** All trials, best first, as a table. */
  table(): unknown;
  /** Stop its search; finished trials are kept. */
  stop(): Promise<Study>;
}
interface Trial {
  readonly number: number;
  readonly state: "running" | "finished" | "pruned" | "failed" | "stopped";
  readonly parameters: Readonly<Record<string, any>>;
  readonly value: number | null;
  /** The run's ID. */
  readonly run: string | null;
  readonly epoch: number;
  readonly seconds: number;
  readonly reason: string | null;
}`;

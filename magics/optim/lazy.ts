/**
 * Optimisers on rows of a large table, in place. Enter: the table, its moments and the gradients of the rows that a batch used; leave: the same arrays
 * with these rows moved. Apart from optimizer.ts, which is graph: here a step touches what it uses, and not the whole table.
 */
import type { OptimizerSpec } from "@lepton/contract";

export interface TableState {
  /** [V, D], row-major. */
  readonly weight: Float32Array;
  /** Those of `momentsOf`, of the same size. */
  readonly moments: readonly Float32Array[];
}

export interface RowGradients {
  /** Distinct rows. */
  readonly rows: Int32Array;
  /** [rows, D], and perhaps more. */
  readonly gradient: Float32Array;
  readonly size: number;
  /** Learning rate, and steps done with this one, from 1. */
  readonly rate: number;
  readonly step: number;
}

/** The moments that a table keeps, by name. */
export function momentsOf(spec: OptimizerSpec): readonly string[] {
  if (spec.kind !== "sgd") return ["m", "v"];
  return spec.momentum === 0 ? [] : ["velocity"];
}

/**
 * Moments and weights of rows that a batch does not use stay as they are; weight decay counts for rows that it uses.
 *
 * @source PyTorch's SparseAdam, TensorFlow's LazyAdam: Kingma and Ba 2015, algorithm 1, on the rows that have a gradient
 */
export function moveRows(spec: OptimizerSpec, table: TableState, given: RowGradients): void {
  if (spec.kind === "sgd") moveBySgd(spec, table, given);
  else moveByAdam(spec, spec.kind === "adamw" ? spec.weightDecay : 0, table, given);
}

function moveBySgd(
  { momentum, nesterov }: Extract<OptimizerSpec, { kind: "sgd" }>,
  { weight, moments: [velocity] }: TableState,
  { rows, gradient, size, rate }: RowGradients,
): void {
  for (const [slot, row] of rows.entries()) {
    for (let k = 0; k < size; k++) {
      const [at, g] = [row * size + k, gradient[slot * size + k]!];
      let change = g;
      if (velocity) {
        velocity[at] = momentum * velocity[at]! + g;
        change = nesterov ? g + momentum * velocity[at]! : velocity[at]!;
      }
      weight[at]! -= rate * change;
    }
  }
}

function moveByAdam(
  { beta1, beta2, epsilon }: Extract<OptimizerSpec, { kind: "adam" | "adamw" }>,
  decay: number,
  { weight, moments: [m, v] }: TableState,
  { rows, gradient, size, rate, step }: RowGradients,
): void {
  const root = Math.sqrt(1 - beta2 ** step);
  const scale = (rate * root) / (1 - beta1 ** step);
  for (let slot = 0; slot < rows.length; slot++) {
    const [from, to] = [slot * size, rows[slot]! * size];
    for (let k = 0; k < size; k++) {
      const g = gradient[from + k]!;
      const first = beta1 * m![to + k]! + (1 - beta1) * g;
      const second = beta2 * v![to + k]! + (1 - beta2) * g * g;
      m![to + k] = first;
      v![to + k] = second;
      weight[to + k] = weight[to + k]! * (1 - rate * decay) - (scale * first) / (Math.sqrt(second) + root * epsilon);
    }
  }
}

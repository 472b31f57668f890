/**
 * What the model said, in the user's words. Enters: [N, K] outputs; leaves: labels or numbers, and probabilities by class. Used by /predict and by the
 * Open Inference Protocol, so that both say the same.
 */
import type { BundleManifest } from "@lepton/contract";

export interface Answers {
  /** A class's label, or a number; a list of numbers where the model predicts several. Not finite becomes null (JSON has no NaN). */
  readonly prediction: readonly (string | number | null | readonly (number | null)[])[];
  /** By class, for each row; undefined for regression. */
  readonly probabilities?: readonly Readonly<Record<string, number | null>>[];
}

/** @param output [rows, K] flat: values (regression) or probabilities (classes; binary may be the positive class alone) */
export function answers(output: Float32Array, rows: number, manifest: BundleManifest): Answers {
  const { classes } = manifest;
  if (classes === null) return { prediction: numbers(output, rows) };
  const probabilities = classProbabilities(output, rows, classes.length);
  const byClass: Record<string, number | null>[] = [];
  const prediction: (string | null)[] = [];
  for (let row = 0; row < rows; row++) {
    const values = probabilities.subarray(row * classes.length, (row + 1) * classes.length);
    byClass.push(Object.fromEntries(classes.map((name, k) => [name, finite(values[k] as number)])));
    prediction.push(values.some(Number.isNaN) ? null : (classes[likeliest(values)] as string));
  }
  return { prediction, probabilities: byClass };
}

/** [rows, K] ─► [rows, classes]: one column for a binary model's positive class becomes two. */
export function classProbabilities(output: Float32Array, rows: number, classes: number): Float32Array {
  if (output.length === rows * classes) return output;
  const both = new Float32Array(rows * 2);
  for (let row = 0; row < rows; row++) {
    const positive = output[row] as number;
    both[row * 2] = 1 - positive;
    both[row * 2 + 1] = positive;
  }
  return both;
}

/** The class of the highest probability; of probabilities alike the first, as training's metrics count it and as scikit-learn's predict. */
function likeliest(values: Float32Array): number {
  let best = 0;
  for (let k = 1; k < values.length; k++) if ((values[k] as number) > (values[best] as number)) best = k;
  return best;
}

function numbers(output: Float32Array, rows: number): Answers["prediction"] {
  const width = output.length / rows;
  if (width === 1) return Array.from(output, finite);
  return Array.from({ length: rows }, (_, row) => Array.from(output.subarray(row * width, (row + 1) * width), finite));
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

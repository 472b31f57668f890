/** Functions whose minima are known, as Optuna's and others' benchmarks use them. */
import type { StudySpace } from "@lepton/contract";
import type { Parameters } from "../../../magics/sweep/samplers/sampler.ts";

const float = (low: number, high: number) => ({ kind: "float", low, high, log: false }) as const;

export interface TestFunction {
  readonly name: string;
  readonly space: StudySpace;
  readonly minimum: number;
  at(parameters: Parameters): number;
}

export const branin: TestFunction = {
  name: "Branin",
  space: { x: float(-5, 10), y: float(0, 15) },
  minimum: 0.397887,
  at(parameters) {
    const [x, y] = [parameters["x"] as number, parameters["y"] as number];
    const curve = y - (5.1 / (4 * Math.PI ** 2)) * x * x + (5 / Math.PI) * x - 6;
    return curve ** 2 + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) + 10;
  },
};

const a = [
  [10, 3, 17, 3.5, 1.7, 8],
  [0.05, 10, 17, 0.1, 8, 14],
  [3, 3.5, 1.7, 10, 17, 8],
  [17, 8, 0.05, 10, 0.1, 14],
];
const p = [
  [1312, 1696, 5569, 124, 8283, 5886],
  [2329, 4135, 8307, 3736, 1004, 9991],
  [2348, 1451, 3522, 2883, 3047, 6650],
  [4047, 8828, 8732, 5743, 1091, 381],
];
const alpha = [1, 1.2, 3, 3.2];

export const hartmann6: TestFunction = {
  name: "Hartmann 6",
  space: Object.fromEntries(Array.from({ length: 6 }, (_, index) => [`x${index}`, float(0, 1)])),
  minimum: -3.32237,
  at(parameters) {
    const terms = alpha.map((weight, row) => {
      const distance = a[row]!.map((scale, j) => scale * ((parameters[`x${j}`] as number) - p[row]![j]! * 1e-4) ** 2);
      return weight * Math.exp(-distance.reduce((sum, one) => sum + one, 0));
    });
    return -terms.reduce((sum, one) => sum + one, 0);
  },
};

const kinds: Readonly<Record<string, number>> = { a: 0.5, b: 0, c: 1 };

/** A learning rate, a number of units and a word, as sweeps have them. */
export const mixed: TestFunction = {
  name: "mixed",
  space: {
    rate: { kind: "float", low: 1e-5, high: 1, log: true },
    units: { kind: "integer", low: 4, high: 512, log: true },
    kind: { kind: "choice", choices: ["a", "b", "c"] },
  },
  minimum: 0,
  at: ({ rate, units, kind }) =>
    (Math.log10(rate as number) + 2.5) ** 2 + (Math.log2(units as number) - 6) ** 2 / 4 + kinds[kind as string]!,
};

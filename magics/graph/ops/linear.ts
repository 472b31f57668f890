/** Products of matrices, alone or in batches. */
import { broadcastStrides, dense, offsets } from "../dense.ts";
import { broadcastShapes, multiplyDims } from "../dims.ts";
import {
  type Call,
  type Emitter,
  flagOf,
  floats,
  type Lowered,
  type Operator,
  refuse,
  requireDType,
  type ValueType,
} from "../operator.ts";
import type { Tensor } from "../tensor.ts";
import { sumTo } from "./reductions.ts";
import { reshape, reshapeTarget, transpose } from "./shape.ts";

export interface MatmulOptions {
  /** Use a with its last two axes swapped. */
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

/** Matrix product over the last two axes; the axes in front are broadcast: [.., M, K] x [.., K, N] -> [.., M, N]. */
export function matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
  const { transposeA = false, transposeB = false } = options;
  return a.builder.apply("matmul", [a, b], { transposeA, transposeB });
}

/** Swaps the last two axes. */
export function matrixTranspose(x: Tensor): Tensor {
  const axes = x.shape.map((_, axis) => axis);
  return transpose(x, [...axes.slice(0, -2), axes.length - 1, axes.length - 2]);
}

/** Rows, columns and the axes in front, after the transposition that the call asks for. */
function sides(type: ValueType, transposed: boolean) {
  const [rows, columns] = type.shape.slice(-2);
  return {
    batch: type.shape.slice(0, -2),
    rows: transposed ? columns! : rows!,
    columns: transposed ? rows! : columns!,
  };
}

function inferMatmul(call: Call): ValueType {
  requireDType(call, 0, ...floats);
  const [a, b] = call.inputs as [ValueType, ValueType];
  if (a.dtype !== b.dtype) refuse(call, "both inputs must have the same dtype (use cast)");
  if (a.shape.length < 2 || b.shape.length < 2) refuse(call, "both inputs must have at least two axes (use reshape)");
  const left = sides(a, flagOf(call.attributes, "transposeA"));
  const right = sides(b, flagOf(call.attributes, "transposeB"));
  if (left.columns !== right.rows)
    refuse(call, `the first's columns (${left.columns}) must equal the second's rows (${right.rows})`);
  const batch = broadcastShapes(left.batch, right.batch);
  if (!batch) return refuse(call, "the axes in front of the matrices must be equal or 1");
  return { dtype: a.dtype, shape: [...batch, left.rows, right.columns] };
}

const evaluateMatmul: Operator["evaluate"] = ([a, b], attributes, [out]) => {
  const shape = out!.shape;
  const batch = shape.slice(0, -2);
  const [rows, columns] = shape.slice(-2) as [number, number];
  const [tA, tB] = [flagOf(attributes, "transposeA"), flagOf(attributes, "transposeB")];
  const [aRows, aColumns] = a!.shape.slice(-2) as [number, number];
  const bColumns = b!.shape.at(-1)!;
  const inner = tA ? aRows : aColumns;
  const starts = [a!, b!].map(({ shape: own }) => {
    const strides = broadcastStrides(own.slice(0, -2), batch);
    return offsets(batch, strides).map((offset) => offset * own.at(-1)! * own.at(-2)!);
  });
  const y = dense(shape);
  for (let i = 0; i < y.data.length; i++) {
    const block = Math.floor(i / (rows * columns));
    const [row, column] = [Math.floor(i / columns) % rows, i % columns];
    let total = 0;
    for (let k = 0; k < inner; k++) {
      const left = a!.data[starts[0]![block]! + (tA ? k * aColumns + row : row * aColumns + k)]!;
      const right = b!.data[starts[1]![block]! + (tB ? column * bColumns + k : k * bColumns + column)]!;
      total += left * right;
    }
    y.data[i] = total;
  }
  return [y];
};

/** [.., M, K] as one matrix [.. * M, K]. */
const flattenRows = (x: Tensor): Tensor => (x.rank === 2 ? x : reshape(x, [-1, x.shape.at(-1)!]));

function gradientOfA(g: Tensor, a: Tensor, b: Tensor, tA: boolean, tB: boolean): Tensor {
  const whole = tA
    ? matmul(b, g, { transposeA: tB, transposeB: true })
    : matmul(g, b, { transposeA: false, transposeB: !tB });
  return sumTo(whole, a.shape);
}

function gradientOfB(g: Tensor, a: Tensor, b: Tensor, tA: boolean, tB: boolean): Tensor {
  // A weight shared by all matrices of a batch: one product over all rows instead of one a matrix and a sum.
  if (b.rank === 2 && a.rank > 2 && !tA) return gradientOfB(flattenRows(g), flattenRows(a), b, tA, tB);
  const whole = tB
    ? matmul(g, a, { transposeA: true, transposeB: tA })
    : matmul(a, g, { transposeA: !tA, transposeB: false });
  return sumTo(whole, b.shape);
}

/**
 * Matrices are one Gemm, and so is a batch times one matrix, with the batch's rows as one matrix: onnxruntime packs the second factor once, not once
 * for each matrix (a transformer's gradients took 2.7 times as long). Batches of both are MatMul, with transposed operands in front.
 *
 * @param inputs  both factors, and for Gemm a bias for each column
 */
export function lowerMatmul({ inputs, types, outputs, attributes }: Lowered, emitter: Emitter): readonly string[] {
  const { emit } = emitter;
  const flags = [flagOf(attributes, "transposeA"), flagOf(attributes, "transposeB")] as const;
  if (isGemm(types, flags[0])) {
    const [a, ...rest] = inputs as [string, ...string[]];
    const [first] = types as [ValueType];
    if (first.shape.length === 2) return [gemm([a, ...rest], flags, emit)];
    const columns = first.shape.at(-1)!;
    const rows = emit("Reshape", [a, reshapeTarget([multiplyDims(first.shape.slice(0, -1)), columns], emitter)]);
    const product = gemm([rows, ...rest], flags, emit);
    return [emit("Reshape", [product, reshapeTarget(outputs[0]!.shape, emitter)])];
  }
  const turned = inputs.map((name, i) => {
    if (!flags[i]) return name;
    const axes = types[i]!.shape.map((_, axis) => axis);
    return emit("Transpose", [name], { perm: [...axes.slice(0, -2), axes.length - 1, axes.length - 2] });
  });
  return [emit("MatMul", turned)];
}

/** Whether a product is one of two matrices once the first's rows are taken together. */
export function isGemm(types: readonly ValueType[], transposeA: boolean): boolean {
  const [a, b] = types as [ValueType, ValueType];
  return b.shape.length === 2 && (a.shape.length === 2 || !transposeA);
}

function gemm(inputs: readonly string[], [a, b]: readonly [boolean, boolean], emit: Emitter["emit"]): string {
  if (inputs.length === 2 && !a && !b) return emit("MatMul", inputs);
  return emit("Gemm", inputs, { transA: a ? 1 : 0, transB: b ? 1 : 0 });
}

export const linearOperators: readonly Operator[] = [
  {
    name: "matmul",
    doc: "matrix product over the last two axes",
    infer: (call) => [inferMatmul(call)],
    evaluate: evaluateMatmul,
    gradient: ({ inputs: [a, b], gradients: [g], attributes, wanted }) => {
      const flags = [flagOf(attributes, "transposeA"), flagOf(attributes, "transposeB")] as const;
      return [
        wanted[0] ? gradientOfA(g!, a!, b!, ...flags) : null,
        wanted[1] ? gradientOfB(g!, a!, b!, ...flags) : null,
      ];
    },
    lower: lowerMatmul,
  },
];

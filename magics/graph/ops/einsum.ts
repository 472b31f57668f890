/** Einstein's summation in letters ("bqd,bkd->bqk"), written as transposes and one product of matrices for each pair. */
import { type Dim, LeptonError } from "@lepton/contract";
import { multiplyDims } from "../dims.ts";
import type { Tensor } from "../tensor.ts";
import { matmul } from "./linear.ts";
import { sum } from "./reductions.ts";
import { reshape, transpose } from "./shape.ts";

/** A tensor with a letter for each axis. */
interface Lettered {
  readonly letters: string;
  readonly tensor: Tensor;
}

/**
 * Products summed over the letters that the result does not have. Each letter is one size everywhere; a letter may stand once in a tensor.
 *
 * @example einsum("btd,dh->bth", x, w)
 * @throws LEPTON_SHAPE naming the letters
 */
export function einsum(equation: string, ...tensors: readonly Tensor[]): Tensor {
  const [left, result, ...more] = equation.replaceAll(" ", "").split("->");
  const inputs = left?.split(",") ?? [];
  const refuse = (law: string): never => {
    throw new LeptonError("LEPTON_SHAPE", `einsum "${equation}": ${law}.`);
  };
  if (result === undefined || more.length > 0) return refuse("must be written as inputs -> result");
  if (inputs.length !== tensors.length) refuse(`names ${inputs.length} tensors, got ${tensors.length}`);
  if ([...inputs, result].some((letters) => !/^[a-zA-Z]*$/.test(letters) || new Set(letters).size < letters.length))
    refuse("axes are single letters, each once in a tensor");
  const sizes = letterSizes(inputs, tensors, refuse);
  for (const letter of result) if (!sizes.has(letter)) refuse(`no tensor has the letter ${letter}`);
  const lettered = tensors.map((tensor, i): Lettered => ({ letters: inputs[i]!, tensor }));
  const product = lettered.reduce((a, b, i) => multiply(a, b, [...inputs.slice(i + 1), result].join(""), sizes));
  return arrange(sumAway(product, result), result);
}

function letterSizes(
  inputs: readonly string[],
  tensors: readonly Tensor[],
  refuse: (law: string) => never,
): ReadonlyMap<string, Dim> {
  const sizes = new Map<string, Dim>();
  for (const [i, letters] of inputs.entries()) {
    const { shape } = tensors[i]!;
    if (shape.length !== letters.length) refuse(`"${letters}" needs ${letters.length} axes, got [${shape.join(", ")}]`);
    for (const [axis, letter] of [...letters].entries()) {
      const known = sizes.get(letter) ?? shape[axis]!;
      if (known !== shape[axis]) refuse(`${letter} is ${known} in one tensor and ${shape[axis]} in another`);
      sizes.set(letter, known);
    }
  }
  return sizes;
}

/** Sums letters that are not kept. */
function sumAway({ letters, tensor }: Lettered, kept: string): Lettered {
  const axes = [...letters].flatMap((letter, axis) => (kept.includes(letter) ? [] : [axis]));
  return { letters: [...letters].filter((letter) => kept.includes(letter)).join(""), tensor: sum(tensor, { axes }) };
}

function arrange({ letters, tensor }: Lettered, order: string): Tensor {
  return transpose(
    tensor,
    [...order].map((letter) => letters.indexOf(letter)),
  );
}

/** One product of matrices: letters of both that are kept are the batch, letters of both that are not are summed. */
function multiply(first: Lettered, second: Lettered, kept: string, sizes: ReadonlyMap<string, Dim>): Lettered {
  const a = sumAway(first, kept + second.letters);
  const b = sumAway(second, kept + first.letters);
  const both = [...a.letters].filter((letter) => b.letters.includes(letter));
  const batch = both.filter((letter) => kept.includes(letter)).join("");
  const summed = both.filter((letter) => !kept.includes(letter)).join("");
  const only = (x: Lettered, other: Lettered) => [...x.letters].filter((l) => !other.letters.includes(l)).join("");
  const [rows, columns] = [only(a, b), only(b, a)];
  const shape = (letters: string) => [...letters].map((letter) => sizes.get(letter)!);
  const size = (letters: string) => multiplyDims(shape(letters));
  const left = reshape(arrange(a, batch + rows + summed), [...shape(batch), size(rows), size(summed)]);
  const right = reshape(arrange(b, batch + summed + columns), [...shape(batch), size(summed), size(columns)]);
  const letters = batch + rows + columns;
  return { letters, tensor: reshape(matmul(left, right), shape(letters)) };
}

/**
 * Arithmetic of dimensions. A dimension is a number, a symbol ("B") or a product of both written with the number first ("32*B").
 * Apart because shape rules, the evaluator and every lowering need the same answers.
 */
import type { Dim, DType, Shape } from "@lepton/contract";

interface Product {
  readonly factor: number;
  /** Sorted. */
  readonly symbols: readonly string[];
}

function parseDim(dim: Dim): Product {
  if (typeof dim === "number") return { factor: dim, symbols: [] };
  const parts = dim.split("*");
  const symbols = parts.filter((part) => !/^\d+$/.test(part));
  const factor = parts.filter((part) => /^\d+$/.test(part)).reduce((product, part) => product * Number(part), 1);
  return { factor, symbols: symbols.sort() };
}

function formatProduct({ factor, symbols }: Product): Dim {
  if (symbols.length === 0 || factor === 0) return factor;
  return [...(factor === 1 ? [] : [String(factor)]), ...symbols].join("*");
}

/** The product of dimensions; 1 for none. */
export function multiplyDims(dims: readonly Dim[]): Dim {
  let factor = 1;
  const symbols: string[] = [];
  for (const dim of dims) {
    const product = parseDim(dim);
    factor *= product.factor;
    symbols.push(...product.symbols);
  }
  return formatProduct({ factor, symbols: symbols.sort() });
}

/** `a / b`, or undefined when it is not a whole dimension. */
export function divideDims(a: Dim, b: Dim): Dim | undefined {
  const [over, under] = [parseDim(a), parseDim(b)];
  if (under.factor === 0 || over.factor % under.factor !== 0) return undefined;
  const symbols = [...over.symbols];
  for (const symbol of under.symbols) {
    const at = symbols.indexOf(symbol);
    if (at < 0) return undefined;
    symbols.splice(at, 1);
  }
  return formatProduct({ factor: over.factor / under.factor, symbols });
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, i) => dim === b[i]);
}

export function isStatic(shape: Shape): shape is readonly number[] {
  return shape.every((dim) => typeof dim === "number");
}

/** Number of elements of a static shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1);
}

/** The symbols in a dimension: "32*B" has "B". */
export function symbolsOf(dim: Dim): readonly string[] {
  return parseDim(dim).symbols;
}

/** NumPy's broadcasting, aligned at the last axis; undefined where two dimensions differ and neither is 1. */
export function broadcastShapes(a: Shape, b: Shape): Shape | undefined {
  const rank = Math.max(a.length, b.length);
  const shape: Dim[] = [];
  for (let i = 0; i < rank; i++) {
    const left = a[a.length - rank + i] ?? 1;
    const right = b[b.length - rank + i] ?? 1;
    if (left !== right && left !== 1 && right !== 1) return undefined;
    shape.push(left === 1 ? right : left);
  }
  return shape;
}

/** Numbers for symbols. @throws Error on a symbol without a number */
export function bindShape(shape: Shape, symbols: ReadonlyMap<string, number>): readonly number[] {
  return shape.map((dim) => {
    const { factor, symbols: names } = parseDim(dim);
    return names.reduce((product, name) => {
      const value = symbols.get(name);
      if (value === undefined) throw new Error(`no number for dimension ${name}`);
      return product * value;
    }, factor);
  });
}

/** Note what a symbol is, or check that it is the same again; "32*B" needs 32 to divide. A product of two symbols says nothing. */
export function bindDim(dim: Dim, got: number, symbols: Map<string, number>): boolean {
  if (typeof dim === "number") return dim === got;
  const { factor, symbols: names } = dim.includes("*") ? parseDim(dim) : { factor: 1, symbols: [dim] };
  if (names.length !== 1) return true;
  const [name, value] = [names[0]!, got / factor];
  if (!Number.isInteger(value) || (symbols.get(name) ?? value) !== value) return false;
  symbols.set(name, value);
  return true;
}

/** "[B, 28, 28, 1]"; "[]" for a scalar. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

export function formatType(type: { readonly dtype: DType; readonly shape: Shape }): string {
  return `${type.dtype} ${formatShape(type.shape)}`;
}

/** A shape as an attribute of a node: words, because a dimension may be a symbol. */
export function encodeShape(shape: Shape): readonly string[] {
  return shape.map(String);
}

export function decodeShape(words: readonly string[]): Shape {
  return words.map((word) => (/^-?\d+$/.test(word) ? Number(word) : word));
}

/** A non-negative axis. -1 is the last one; undefined when there is no such axis. */
export function wholeAxis(axis: number, rank: number): number | undefined {
  const whole = axis < 0 ? axis + rank : axis;
  return Number.isInteger(whole) && whole >= 0 && whole < rank ? whole : undefined;
}

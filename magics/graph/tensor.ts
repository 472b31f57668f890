/**
 * Symbolic typed tensors: what a model is a function of. A Tensor names a value of a graph being built, with its dtype and shape; its methods are
 * the functions of ops/ with the tensor as first argument, for expressions that read left to right.
 */
import type { DType, Shape } from "@lepton/contract";
import type { GraphBuilder } from "./builder.ts";
import { formatType } from "./dims.ts";
import * as activations from "./ops/activations.ts";
import * as compare from "./ops/compare.ts";
import * as elementwise from "./ops/elementwise.ts";
import * as indexing from "./ops/indexing.ts";
import { type MatmulOptions, matmul } from "./ops/linear.ts";
import * as pieces from "./ops/pieces.ts";
import * as reductions from "./ops/reductions.ts";
import * as shapes from "./ops/shape.ts";

/** A tensor, or a number that takes the other operand's dtype. */
export type TensorLike = Tensor | number;

type Reduce = reductions.ReduceOptions;

export class Tensor {
  readonly builder: GraphBuilder;
  readonly id: string;
  readonly dtype: DType;
  readonly shape: Shape;

  constructor(builder: GraphBuilder, id: string, dtype: DType, shape: Shape) {
    this.builder = builder;
    this.id = id;
    this.dtype = dtype;
    this.shape = shape;
  }

  get rank(): number {
    return this.shape.length;
  }

  /** "Tensor f32 [B, 64]": a symbolic tensor has no numbers to show. */
  toString(): string {
    return `Tensor ${formatType(this)}`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  add(other: TensorLike): Tensor {
    return elementwise.add(this, other);
  }
  sub(other: TensorLike): Tensor {
    return elementwise.sub(this, other);
  }
  mul(other: TensorLike): Tensor {
    return elementwise.mul(this, other);
  }
  div(other: TensorLike): Tensor {
    return elementwise.div(this, other);
  }
  pow(other: TensorLike): Tensor {
    return elementwise.pow(this, other);
  }
  maximum(other: TensorLike): Tensor {
    return elementwise.maximum(this, other);
  }
  minimum(other: TensorLike): Tensor {
    return elementwise.minimum(this, other);
  }
  neg(): Tensor {
    return elementwise.neg(this);
  }
  exp(): Tensor {
    return elementwise.exp(this);
  }
  log(): Tensor {
    return elementwise.log(this);
  }
  sqrt(): Tensor {
    return elementwise.sqrt(this);
  }
  abs(): Tensor {
    return elementwise.abs(this);
  }
  sign(): Tensor {
    return elementwise.sign(this);
  }
  square(): Tensor {
    return elementwise.square(this);
  }
  clip(low: number, high: number): Tensor {
    return elementwise.clip(this, low, high);
  }

  equal(other: TensorLike): Tensor {
    return compare.equal(this, other);
  }
  less(other: TensorLike): Tensor {
    return compare.less(this, other);
  }
  greater(other: TensorLike): Tensor {
    return compare.greater(this, other);
  }

  relu(): Tensor {
    return activations.relu(this);
  }
  gelu(): Tensor {
    return activations.gelu(this);
  }
  silu(): Tensor {
    return activations.silu(this);
  }
  sigmoid(): Tensor {
    return activations.sigmoid(this);
  }
  tanh(): Tensor {
    return activations.tanh(this);
  }
  softplus(): Tensor {
    return activations.softplus(this);
  }
  softmax(axis = -1): Tensor {
    return activations.softmax(this, axis);
  }
  logSoftmax(axis = -1): Tensor {
    return activations.logSoftmax(this, axis);
  }

  sum(options?: Reduce): Tensor {
    return reductions.sum(this, options);
  }
  mean(options?: Reduce): Tensor {
    return reductions.mean(this, options);
  }
  max(options?: Reduce): Tensor {
    return reductions.max(this, options);
  }
  min(options?: Reduce): Tensor {
    return reductions.min(this, options);
  }
  argMax(axis = -1): Tensor {
    return reductions.argMax(this, axis);
  }

  matmul(other: Tensor, options?: MatmulOptions): Tensor {
    return matmul(this, other, options);
  }
  reshape(shape: Shape): Tensor {
    return shapes.reshape(this, shape);
  }
  flatten(from = 1): Tensor {
    return shapes.flatten(this, from);
  }
  squeeze(axis: number): Tensor {
    return shapes.squeeze(this, axis);
  }
  unsqueeze(axis: number): Tensor {
    return shapes.unsqueeze(this, axis);
  }
  transpose(order?: readonly number[]): Tensor {
    return shapes.transpose(this, order);
  }
  expand(shape: Shape): Tensor {
    return shapes.expand(this, shape);
  }
  cast(dtype: DType): Tensor {
    return shapes.cast(this, dtype);
  }
  slice(axis: number, start: number, end?: number, step = 1): Tensor {
    return pieces.slice(this, axis, start, end, step);
  }
  split(sizes: readonly number[], axis = -1): readonly Tensor[] {
    return pieces.split(this, sizes, axis);
  }
  pad(before: readonly number[], after: readonly number[], value = 0): Tensor {
    return pieces.pad(this, before, after, value);
  }
  gather(indices: Tensor, axis = 0): Tensor {
    return indexing.gather(this, indices, axis);
  }
  oneHot(depth: number): Tensor {
    return indexing.oneHot(this, depth);
  }
}

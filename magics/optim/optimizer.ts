/**
 * Optimisers as graph: from parameters, gradients and the optimiser's own state to their next values. Enter: symbolic tensors; leave: symbolic
 * tensors. Apart because they know nothing of models, losses or loops. Moments are vectors over all parameters, in their order.
 */
import type { OptimizerSpec, StateSpec } from "@lepton/contract";
import {
  add,
  clipByGlobalNorm,
  concat,
  div,
  mul,
  pow,
  reshape,
  split,
  sqrt,
  square,
  sub,
  type Tensor,
} from "@lepton/graph";

export interface Learnt {
  readonly name: string;
  readonly shape: readonly number[];
  readonly value: Tensor;
  readonly gradient: Tensor;
}

/** The optimiser's hold on the graph: its state as inputs, and where next values go. */
export interface OptimizerPorts {
  /** A state tensor of the optimiser, as it is before the step. */
  read(spec: StateSpec): Tensor;
  /** What a state tensor, a parameter included, is after the step. */
  write(name: string, next: Tensor): void;
}

/** How a gradient is treated before it moves weights. */
export interface StepOptions {
  /** The learning rate, a scalar tensor. */
  readonly rate: Tensor;
  /** All gradients as one vector are shortened to this length, if they are longer. @source Pascanu et al. 2013, algorithm 1 */
  readonly clipNorm?: number | undefined;
  /**
   * Gradients that others move weights by: they count for the length and are shortened with the rest. Rows of a table that a batch uses twice count
   * twice, as in TensorFlow's clip_by_global_norm on IndexedSlices.
   */
  readonly others?: readonly Tensor[];
}

/** One step for all parameters. Returns `others`, shortened. */
export function optimize(
  spec: OptimizerSpec,
  learnt: readonly Learnt[],
  { rate, clipNorm, others = [] }: StepOptions,
  ports: OptimizerPorts,
): readonly Tensor[] {
  const given = [...(learnt.length > 0 ? [joinedGradient(learnt)] : []), ...others];
  const clipped = clipNorm === undefined ? given : clipByGlobalNorm(given, clipNorm);
  if (learnt.length === 0) return clipped;
  const [gradient, ...rest] = clipped as [Tensor, ...Tensor[]];
  const kept = spec.kind === "adamw" && spec.weightDecay > 0 ? sub(1, mul(rate, spec.weightDecay)) : null;
  const changes = parted(changeOf(spec, gradient, rate, ports), learnt);
  for (const [index, { name, value }] of learnt.entries()) {
    ports.write(name, sub(kept ? mul(value, kept) : value, changes[index]!));
  }
  return rest;
}

/** What is taken away from the parameters, as one vector [P]. */
function changeOf(spec: OptimizerSpec, gradient: Tensor, rate: Tensor, ports: OptimizerPorts): Tensor {
  switch (spec.kind) {
    case "sgd":
      return sgdChange(spec, gradient, rate, ports);
    case "adam":
    case "adamw":
      return adamChange(spec, gradient, rate, ports);
    default:
      return spec satisfies never;
  }
}

/**
 * v' = momentum v + g; the change is rate v', or with Nesterov rate (g + momentum v').
 *
 * @source PyTorch's SGD (dampening 0); Sutskever et al. 2013 for Nesterov's form
 */
function sgdChange(
  spec: Extract<OptimizerSpec, { kind: "sgd" }>,
  gradient: Tensor,
  rate: Tensor,
  ports: OptimizerPorts,
): Tensor {
  if (spec.momentum === 0) return mul(gradient, rate);
  const velocity = readMoment("optimizer.velocity", gradient, ports);
  const next = add(mul(velocity, spec.momentum), gradient);
  ports.write("optimizer.velocity", next);
  return mul(spec.nesterov ? add(gradient, mul(next, spec.momentum)) : next, rate);
}

type AdamSpec = Extract<OptimizerSpec, { kind: "adam" | "adamw" }>;

/**
 * m' = b1 m + (1 - b1) g; v' = b2 v + (1 - b2) g^2; the change is rate m' / (1 - b1^t) / (sqrt(v' / (1 - b2^t)) + epsilon), written with the
 * scalars together: m' (rate r / (1 - b1^t)) / (sqrt(v') + epsilon r) where r = sqrt(1 - b2^t).
 *
 * @source Kingma and Ba 2015, algorithm 1; Loshchilov and Hutter 2019, algorithm 2 (AdamW decays all parameters); epsilon as in PyTorch
 */
function adamChange(spec: AdamSpec, gradient: Tensor, rate: Tensor, ports: OptimizerPorts): Tensor {
  const counter: StateSpec = {
    name: "optimizer.step",
    dtype: "f32",
    shape: [],
    role: "counter",
    initial: { kind: "constant", value: 0 },
  };
  const step = add(ports.read(counter), 1);
  ports.write(counter.name, step);
  // b^t as a number to the power of the counter.
  const correction = (beta: number) => sub(1, pow(rate.builder.scalar(beta), step));
  const root = sqrt(correction(spec.beta2));
  const scale = div(mul(rate, root), correction(spec.beta1));
  const first = readMoment("optimizer.m", gradient, ports);
  const second = readMoment("optimizer.v", gradient, ports);
  const nextFirst = add(mul(first, spec.beta1), mul(gradient, 1 - spec.beta1));
  const nextSecond = add(mul(second, spec.beta2), mul(square(gradient), 1 - spec.beta2));
  ports.write("optimizer.m", nextFirst);
  ports.write("optimizer.v", nextSecond);
  return div(mul(nextFirst, scale), add(sqrt(nextSecond), mul(root, spec.epsilon)));
}

function readMoment(name: string, gradient: Tensor, ports: OptimizerPorts): Tensor {
  const shape = gradient.shape as readonly number[];
  return ports.read({ name, dtype: "f32", shape, role: "moment", initial: { kind: "constant", value: 0 } });
}

/** All gradients as one vector [P]: a step is some twenty operators on one tensor, however many parameters there are. */
export function joinedGradient(learnt: readonly Pick<Learnt, "gradient" | "shape">[]): Tensor {
  const flat = learnt.map(({ gradient, shape }) => reshape(gradient, [sizeOf(shape)]));
  return flat.length === 1 ? flat[0]! : concat(flat, 0);
}

/** A vector [P] as tensors of the parameters' shapes. */
export function parted(vector: Tensor, learnt: readonly Pick<Learnt, "shape">[]): readonly Tensor[] {
  const sizes = learnt.map(({ shape }) => sizeOf(shape));
  const parts = learnt.length === 1 ? [vector] : split(vector, sizes, 0);
  return parts.map((part, index) => reshape(part, learnt[index]!.shape));
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1);
}

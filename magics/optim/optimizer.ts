/**
 * Optimisers as graph: from parameters, gradients and the optimiser's own state to their next values. Enter: symbolic tensors; leave: symbolic
 * tensors. Apart because they know nothing of models, losses or loops.
 */
import type { OptimizerSpec, StateSpec } from "@lepton/contract";
import { add, div, mul, pow, sqrt, square, sub, type Tensor } from "@lepton/graph";

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

/** One step for all parameters. @param rate  the learning rate, a scalar tensor */
export function optimize(spec: OptimizerSpec, learnt: readonly Learnt[], rate: Tensor, ports: OptimizerPorts): void {
  switch (spec.kind) {
    case "sgd":
      for (const parameter of learnt) sgdStep(spec, parameter, rate, ports);
      return;
    case "adam":
    case "adamw":
      adamSteps(spec, learnt, rate, ports);
      return;
    default:
      spec satisfies never;
  }
}

/**
 * v' = momentum v + g; p' = p - rate v', or with Nesterov p' = p - rate (g + momentum v').
 *
 * @source PyTorch's SGD (dampening 0); Sutskever et al. 2013 for Nesterov's form
 */
function sgdStep(
  spec: Extract<OptimizerSpec, { kind: "sgd" }>,
  { name, shape, value, gradient }: Learnt,
  rate: Tensor,
  ports: OptimizerPorts,
): void {
  if (spec.momentum === 0) {
    ports.write(name, sub(value, mul(gradient, rate)));
    return;
  }
  const velocity = ports.read(moment(`${name}.velocity`, shape));
  const next = add(mul(velocity, spec.momentum), gradient);
  ports.write(`${name}.velocity`, next);
  const direction = spec.nesterov ? add(gradient, mul(next, spec.momentum)) : next;
  ports.write(name, sub(value, mul(direction, rate)));
}

type AdamSpec = Extract<OptimizerSpec, { kind: "adam" | "adamw" }>;

/**
 * m' = b1 m + (1 - b1) g; v' = b2 v + (1 - b2) g^2; p' = p - rate m' / (1 - b1^t) / (sqrt(v' / (1 - b2^t)) + epsilon);
 * AdamW first takes rate x weightDecay of every parameter away.
 *
 * @source Kingma and Ba 2015, algorithm 1; Loshchilov and Hutter 2019, algorithm 2; epsilon outside the root as in PyTorch
 */
function adamSteps(spec: AdamSpec, learnt: readonly Learnt[], rate: Tensor, ports: OptimizerPorts): void {
  const counter: StateSpec = {
    name: "optimizer.step",
    dtype: "f32",
    shape: [],
    role: "counter",
    initial: { kind: "constant", value: 0 },
  };
  const step = add(ports.read(counter), 1);
  ports.write(counter.name, step);
  const { builder } = rate;
  // b^t as a number to the power of the counter, once for all parameters.
  const correction = (beta: number) => sub(1, pow(builder.scalar(beta), step));
  const scale = div(rate, correction(spec.beta1));
  const root = sqrt(correction(spec.beta2));
  const kept = spec.kind === "adamw" && spec.weightDecay > 0 ? sub(1, mul(rate, spec.weightDecay)) : null;
  for (const { name, shape, value, gradient } of learnt) {
    const first = ports.read(moment(`${name}.m`, shape));
    const second = ports.read(moment(`${name}.v`, shape));
    const nextFirst = add(mul(first, spec.beta1), mul(gradient, 1 - spec.beta1));
    const nextSecond = add(mul(second, spec.beta2), mul(square(gradient), 1 - spec.beta2));
    ports.write(`${name}.m`, nextFirst);
    ports.write(`${name}.v`, nextSecond);
    const change = mul(div(nextFirst, add(div(sqrt(nextSecond), root), spec.epsilon)), scale);
    ports.write(name, sub(kept ? mul(value, kept) : value, change));
  }
}

function moment(name: string, shape: readonly number[]): StateSpec {
  return { name, dtype: "f32", shape, role: "moment", initial: { kind: "constant", value: 0 } };
}

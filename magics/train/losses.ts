/**
 * Losses of a batch. Enter: a model's output and the target; leaves: one loss a row, or one number. Apart because a loss of one's own has the same
 * form: a function of (prediction, target).
 */
import { LeptonError, type LossSpec } from "@lepton/contract";
import {
  abs,
  add,
  crossEntropy,
  div,
  exp,
  huber,
  log,
  maximum,
  mean,
  mul,
  neg,
  notEqual,
  reshape,
  square,
  sub,
  sum,
  type Tensor,
} from "@lepton/graph";
import type { Nn } from "../nn/index.ts";

/** Resolves to one loss a row [B] (or [B, 1], [B, K]: the mean over a row is taken), or to one number for the whole batch. */
export type LossFunction = (prediction: Tensor, target: Tensor, nn: Nn) => Tensor;

/**
 * Mean over K of the squared differences: [B, K] and [B, K] -> [B].
 *
 * @param deviation  K deviations of the target; differences are counted in them, so that one learning rate fits targets of any size
 */
export function squaredError(deviation: readonly number[]): LossFunction {
  return (prediction, target) => {
    const difference = sub(prediction, target);
    const isScaled = deviation.some((value) => value !== 1);
    const counted = isScaled ? div(difference, difference.builder.constant(deviation)) : difference;
    return mean(square(counted), { axes: [1] });
  };
}

/**
 * Binary cross-entropy of logits z against t in {0, 1}: max(z, 0) - z t + log(1 + e^-|z|), which never overflows: [B, 1] -> [B].
 *
 * @source as TensorFlow's sigmoid_cross_entropy_with_logits
 */
export function binaryCrossEntropy(prediction: Tensor, target: Tensor): Tensor {
  const tail = log(exp(neg(abs(prediction))).add(1));
  return reshape(sub(maximum(prediction, 0), mul(prediction, target)).add(tail), ["B"]);
}

/**
 * Mean over K of Huber's loss of the differences: [B, K] and [B, K] -> [B].
 *
 * @param deviation  K deviations of the target, in which differences and delta are counted
 */
export function huberError(delta: number, deviation: readonly number[]): LossFunction {
  return (prediction, target) => {
    const { builder } = prediction;
    const counted = (x: Tensor) => div(x, builder.constant(deviation));
    return mean(huber(counted(prediction), counted(target), delta), { axes: [1] });
  };
}

/**
 * Cross-entropy of logits against class indices (i32), by log-softmax: [B, K] and [B] -> [B]. Rows of an ignored class are 0 and the others weigh
 * so much more that the mean is that of the others, as in PyTorch; a batch of ignored rows alone has loss 0.
 */
export function classLoss({ labelSmoothing = 0, ignoreIndex }: Omit<ClassLossSpec, "kind">): LossFunction {
  return (prediction, target) => {
    const rows = crossEntropy(prediction, target, {
      labelSmoothing,
      ...(ignoreIndex === undefined ? {} : { ignoreIndex }),
    });
    if (ignoreIndex === undefined) return rows;
    const counted = notEqual(target, ignoreIndex).cast("f32");
    return mul(rows, div(1, maximum(mean(counted), 1e-9)));
  };
}

type ClassLossSpec = Extract<LossSpec, { kind: "ce" }>;

/** The loss of a name. @param deviation  the target's, for mse and huber */
export function namedLoss(
  spec: Exclude<LossSpec, { kind: "module" }>,
  deviation: readonly number[] = [1],
): LossFunction {
  switch (spec.kind) {
    case "mse":
      return squaredError(deviation);
    case "huber":
      return huberError(spec.delta, deviation);
    case "bce":
      return (prediction, target) => binaryCrossEntropy(prediction, smoothed(target, spec.labelSmoothing ?? 0));
    case "ce":
      return classLoss(spec);
    default:
      return spec satisfies never;
  }
}

/** Targets 0 and 1 moved towards 1/2, as Keras's BinaryCrossentropy does. */
function smoothed(target: Tensor, by: number): Tensor {
  return by === 0 ? target : add(mul(target, 1 - by), by / 2);
}

/** The mean over the batch: sum(weight x loss) / sum(weight), or the plain mean without weights. @throws LEPTON_MODEL on a loss of another shape */
export function meanLoss(rows: Tensor, weight: Tensor | null): Tensor {
  const [first, ...rest] = rows.shape;
  if (first === undefined) return rows; // one number already
  if (first === "B") {
    const perRow = rest.length > 0 ? mean(rows, { axes: rest.map((_, axis) => axis + 1) }) : rows;
    return weight ? div(sum(mul(perRow, weight)), sum(weight)) : mean(perRow);
  }
  if (rows.shape.every((dim) => dim === 1)) return reshape(rows, []);
  throw new LeptonError(
    "LEPTON_MODEL",
    `loss: must be one number or one a row, [B] or [B, 1], got shape [${rows.shape.join(", ")}].`,
  );
}

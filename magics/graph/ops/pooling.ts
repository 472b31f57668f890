/** Pooling of images [B, H, W, C]: the largest or the mean of a window. Only max needs operators; means are made of others. */
import { type Dense, dense } from "../dense.ts";
import {
  type Attributes,
  type Call,
  floats,
  numbersOf,
  type Operator,
  requireDType,
  type ValueType,
} from "../operator.ts";
import type { Tensor } from "../tensor.ts";
import { channelsFirst, conv2d, expandedBefore, imageShape } from "./convolution.ts";
import { mul } from "./elementwise.ts";
import { max, mean } from "./reductions.ts";
import { reshape } from "./shape.ts";
import {
  checkedWindow,
  eachTap,
  type Pair,
  type PairLike,
  toPair,
  type Window,
  type WindowOptions,
  windowAttributes,
  windowOf,
} from "./window.ts";

/**
 * The largest element of each window; the stride is the window's size when left out. Tied elements share the gradient.
 * relu and a bias for each channel are applied after the pool instead of before it: the same numbers, computed on fewer elements.
 */
export function maxPool2d(x: Tensor, size: PairLike = 2, options: WindowOptions = {}): Tensor {
  const { builder } = x;
  const node = builder.producer(x.id);
  if (node?.op === "relu") return builder.apply("relu", [maxPool2d(builder.tensor(node.inputs[0]!), size, options)]);
  if (node?.op === "add") {
    const [image, bias] = node.inputs.map((id) => builder.tensor(id));
    const perChannel = bias!.shape.length <= 1 && image!.rank === 4;
    if (perChannel) return builder.apply("add", [maxPool2d(image!, size, options), bias!]);
  }
  const kernel = toPair(size);
  const attributes = windowAttributes(x.shape.slice(1, 3) as unknown as Pair, kernel, { stride: kernel, ...options });
  return builder.apply("maxPool2d", [x], { ...attributes, kernel });
}

/** The mean of each window; the stride is the window's size when left out. Padding is not counted. */
export function avgPool2d(x: Tensor, size: PairLike = 2, options: WindowOptions = {}): Tensor {
  const kernel = toPair(size);
  const input = x.shape.slice(1, 3) as unknown as Pair;
  const channels = x.shape[3] as number;
  const given = { stride: kernel, ...options };
  const ones = x.builder.constant(
    new Float64Array(kernel[0] * kernel[1] * channels).fill(1),
    [...kernel, 1, channels],
    x.dtype,
  );
  const total = conv2d(x, ones, { ...given, groups: channels });
  const window = windowOf(input, kernel, windowAttributes(input, kernel, given));
  return mul(total, x.builder.constant(shares(window), [1, ...window.output, 1], x.dtype));
}

/** One over the number of elements that each window covers. */
function shares(window: Window): Float64Array {
  const counts = new Float64Array(window.output[0] * window.output[1]);
  eachTap(window, (place) => {
    counts[place]! += 1;
  });
  return counts.map((n) => 1 / n);
}

/** [B, H, W, C] -> [B, C] */
export const globalAvgPool2d = (x: Tensor): Tensor => mean(x, { axes: [1, 2] });
/** [B, H, W, C] -> [B, C] */
export const globalMaxPool2d = (x: Tensor): Tensor => max(x, { axes: [1, 2] });

/** [B, T, C] -> [B, OT, C] */
export function maxPool1d(x: Tensor, size = 2, options: { stride?: number; padding?: "same" | "valid" } = {}): Tensor {
  const [batch, time, channels] = x.shape;
  const image = reshape(x, [batch!, 1, time!, channels!]);
  const { stride = size, padding = "valid" } = options;
  const y = maxPool2d(image, [1, size], { stride: [1, stride], padding });
  return reshape(y, [batch!, y.shape[2]!, channels!]);
}

function inferPool(call: Call): ValueType {
  requireDType(call, 0, ...floats);
  const image = imageShape(call, 0);
  const { output } = checkedWindow(call, image.size, numbersOf(call.attributes, "kernel") as Pair);
  return { dtype: call.inputs[0]!.dtype, shape: [image.batch, ...output, image.channels] };
}

/** The window of a pool over x. */
export function poolWindow(shape: readonly unknown[], attributes: Attributes): Window {
  return windowOf(shape.slice(1, 3) as unknown as Pair, numbersOf(attributes, "kernel") as Pair, attributes);
}

/** Calls `visit` with the positions in x and y of each element that a window covers. */
function eachCovered(x: Dense, attributes: Attributes, visit: (from: number, to: number) => void): void {
  const window = poolWindow(x.shape, attributes);
  const [batch, channels] = [x.shape[0]!, x.shape[3]!];
  const [pixels, places] = [window.input[0] * window.input[1], window.output[0] * window.output[1]];
  for (let b = 0; b < batch; b++)
    eachTap(window, (place, pixel) => {
      for (let c = 0; c < channels; c++)
        visit((b * pixels + pixel) * channels + c, (b * places + place) * channels + c);
    });
}

const evaluatePool: Operator["evaluate"] = ([x], attributes, [out]) => {
  const y = dense(out!.shape, () => Number.NEGATIVE_INFINITY);
  eachCovered(x!, attributes, (from, to) => {
    y.data[to] = Math.max(y.data[to]!, x!.data[from]!);
  });
  return [y];
};

/** Each of k tied elements of a window gets 1/k of its gradient. */
const evaluatePoolGradient: Operator["evaluate"] = ([x, y, g], attributes) => {
  const ties = dense(y!.shape);
  eachCovered(x!, attributes, (from, to) => {
    if (x!.data[from] === y!.data[to]) ties.data[to]! += 1;
  });
  const result = dense(x!.shape);
  eachCovered(x!, attributes, (from, to) => {
    if (x!.data[from] === y!.data[to]) result.data[from]! += g!.data[to]! / ties.data[to]!;
  });
  return [result];
};

export const poolingOperators: readonly Operator[] = [
  {
    name: "maxPool2d",
    doc: "the largest element of each window of images [B, H, W, C]",
    infer: (call) => [inferPool(call)],
    evaluate: evaluatePool,
    gradient: ({ inputs: [x], outputs: [y], gradients: [g], attributes }) => [
      x!.builder.apply("maxPool2dGradient", [x!, y!, g!], attributes),
    ],
    lower: ({ inputs, attributes }, emitter) => {
      const options = {
        kernel_shape: numbersOf(attributes, "kernel"),
        strides: numbersOf(attributes, "strides"),
        dilations: numbersOf(attributes, "dilations"),
        pads: numbersOf(attributes, "pads"),
      };
      return [channelsFirst(inputs[0]!, emitter, (x) => emitter.emit("MaxPool", [x], options))];
    },
  },
  {
    name: "maxPool2dGradient",
    doc: "maxPool2d's gradient by its image; tied elements share it",
    infer: (call) => [call.inputs[0]!],
    evaluate: evaluatePoolGradient,
    lower: expandedBefore,
  },
];

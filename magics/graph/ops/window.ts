/** Where a sliding window of two axes looks: the arithmetic that convolutions and pooling share. Images are [B, H, W, C]. */
import { type Attributes, type Call, numbersOf, refuse } from "../operator.ts";

export type Pair = readonly [number, number];
/** One number for both axes, or one each (height, width). */
export type PairLike = number | Pair;
/** "same": as many outputs as inputs / stride; "valid": only whole windows; numbers: that many zeros on each side. */
export type Padding = "same" | "valid" | PairLike;

export interface WindowOptions {
  readonly stride?: PairLike;
  readonly padding?: Padding;
  readonly dilation?: PairLike;
}

/** A window over images of one size. `pads` is top, left, bottom, right. */
export interface Window {
  readonly input: Pair;
  readonly kernel: Pair;
  readonly strides: Pair;
  readonly dilations: Pair;
  readonly pads: readonly [number, number, number, number];
  readonly output: Pair;
}

export const toPair = (value: PairLike): Pair => (typeof value === "number" ? [value, value] : value);

/** What a node stores: strides, dilations and pads as numbers. */
export function windowAttributes(input: Pair, kernel: Pair, options: WindowOptions): Attributes {
  const strides = toPair(options.stride ?? 1);
  const dilations = toPair(options.dilation ?? 1);
  const padding = options.padding ?? "valid";
  const sides = [0, 1].map((i) => padAxis(input[i]!, kernel[i]!, strides[i]!, dilations[i]!, padding, i));
  return { strides, dilations, pads: [sides[0]![0], sides[1]![0], sides[0]![1], sides[1]![1]] };
}

/** @source "same" as TensorFlow and Keras do it: what is odd goes to the end */
function padAxis(size: number, kernel: number, stride: number, dilation: number, padding: Padding, axis: number): Pair {
  if (padding === "valid") return [0, 0];
  if (padding !== "same") return [toPair(padding)[axis]!, toPair(padding)[axis]!];
  const total = Math.max((Math.ceil(size / stride) - 1) * stride + (kernel - 1) * dilation + 1 - size, 0);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

/** The window that attributes describe; `output` below 1 means that the kernel does not fit. */
export function windowOf(input: Pair, kernel: Pair, attributes: Attributes): Window {
  const strides = numbersOf(attributes, "strides") as Pair;
  const dilations = numbersOf(attributes, "dilations") as Pair;
  const pads = numbersOf(attributes, "pads") as Window["pads"];
  const size = (i: 0 | 1) => {
    const room = input[i] + pads[i]! + pads[i + 2]! - ((kernel[i] - 1) * dilations[i] + 1);
    return Math.floor(room / strides[i]) + 1;
  };
  return { input, kernel, strides, dilations, pads, output: [size(0), size(1)] };
}

/** Like windowOf, for a shape rule. @throws LEPTON_SHAPE when the kernel is larger than the padded image */
export function checkedWindow(call: Call, input: Pair, kernel: Pair): Window {
  const window = windowOf(input, kernel, call.attributes);
  if ([...window.strides, ...window.dilations].some((n) => n < 1))
    refuse(call, "stride and dilation must be at least 1");
  if (window.output.some((n) => n < 1))
    refuse(call, `a window of ${kernel.join(" x ")} must fit into the padded image`);
  return window;
}

/** Calls `visit` with each pair of an output position and an input position that its window covers; `tap` counts inside the kernel. */
export function eachTap(window: Window, visit: (output: number, input: number, tap: number) => void): void {
  const { input, kernel, strides, dilations, pads, output } = window;
  for (let oy = 0; oy < output[0]; oy++)
    for (let ox = 0; ox < output[1]; ox++)
      for (let ky = 0; ky < kernel[0]; ky++)
        for (let kx = 0; kx < kernel[1]; kx++) {
          const y = oy * strides[0] - pads[0] + ky * dilations[0];
          const x = ox * strides[1] - pads[1] + kx * dilations[1];
          const inside = y >= 0 && y < input[0] && x >= 0 && x < input[1];
          if (inside) visit(oy * output[1] + ox, y * input[1] + x, ky * kernel[1] + kx);
        }
}

/**
 * Convolution of images [B, H, W, C] with filters [KH, KW, C / groups, K], and its two gradients as operators of their own. The three are one
 * bilinear form, so that each one's gradient is the other two. In ONNX the gradients are products of matrices: see onnx/convolutions.ts.
 */
import { type Dense, dense } from "../dense.ts";
import {
  type Attributes,
  type Call,
  type Emitter,
  floats,
  type Lowered,
  numberOf,
  numbersOf,
  type Operator,
  refuse,
  requireDType,
  type ValueType,
} from "../operator.ts";
import type { Tensor } from "../tensor.ts";
import { reshape } from "./shape.ts";
import {
  checkedWindow,
  eachTap,
  type Pair,
  toPair,
  type Window,
  type WindowOptions,
  windowAttributes,
  windowOf,
} from "./window.ts";

export interface ConvolutionOptions extends WindowOptions {
  /** Channels are cut into groups that do not see each other; as many groups as channels is depthwise. */
  readonly groups?: number;
}

/** [B, H, W, C] with filter [KH, KW, C / groups, K] -> [B, OH, OW, K]. */
export function conv2d(x: Tensor, filter: Tensor, options: ConvolutionOptions = {}): Tensor {
  const attributes = windowAttributes(imageSize(x), filter.shape.slice(0, 2) as unknown as Pair, options);
  return x.builder.apply("conv2d", [x, filter], { ...attributes, groups: options.groups ?? 1 });
}

/** [B, T, C] with filter [KT, C / groups, K] -> [B, OT, K]. */
export function conv1d(x: Tensor, filter: Tensor, options: ConvolutionOptions = {}): Tensor {
  const [batch, time, channels] = x.shape;
  const alongTime = (value: ConvolutionOptions["stride"]) =>
    value === undefined ? 1 : ([1, toPair(value)[1]] as const);
  const padding = typeof options.padding === "number" ? ([0, options.padding] as const) : options.padding;
  const y = conv2d(reshape(x, [batch!, 1, time!, channels!]), reshape(filter, [1, ...filter.shape]), {
    ...options,
    stride: alongTime(options.stride),
    dilation: alongTime(options.dilation),
    padding: padding ?? "valid",
  });
  return reshape(y, [batch!, y.shape[2]!, y.shape[3]!]);
}

/**
 * The transpose of conv2d: [B, OH, OW, K] with filter [KH, KW, C / groups, K] -> [B, H, W, C], where conv2d of the result has x's size.
 *
 * @param size  height and width of the result; (OH - 1) * stride + KH when left out
 */
export function convTranspose2d(x: Tensor, filter: Tensor, options: ConvolutionOptions & { size?: Pair } = {}): Tensor {
  const [height, width] = imageSize(x);
  const [stride, dilation, kernel] = [toPair(options.stride ?? 1), toPair(options.dilation ?? 1), filter.shape];
  const reach = (n: number, i: 0 | 1) => (n - 1) * stride[i] + ((kernel[i] as number) - 1) * dilation[i] + 1;
  const size = options.size ?? [reach(height, 0), reach(width, 1)];
  const attributes = windowAttributes(size, kernel.slice(0, 2) as unknown as Pair, options);
  return x.builder.apply("conv2dInputGradient", [x, filter], { ...attributes, groups: options.groups ?? 1, size });
}

function imageSize(x: Tensor): Pair {
  const [height, width] = x.shape.slice(1, 3);
  return [typeof height === "number" ? height : Number.NaN, typeof width === "number" ? width : Number.NaN];
}

interface Channels {
  readonly groups: number;
  /** Of the image, of the result, and both within a group. */
  readonly from: number;
  readonly to: number;
}

/** The parts of an image's shape. @throws LEPTON_SHAPE unless it is [batch, height, width, channels] with fixed sizes */
export function imageShape(call: Call, index: number) {
  const { shape } = call.inputs[index]!;
  const [height, width, channels] = shape.slice(1);
  if (shape.length !== 4 || typeof height !== "number" || typeof width !== "number" || typeof channels !== "number")
    return refuse(call, "images must be [batch, height, width, channels] with fixed sizes");
  return { batch: shape[0]!, size: [height, width] as Pair, channels };
}

function filterShape(call: Call) {
  const { shape } = call.inputs[1]!;
  if (shape.length !== 4) return refuse(call, "a filter must be [height, width, channels / groups, outputs]");
  const [height, width, channels, outputs] = shape as readonly number[] as [number, number, number, number];
  return { kernel: [height, width] as Pair, channels, outputs };
}

function requireChannels(call: Call, image: number, filter: number, outputs: number): void {
  const groups = numberOf(call.attributes, "groups");
  if (filter * groups !== image)
    refuse(
      call,
      `the filter's channels (${filter}) times groups (${groups}) must equal the image's channels (${image})`,
    );
  if (outputs % groups !== 0) refuse(call, `outputs (${outputs}) must be a multiple of groups (${groups})`);
}

function inferConv(call: Call): ValueType {
  requireDType(call, 0, ...floats);
  const image = imageShape(call, 0);
  const filter = filterShape(call);
  requireChannels(call, image.channels, filter.channels, filter.outputs);
  const { output } = checkedWindow(call, image.size, filter.kernel);
  return { dtype: call.inputs[0]!.dtype, shape: [image.batch, ...output, filter.outputs] };
}

function inferInputGradient(call: Call): ValueType {
  const result = imageShape(call, 0);
  const filter = filterShape(call);
  const size = numbersOf(call.attributes, "size") as Pair;
  const { output } = checkedWindow(call, size, filter.kernel);
  if (output[0] !== result.size[0] || output[1] !== result.size[1] || filter.outputs !== result.channels)
    refuse(call, `a convolution of ${size.join(" x ")} gives ${output.join(" x ")} x ${filter.outputs}`);
  const channels = filter.channels * numberOf(call.attributes, "groups");
  return { dtype: call.inputs[0]!.dtype, shape: [result.batch, ...size, channels] };
}

function inferFilterGradient(call: Call): ValueType {
  const image = imageShape(call, 0);
  const result = imageShape(call, 1);
  const kernel = numbersOf(call.attributes, "kernel") as Pair;
  const { output } = checkedWindow(call, image.size, kernel);
  if (output[0] !== result.size[0] || output[1] !== result.size[1])
    refuse(call, `a convolution with ${kernel.join(" x ")} gives ${output.join(" x ")}`);
  const groups = numberOf(call.attributes, "groups");
  return { dtype: call.inputs[0]!.dtype, shape: [...kernel, image.channels / groups, result.channels] };
}

/** Every product of the bilinear form, by the positions of its factors in image, filter and result. */
function eachProduct(
  batch: number,
  window: Window,
  { groups, from, to }: Channels,
  visit: (image: number, filter: number, result: number) => void,
): void {
  const [pixels, places] = [window.input[0] * window.input[1], window.output[0] * window.output[1]];
  const [inside, outside] = [from / groups, to / groups];
  for (let b = 0; b < batch; b++)
    eachTap(window, (place, pixel, tap) => {
      for (let c = 0; c < from; c++)
        for (let k = 0; k < outside; k++) {
          const output = Math.floor(c / inside) * outside + k;
          const filter = (tap * inside + (c % inside)) * to + output;
          visit((b * pixels + pixel) * from + c, filter, (b * places + place) * to + output);
        }
    });
}

/** Geometry of one of the three, from the shapes of its image, filter and result. */
function geometry(
  image: readonly number[],
  filter: readonly number[],
  result: readonly number[],
  attributes: Attributes,
) {
  const window = windowOf([image[1]!, image[2]!], [filter[0]!, filter[1]!], attributes);
  return { window, channels: { groups: numberOf(attributes, "groups"), from: image[3]!, to: result[3]! } };
}

function evaluateWith(
  shapes: readonly [readonly number[], readonly number[], readonly number[]],
  attributes: Attributes,
  result: Dense,
  add: (image: number, filter: number, result: number) => void,
): readonly Dense[] {
  const { window, channels } = geometry(...shapes, attributes);
  eachProduct(shapes[0][0]!, window, channels, add);
  return [result];
}

const dataOf = (array: Dense | undefined): Float64Array => array!.data;

/** With the batch in front of channels around it, as ONNX wants images: onnxruntime removes the pairs of transposes that meet. */
export function channelsFirst(name: string, { emit }: Emitter, compute: (x: string) => string): string {
  return emit("Transpose", [compute(emit("Transpose", [name], { perm: [0, 3, 1, 2] }))], { perm: [0, 2, 3, 1] });
}

function lowerConv({ inputs, attributes }: Lowered, emitter: Emitter): readonly string[] {
  const { emit } = emitter;
  const filter = emit("Transpose", [inputs[1]!], { perm: [3, 2, 0, 1] });
  const options = {
    strides: numbersOf(attributes, "strides"),
    dilations: numbersOf(attributes, "dilations"),
    pads: numbersOf(attributes, "pads"),
    group: numberOf(attributes, "groups"),
  };
  return [channelsFirst(inputs[0]!, emitter, (x) => emit("Conv", [x, filter], options))];
}

/** For operators that onnx/convolutions.ts has written as others before any lowering. */
export function expandedBefore(): never {
  throw new Error("a gradient of windows reached its lowering; expandConvolutions comes first");
}

/** What all three have in common. */
function shared({ strides, dilations, pads, groups }: Attributes): Attributes {
  return { strides: strides!, dilations: dilations!, pads: pads!, groups: groups! };
}

const forward = (x: Tensor, filter: Tensor, attributes: Attributes): Tensor =>
  x.builder.apply("conv2d", [x, filter], shared(attributes));
const backToInput = (g: Tensor, filter: Tensor, like: Tensor, attributes: Attributes): Tensor =>
  g.builder.apply("conv2dInputGradient", [g, filter], { ...shared(attributes), size: imageSize(like) });
const backToFilter = (x: Tensor, g: Tensor, like: Tensor, attributes: Attributes): Tensor =>
  x.builder.apply("conv2dFilterGradient", [x, g], {
    ...shared(attributes),
    kernel: like.shape.slice(0, 2) as readonly number[],
  });

export const convolutionOperators: readonly Operator[] = [
  {
    name: "conv2d",
    doc: "convolution of images [B, H, W, C] with filters [KH, KW, C / groups, K]",
    infer: (call) => [inferConv(call)],
    evaluate: ([x, filter], attributes, [out]) => {
      const y = dense(out!.shape);
      return evaluateWith([x!.shape, filter!.shape, out!.shape], attributes, y, (i, f, o) => {
        y.data[o]! += dataOf(x)[i]! * dataOf(filter)[f]!;
      });
    },
    gradient: ({ inputs: [x, filter], gradients: [g], attributes, wanted }) => [
      wanted[0] ? backToInput(g!, filter!, x!, attributes) : null,
      wanted[1] ? backToFilter(x!, g!, filter!, attributes) : null,
    ],
    lower: lowerConv,
  },
  {
    name: "conv2dInputGradient",
    doc: "conv2d's gradient by its image; also convTranspose2d",
    infer: (call) => [inferInputGradient(call)],
    evaluate: ([g, filter], attributes, [out]) => {
      const x = dense(out!.shape);
      return evaluateWith([out!.shape, filter!.shape, g!.shape], attributes, x, (i, f, o) => {
        x.data[i]! += dataOf(g)[o]! * dataOf(filter)[f]!;
      });
    },
    gradient: ({ inputs: [result, filter], gradients: [g], attributes, wanted }) => [
      wanted[0] ? forward(g!, filter!, attributes) : null,
      wanted[1] ? backToFilter(g!, result!, filter!, attributes) : null,
    ],
    lower: expandedBefore,
  },
  {
    name: "conv2dFilterGradient",
    doc: "conv2d's gradient by its filter",
    infer: (call) => [inferFilterGradient(call)],
    evaluate: ([x, g], attributes, [out]) => {
      const filter = dense(out!.shape);
      return evaluateWith([x!.shape, out!.shape, g!.shape], attributes, filter, (i, f, o) => {
        filter.data[f]! += dataOf(x)[i]! * dataOf(g)[o]!;
      });
    },
    gradient: ({ inputs: [x, result], gradients: [g], attributes, wanted }) => [
      wanted[0] ? backToInput(result!, g!, x!, attributes) : null,
      wanted[1] ? forward(x!, g!, attributes) : null,
    ],
    lower: expandedBefore,
  },
];

/**
 * Convolutions and pools of images [B, H, W, C] as ATen calls. torch wants [B, C, H, W]: images are turned by views, whose memory is what torch calls
 * channels last, so nothing is copied for it.
 */
import type { Slot } from "../raw/call.ts";
import { type Attributes, castTo, type Emitter, type Lower, numberOf, numbersOf, type Value } from "./emitter.ts";
import { padded } from "./shapes.ts";

const channelsFirst = (x: Slot, { call }: Emitter): Slot => call("permute", x, [0, 3, 1, 2]);
const channelsLast = (x: Slot, { call }: Emitter): Slot => call("permute", x, [0, 2, 3, 1]);
/** [KH, KW, C / groups, K] -> [K, C / groups, KH, KW] */
const filterFirst = (filter: Slot, { call }: Emitter): Slot => call("permute", filter, [3, 2, 0, 1]);

interface Geometry {
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Zeros on both sides that torch adds itself. */
  readonly padding: readonly number[];
  /** Zeros that must be added before, where the sides differ: top, left, bottom, right. */
  readonly extra: readonly number[] | null;
  readonly groups: number;
}

function geometryOf(attributes: Attributes): Geometry {
  const pads = numbersOf(attributes, "pads");
  const isEven = pads[0] === pads[2] && pads[1] === pads[3];
  return {
    strides: numbersOf(attributes, "strides"),
    dilations: numbersOf(attributes, "dilations"),
    padding: isEven ? pads.slice(0, 2) : [0, 0],
    extra: isEven ? null : pads,
    groups: attributes.groups === undefined ? 1 : numberOf(attributes, "groups"),
  };
}

/** x [B, H, W, C] with a border where torch cannot add it itself. */
function bordered(x: Slot, extra: readonly number[] | null, value: number, emitter: Emitter): Slot {
  if (!extra) return x;
  const [top, left, bottom, right] = extra as [number, number, number, number];
  return padded(x, [0, top, left, 0], [0, bottom, right, 0], value, emitter);
}

const conv2d: Lower = ({ inputs: [x, filter], attributes }, emitter) => {
  const { strides, dilations, padding, extra, groups } = geometryOf(attributes);
  const image = channelsFirst(bordered(x!, extra, 0, emitter), emitter);
  const weight = filterFirst(filter!, emitter);
  const y = emitter.call("convolution", image, weight, null, strides, padding, dilations, false, [0, 0], groups);
  return [channelsLast(y, emitter)];
};

/** The transposed convolution; what a stride left over at the end is torch's output padding. */
const conv2dInputGradient: Lower = ({ inputs: [g, filter], outputs: [out], attributes }, emitter) => {
  const { strides, dilations, padding, extra, groups } = geometryOf(attributes);
  const size = [0, 1].map((i) => out!.shape[i + 1]! + (extra ? extra[i]! + extra[i + 2]! : 0));
  const rest = size.map((whole, i) => {
    const reach = dilations[i]! * (filter!.shape[i]! - 1) + 1;
    return whole - ((g!.shape[i + 1]! - 1) * strides[i]! - 2 * padding[i]! + reach);
  });
  const [image, weight] = [channelsFirst(g!, emitter), filterFirst(filter!, emitter)];
  const y = emitter.call("convolution", image, weight, null, strides, padding, dilations, true, rest, groups);
  return [cropped(channelsLast(y, emitter), extra, out!.shape, emitter)];
};

/** Without the border that `bordered` added. */
function cropped(x: Slot, extra: readonly number[] | null, shape: readonly number[], { call }: Emitter): Slot {
  if (!extra) return x;
  return call("narrow", call("narrow", x, 1, extra[0]!, shape[1]!), 2, extra[1]!, shape[2]!);
}

/** Apart from the gradient by the image: torch's one call for both took 1.5 times as long as this and a transposed convolution. */
const conv2dFilterGradient: Lower = ({ inputs: [x, g], outputs: [out], attributes }, emitter) => {
  const { strides, dilations, padding, extra, groups } = geometryOf(attributes);
  const [height, width, channels, outputs] = out!.shape as [number, number, number, number];
  const image = channelsFirst(bordered(x!, extra, 0, emitter), emitter);
  // Only its sizes are read.
  const zeros = new Float64Array(height * width * channels * outputs);
  const weight = emitter.constant(out!.dtype, [outputs, channels, height, width], zeros);
  const window = [strides, padding, dilations, false, [0, 0], groups] as const;
  const wanted = [false, true, false];
  const gradient = channelsFirst(g!, emitter);
  const parts = emitter.callMany("convolution_backward", 3, gradient, image, weight, null, ...window, wanted);
  return [emitter.call("permute", parts[1]!, [2, 3, 1, 0])];
};

const lowest = Number.NEGATIVE_INFINITY;

/** torch pads a pool by half a kernel at most, the same on both sides; other borders are added before, with the lowest number. */
const maxPool2d: Lower = ({ inputs: [x], attributes }, emitter) => {
  const kernel = numbersOf(attributes, "kernel");
  const { strides, dilations, padding, extra } = poolGeometry(attributes);
  const image = channelsFirst(bordered(x!, extra, lowest, emitter), emitter);
  const y = emitter.callMany("max_pool2d_with_indices", 2, image, kernel, strides, padding, dilations, false);
  return [channelsLast(y[0]!, emitter)];
};

function poolGeometry(attributes: Attributes): Geometry {
  const geometry = geometryOf(attributes);
  const kernel = numbersOf(attributes, "kernel");
  if (geometry.extra || geometry.padding.every((n, i) => 2 * n <= kernel[i]!)) return geometry;
  return { ...geometry, padding: [0, 0], extra: numbersOf(attributes, "pads") };
}

/** Tied elements of a window share its gradient; torch's own gradient would give all to the first. */
const maxPool2dGradient: Lower = ({ inputs: [x, y, g], attributes }, emitter) => {
  const kernel = numbersOf(attributes, "kernel");
  const { strides, dilations, padding } = geometryOf(attributes);
  const pads = numbersOf(attributes, "pads");
  const isTiled = strides.every((n, i) => n === kernel[i] && dilations[i] === 1) && pads.every((n) => n === 0);
  const given = { x: x!, y: y!, g: g!, kernel };
  if (isTiled) return [tiledGradient(given, emitter)];
  const extra = padding.every((n) => n === 0) && pads.every((n) => n === 0) ? null : pads;
  return [overlappingGradient(given, { strides, dilations, extra }, emitter)];
};

interface Pooled {
  readonly x: Value;
  readonly y: Value;
  readonly g: Value;
  readonly kernel: readonly number[];
}

/** What every element of a window gets: its gradient over the number of ties, where it is the largest. */
function shares(elements: Slot, y: Slot, g: Slot, axes: readonly number[], { dtype }: Value, emitter: Emitter): Slot {
  const mask = castTo(emitter.call("eq.Tensor", elements, y), "bool", dtype, emitter);
  const ties = emitter.call("sum.dim_IntList", mask, axes, true, null);
  return emitter.call("mul.Tensor", mask, emitter.call("div.Tensor", g, ties));
}

/** Windows side by side are two axes of a reshape: [B, OH, KH, OW, KW, C]. */
function tiledGradient({ x, y, g, kernel }: Pooled, emitter: Emitter): Slot {
  const { call } = emitter;
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const [, rows, columns] = y.shape as [number, number, number, number];
  const [kh, kw] = kernel as [number, number];
  const covered = [rows * kh, columns * kw] as const;
  let image: Slot = x;
  if (covered[0] < height) image = call("narrow", image, 1, 0, covered[0]);
  if (covered[1] < width) image = call("narrow", image, 2, 0, covered[1]);
  const windows = call("reshape", image, [batch, rows, kh, columns, kw, channels]);
  const one = [batch, rows, 1, columns, 1, channels];
  const mask = castTo(call("eq.Tensor", windows, call("reshape", y, one)), "bool", x.dtype, emitter);
  const ties = addedAlong(addedAlong(mask, 2, kh, emitter), 4, kw, emitter);
  const shared = call("mul.Tensor", mask, call("div.Tensor", call("reshape", g, one), ties));
  const flat = call("reshape", shared, [batch, covered[0], covered[1], channels]);
  if (covered[0] === height && covered[1] === width) return flat;
  return padded(flat, [0, 0, 0, 0], [0, height - covered[0], width - covered[1], 0], 0, emitter);
}

/** The sum along a short axis by additions of its parts: torch's reduction over an axis in the middle took five times as long. */
function addedAlong(x: Slot, axis: number, size: number, { call, subtract }: Emitter): Slot {
  const parts = Array.from({ length: size }, (_, i) => call("narrow", x, axis, i, 1));
  return parts.reduce((total, part) => subtract(total, part, -1));
}

/** Windows that overlap are unfolded to columns [B, C, KH * KW, OH * OW], and folded back by adding. */
function overlappingGradient(
  { x, y, g, kernel }: Pooled,
  window: { strides: readonly number[]; dilations: readonly number[]; extra: readonly number[] | null },
  emitter: Emitter,
): Slot {
  const { call } = emitter;
  const { strides, dilations, extra } = window;
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const places = y.shape[1]! * y.shape[2]!;
  const taps = kernel[0]! * kernel[1]!;
  const size = [0, 1].map((i) => [height, width][i]! + (extra ? extra[i]! + extra[i + 2]! : 0));
  const image = channelsFirst(bordered(x, extra, lowest, emitter), emitter);
  const columns = call("im2col", image, kernel, dilations, [0, 0], strides);
  const elements = call("reshape", columns, [batch, channels, taps, places]);
  const flat = (value: Slot) => call("reshape", channelsFirst(value, emitter), [batch, channels, 1, places]);
  const shared = shares(elements, flat(y), flat(g), [2], x, emitter);
  const folded = call("reshape", shared, [batch, channels * taps, places]);
  const whole = call("col2im", folded, size, kernel, dilations, [0, 0], strides);
  return cropped(channelsLast(whole, emitter), extra, x.shape, emitter);
}

export const windows: Readonly<Record<string, Lower>> = {
  conv2d,
  conv2dInputGradient,
  conv2dFilterGradient,
  maxPool2d,
  maxPool2dGradient,
};

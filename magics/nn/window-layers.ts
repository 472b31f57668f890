/**
 * Layers that slide a window: convolutions and pooling over images [B, H, W, C] and sequences [B, T, C]. Enter: a symbolic tensor and sizes;
 * leaves: a symbolic tensor. Options are named as in Keras and PyTorch. Apart from layers.ts because they share what a window is.
 */

import type { Padding, PairLike, Tensor } from "@lepton/graph";
import * as ops from "@lepton/graph";
import { finish, fixed, type LayerOptions, type Named, needRank, positive, weightOf } from "./layer-parts.ts";
import type { ModelContext } from "./model-context.ts";

const images = "[rows, height, width, channels]";
const sequences = "[rows, time, channels]";

export interface WindowLayerOptions {
  /** How far the window moves; one number for both axes, or [height, width]. */
  readonly stride?: PairLike;
  /** valid: only where the window fits; same: zeros around, so that stride 1 keeps the size; numbers: that many zeros on each side. */
  readonly padding?: Padding;
  /** Distance of the window's elements; 1 when left out. */
  readonly dilation?: PairLike;
}

export interface Conv2dOptions extends LayerOptions, WindowLayerOptions {
  /** Height and width of the kernel; 3 when left out. */
  readonly kernel?: PairLike;
  /** Parts of the channels that do not see each other; as many as channels is depthwise. */
  readonly groups?: number;
}

/** Convolution: [B, H, W, C] -> [B, H', W', filters]. */
export function convolution2d(context: ModelContext, x: Tensor, filters: number, options: Conv2dOptions = {}): Tensor {
  return context.layer("conv2d", options.name, (name) => {
    needRank(name, images, x, 4);
    const { kernel = 3, groups = 1, stride = 1, padding = "valid", dilation = 1 } = options;
    const [height, width] = typeof kernel === "number" ? [kernel, kernel] : kernel;
    const inputs = channelsOfGroup(name, x, groups);
    const shape = [
      positive(name, "kernel", height),
      positive(name, "kernel", width),
      inputs,
      positive(name, "filters", filters),
    ];
    const weight = weightOf(context, `${name}.weight`, shape, options);
    return finish(context, name, ops.conv2d(x, weight, { stride, padding, dilation, groups }), filters, options);
  });
}

export interface Conv1dOptions extends LayerOptions {
  /** Steps of the kernel; 3 when left out. */
  readonly kernel?: number;
  readonly stride?: number;
  /** causal: zeros before, so that no step sees a later one. */
  readonly padding?: "valid" | "same" | "causal" | number;
  readonly dilation?: number;
  readonly groups?: number;
}

/** Convolution along time: [B, T, C] -> [B, T', filters]. */
export function convolution1d(context: ModelContext, x: Tensor, filters: number, options: Conv1dOptions = {}): Tensor {
  return context.layer("conv1d", options.name, (name) => {
    needRank(name, sequences, x, 3);
    const { kernel = 3, groups = 1, stride = 1, padding = "valid", dilation = 1 } = options;
    const shape = [
      positive(name, "kernel", kernel),
      channelsOfGroup(name, x, groups),
      positive(name, "filters", filters),
    ];
    const weight = weightOf(context, `${name}.weight`, shape, options);
    const before = padding === "causal" ? ops.pad(x, [0, (kernel - 1) * dilation, 0], [0, 0, 0]) : x;
    const around = padding === "causal" ? "valid" : padding;
    return finish(
      context,
      name,
      ops.conv1d(before, weight, { stride, padding: around, dilation, groups }),
      filters,
      options,
    );
  });
}

function channelsOfGroup(name: string, x: Tensor, groups: number): number {
  const channels = fixed(name, "channels", x, x.rank - 1);
  // What does not divide is told by the operator, with both shapes.
  return Math.max(1, Math.floor(channels / positive(name, "groups", groups)));
}

export type Pool2dOptions = Named & WindowLayerOptions;

/** The largest of each window: [B, H, W, C] -> [B, H / size, W / size, C]; rows and columns that do not fill a window are left out. */
export function maxPooling2d(
  context: ModelContext,
  x: Tensor,
  size: PairLike = 2,
  options: Pool2dOptions = {},
): Tensor {
  return context.layer("maxPool2d", options.name, (name) => {
    needRank(name, images, x, 4);
    const { name: _, ...window } = options;
    return ops.maxPool2d(x, size, window);
  });
}

/** The mean of each window; padding is not counted. */
export function averagePooling2d(
  context: ModelContext,
  x: Tensor,
  size: PairLike = 2,
  options: Pool2dOptions = {},
): Tensor {
  return context.layer("avgPool2d", options.name, (name) => {
    needRank(name, images, x, 4);
    const { name: _, ...window } = options;
    return ops.avgPool2d(x, size, window);
  });
}

export interface Pool1dOptions extends Named {
  readonly stride?: number;
  readonly padding?: "same" | "valid";
}

/** The largest of each window along time: [B, T, C] -> [B, T / size, C]. */
export function maxPooling1d(context: ModelContext, x: Tensor, size = 2, options: Pool1dOptions = {}): Tensor {
  return context.layer("maxPool1d", options.name, (name) => {
    needRank(name, sequences, x, 3);
    const { stride = size, padding = "valid" } = options;
    return ops.maxPool1d(x, size, { stride, padding });
  });
}

/**
 * Writes the gradients of convolutions and pools as gathers and products of matrices, on our graph, before ONNX is written: ONNX has no operator for
 * them, and this is also the fastest form known for onnxruntime (reference: docs/operators.md). A graph without such gradients is left alone, so
 * that a model that is only served keeps ONNX's Conv and MaxPool.
 *
 * Rows: an image's places as a matrix of [places of all images, channels]. One table of gathered patches serves the convolution and its filter's
 * gradient. A convolution that only a pool reads has its rows in the pool's order, so that pooling is a maximum over the outer axis.
 */
import type { Graph, GraphNode } from "@lepton/contract";
import { GraphBuilder } from "../builder.ts";
import { numberOf, numbersOf } from "../operator.ts";
import { equal } from "../ops/compare.ts";
import { div, mul } from "../ops/elementwise.ts";
import { gather } from "../ops/indexing.ts";
import { matmul } from "../ops/linear.ts";
import { pad } from "../ops/pieces.ts";
import { poolWindow } from "../ops/pooling.ts";
import { max, sum } from "../ops/reductions.ts";
import { cast, reshape, transpose } from "../ops/shape.ts";
import { type Pair, type Window, windowOf } from "../ops/window.ts";
import type { Tensor } from "../tensor.ts";
import { coverTable, paddedSize, pixelTable, plainOrder, pooledOrder } from "./window-tables.ts";

const expanded = new Set(["conv2dInputGradient", "conv2dFilterGradient", "maxPool2dGradient"]);

/** Images of at most this many channels are gathered with the batch as inner axis: a row of the batch is longer than a pixel. */
const thinChannels = 4;

export function expandConvolutions(graph: Graph): Graph {
  return graph.nodes.some((node) => expanded.has(node.op)) ? new Expansion(graph).run() : graph;
}

/** How the rows of a matrix are arranged. */
interface Order {
  /** places[i] is the place that an image's row i holds. */
  readonly places: Int32Array;
  /** Elements of a pool, each a block of rows; 1 where there is no pool. */
  readonly blocks: number;
  /** Rows of one place for all images lie together; else rows of one image. */
  readonly batchInner: boolean;
}

/** A value kept as rows only. */
interface Rows {
  readonly matrix: Tensor;
  readonly order: Order;
}

class Expansion {
  readonly #graph: Graph;
  readonly #builder = new GraphBuilder();
  readonly #tensors = new Map<string, Tensor>();
  readonly #rows = new Map<string, Rows>();
  readonly #readers = new Map<string, GraphNode[]>();
  /** convolution's value ─► the pool that alone reads it. */
  readonly #pools = new Map<string, GraphNode>();
  readonly #tables = new Map<string, Tensor>();

  constructor(graph: Graph) {
    this.#graph = graph;
    for (const node of graph.nodes)
      for (const id of node.inputs) this.#readers.set(id, [...(this.#readers.get(id) ?? []), node]);
    for (const node of graph.nodes) if (node.op === "conv2d") this.#findPool(node);
  }

  run(): Graph {
    const { inputs, constants, nodes, outputs } = this.#graph;
    for (const { id, dtype, shape } of inputs) this.#tensors.set(id, this.#builder.input(id, dtype, shape));
    for (const { id, dtype, shape, values } of constants)
      this.#tensors.set(id, this.#builder.constant(values, shape, dtype));
    for (const node of nodes) this.#builder.label(node.label ?? node.op, () => this.#replay(node));
    return this.#builder.build(Object.fromEntries(outputs.map(({ name, value }) => [name, this.#get(value)])));
  }

  #get(id: string): Tensor {
    return this.#tensors.get(id)!;
  }

  #replay(node: GraphNode): void {
    const [output] = node.outputs as [string];
    if (node.op === "conv2d") this.#convolve(node, output);
    else if (node.op === "conv2dFilterGradient") this.#tensors.set(output, this.#filterGradient(node));
    else if (node.op === "conv2dInputGradient") this.#tensors.set(output, this.#inputGradient(node));
    else if (node.op === "maxPool2d") this.#tensors.set(output, this.#pool(node));
    else if (node.op === "maxPool2dGradient") this.#poolGradient(node, output);
    else {
      const inputs = node.inputs.map((id) => this.#get(id));
      const made = this.#builder.applyMany(node.op, inputs, node.attributes);
      for (const [i, id] of node.outputs.entries()) this.#tensors.set(id, made[i]!);
    }
  }

  /** A convolution whose readers are one kind of pool and its gradient, which only goes back into that convolution's gradients. */
  #findPool(conv: GraphNode): void {
    const [value] = conv.outputs as [string];
    const readers = this.#readers.get(value) ?? [];
    const pool = readers.find((node) => node.op === "maxPool2d");
    if (!pool || numberOf(conv.attributes, "groups") !== 1 || !isTiling(this.#window(pool))) return;
    if (this.#graph.outputs.some((output) => output.value === value)) return;
    const sameAttributes = (node: GraphNode) => JSON.stringify(node.attributes) === JSON.stringify(pool.attributes);
    const fits = readers.every((node) => {
      if (node.op === "maxPool2d") return sameAttributes(node);
      if (node.op !== "maxPool2dGradient" || node.inputs[0] !== value || node.inputs[1] === value) return false;
      return sameAttributes(node) && node.inputs[2] !== value && this.#onlyGradients(node.outputs[0]!, conv);
    });
    if (fits) this.#pools.set(value, pool);
  }

  /** Whether a gradient is read by the two gradients of one convolution alone. */
  #onlyGradients(id: string, conv: GraphNode): boolean {
    if (this.#graph.outputs.some((output) => output.value === id)) return false;
    return (this.#readers.get(id) ?? []).every(
      ({ op, inputs }) =>
        (op === "conv2dFilterGradient" && inputs[0] === conv.inputs[0] && inputs[1] === id) ||
        (op === "conv2dInputGradient" && inputs[0] === id && inputs[1] === conv.inputs[1]),
    );
  }

  /** The window of a pool or of one of the three convolutions. */
  #window({ op, inputs, attributes }: GraphNode): Window {
    const shape = (i: number) => this.#graph.values[inputs[i]!]!.shape;
    const pair = (i: number, from: number) => shape(i).slice(from, from + 2) as unknown as Pair;
    if (op === "conv2d") return windowOf(pair(0, 1), pair(1, 0), attributes);
    if (op === "conv2dFilterGradient") return windowOf(pair(0, 1), numbersOf(attributes, "kernel") as Pair, attributes);
    if (op === "conv2dInputGradient") return windowOf(numbersOf(attributes, "size") as Pair, pair(1, 0), attributes);
    return poolWindow(shape(0), attributes);
  }

  #convolve(node: GraphNode, output: string): void {
    const [x, filter] = node.inputs.map((id) => this.#get(id)) as [Tensor, Tensor];
    const window = this.#window(node);
    const pool = this.#pools.get(output);
    const order = orderOf(x, window, pool && this.#window(pool), numberOf(node.attributes, "groups"));
    const product = this.#multiply(this.#patches(x, window, order), filter, node, order);
    if (pool) this.#rows.set(output, { matrix: product, order });
    else this.#tensors.set(output, toImages(product, order, this.#graph.values[output]!.shape as readonly number[]));
  }

  /** Patches times filter: [rows, K]. */
  #multiply(patches: Tensor, filter: Tensor, { attributes }: GraphNode, order: Order): Tensor {
    const groups = numberOf(attributes, "groups");
    if (groups === 1) return matmul(patches, asMatrix(filter), { transposeA: order.batchInner });
    const product = matmul(groupPatches(patches, filter, groups), groupFilter(filter, groups)); // [G, R, K / G]
    return reshape(transpose(product, [1, 0, 2]), [-1, filter.shape[3]!]);
  }

  /** [rows, KH * KW * C], or its transpose where the batch is the inner axis. Equal calls share one tensor. */
  #patches(x: Tensor, window: Window, { places, batchInner }: Order): Tensor {
    const [batch, , , channels] = x.shape as readonly [number, number, number, number];
    const [top, left, bottom, right] = window.pads;
    const padded = pad(x, [0, top, left, 0], [0, bottom, right, 0]);
    const pixels = paddedSize(window).reduce((a, b) => a * b);
    const taps = window.kernel[0] * window.kernel[1];
    const table = pixelTable(window, places);
    if (!batchInner) {
      const picked = gather(reshape(padded, [batch, pixels, channels]), this.#table(table), 1);
      return reshape(picked, [-1, taps * channels]);
    }
    const turned = reshape(transpose(reshape(padded, [batch, pixels * channels])), [pixels * channels, batch]);
    return reshape(gather(turned, this.#table(channelTable(table, taps, channels)), 0), [taps * channels, -1]);
  }

  #filterGradient(node: GraphNode): Tensor {
    const x = this.#get(node.inputs[0]!);
    const shape = this.#graph.values[node.outputs[0]!]!.shape;
    const groups = numberOf(node.attributes, "groups");
    const window = this.#window(node);
    const known = this.#rows.get(node.inputs[1]!);
    const order = known?.order ?? orderOf(x, window, undefined, groups);
    const g = known?.matrix ?? toRows(this.#get(node.inputs[1]!), order);
    const patches = this.#patches(x, window, order);
    if (groups === 1) return reshape(matmul(patches, g, { transposeA: !order.batchInner }), shape);
    const like = { shape } as Tensor;
    const parts = transpose(reshape(g, [-1, groups, (shape[3] as number) / groups]), [1, 0, 2]); // [G, R, K / G]
    const product = matmul(groupPatches(patches, like, groups), parts, { transposeA: true }); // [G, taps * C / G, K / G]
    return reshape(transpose(product, [1, 0, 2]), shape);
  }

  /** Each place's gradient times the filter gives what it passes to the pixels under its window; each pixel sums what covers it. */
  #inputGradient(node: GraphNode): Tensor {
    const filter = this.#get(node.inputs[1]!);
    const known = this.#rows.get(node.inputs[0]!);
    const window = this.#window(node);
    const places = known?.order.places ?? plainOrder(window);
    const cover = coverTable(window, places);
    const shape = this.#graph.values[node.outputs[0]!]!.shape as readonly number[];
    const [groups, taps] = [numberOf(node.attributes, "groups"), window.kernel[0] * window.kernel[1]];
    const images = known ? imageRows(known) : this.#get(node.inputs[0]!);
    const rows = reshape(images, [shape[0]!, places.length, filter.shape[3]!]);
    // A row of zeros at the end stands for windows that are not there.
    const whole = cover.partial ? pad(rows, [0, 0, 0], [0, 1, 0]) : rows;
    const flat = reshape(whole, [-1, filter.shape[3]!]);
    const passed =
      groups === 1 ? matmul(flat, asMatrix(filter), { transposeB: true }) : passGroups(flat, filter, groups);
    const count = (places.length + (cover.partial ? 1 : 0)) * taps;
    return this.#sumCovers(reshape(passed, [shape[0]!, count, shape[3]!]), cover, shape);
  }

  /** [B, rows, C] ─► [B, H, W, C] */
  #sumCovers(rows: Tensor, { table, width }: ReturnType<typeof coverTable>, shape: readonly number[]): Tensor {
    const picked = gather(rows, this.#table(table), 1);
    if (width === 1) return reshape(picked, shape);
    const parts = reshape(picked, [shape[0]!, shape[1]! * shape[2]!, width, shape[3]!]);
    return reshape(sum(parts, { axes: [2] }), shape);
  }

  /** Each window's elements on an axis of their own: [B, taps, windows * C], or [taps, windows * B * C]. */
  #windowElements(node: GraphNode): { elements: Tensor; axis: number; order: Order; window: Window } {
    const window = this.#window(node);
    const blocks = window.kernel[0] * window.kernel[1];
    const known = this.#rows.get(node.inputs[0]!);
    if (known) {
      const { matrix, order } = known;
      if (order.batchInner) return { elements: reshape(matrix, [blocks, -1]), axis: 0, order, window };
      const columns = (order.places.length / blocks) * (matrix.shape[1] as number);
      return { elements: reshape(matrix, [-1, blocks, columns]), axis: 1, order, window };
    }
    return { ...this.#gatherWindows(this.#get(node.inputs[0]!), window), axis: 1, window };
  }

  #gatherWindows(x: Tensor, window: Window): { elements: Tensor; order: Order } {
    const [batch, , , channels] = x.shape as readonly [number, number, number, number];
    const [top, left, bottom, right] = window.pads;
    const lowest = x.dtype === "f32" ? -3.4e38 : -1e308;
    const padded = pad(x, [0, top, left, 0], [0, bottom, right, 0], lowest);
    const pixels = paddedSize(window).reduce((a, b) => a * b);
    const [taps, windows] = [window.kernel[0] * window.kernel[1], window.output[0] * window.output[1]];
    const table = turnTable(pixelTable(window, plainOrder(window)), windows, taps);
    const picked = gather(reshape(padded, [batch, pixels, channels]), this.#table(table), 1);
    const order = { places: plainOrder(window), blocks: taps, batchInner: false };
    return { elements: reshape(picked, [batch, taps, windows * channels]), order };
  }

  #pool(node: GraphNode): Tensor {
    const shape = this.#graph.values[node.outputs[0]!]!.shape as readonly number[];
    const { elements, axis, order } = this.#windowElements(node);
    const largest = max(elements, { axes: [axis] });
    if (!order.batchInner) return reshape(largest, shape);
    const turned = reshape(largest, [shape[1]! * shape[2]!, shape[0]!, shape[3]!]);
    return reshape(transpose(turned, [1, 0, 2]), shape);
  }

  #poolGradient(node: GraphNode, output: string): void {
    const [image, y, g] = node.inputs as [string, string, string];
    const shape = this.#graph.values[image]!.shape as readonly number[];
    const { elements, axis, order, window } = this.#windowElements(node);
    const beside = (value: Tensor) =>
      axis === 0 ? reshape(batchInside(value), [1, -1]) : reshape(value, [shape[0]!, 1, -1]);
    const mask = cast(equal(elements, beside(this.#get(y))), elements.dtype);
    const ties = sum(mask, { axes: [axis], keepDims: true });
    const passed = mul(mask, div(beside(this.#get(g)), ties));
    if (this.#rows.has(image)) {
      this.#rows.set(output, { matrix: reshape(passed, [-1, shape[3]!]), order });
      return;
    }
    const windows = window.output[0] * window.output[1];
    const cover = coverTable(window, plainOrder(window));
    const rows = reshape(passed, [shape[0]!, order.blocks * windows, shape[3]!]);
    const whole = cover.partial ? pad(rows, [0, 0, 0], [0, 1, 0]) : rows;
    const table = cover.table.map((at) =>
      at === cover.missing ? at : (at % order.blocks) * windows + Math.floor(at / order.blocks),
    );
    this.#tensors.set(output, this.#sumCovers(whole, { ...cover, table }, shape));
  }

  #table(values: Int32Array): Tensor {
    const key = values.join();
    const known = this.#tables.get(key) ?? this.#builder.constant(values, [values.length], "i32");
    this.#tables.set(key, known);
    return known;
  }
}

/** Whether a pool's windows lie side by side, without padding. */
function isTiling({ kernel, strides, dilations, pads }: Window): boolean {
  return kernel.every((n, i) => n === strides[i]) && [...dilations].every((n) => n === 1) && pads.every((n) => n === 0);
}

function orderOf(x: Tensor, window: Window, pool: Window | undefined, groups: number): Order {
  return {
    places: pool ? pooledOrder(pool) : plainOrder(window),
    blocks: pool ? pool.kernel[0] * pool.kernel[1] : 1,
    batchInner: groups === 1 && (x.shape[3] as number) <= thinChannels,
  };
}

/** [KH, KW, C, K] as [KH * KW * C, K]. */
const asMatrix = (filter: Tensor): Tensor => reshape(filter, [-1, filter.shape[3]!]);

/** [rows, taps] of pixels ─► [taps, channels, rows] of elements. */
function channelTable(table: Int32Array, taps: number, channels: number): Int32Array {
  const rows = table.length / taps;
  return Int32Array.from({ length: table.length * channels }, (_, i) => {
    const [tap, channel, row] = [Math.floor(i / rows / channels), Math.floor(i / rows) % channels, i % rows];
    return table[row * taps + tap]! * channels + channel;
  });
}

/** [rows, taps] ─► [taps, rows] */
function turnTable(table: Int32Array, rows: number, taps: number): Int32Array {
  return Int32Array.from(table, (_, i) => table[(i % rows) * taps + Math.floor(i / rows)]!);
}

/** Rows in the plain order back to images. */
function toImages(matrix: Tensor, { batchInner }: Order, shape: readonly number[]): Tensor {
  if (!batchInner) return reshape(matrix, shape);
  return reshape(transpose(reshape(matrix, [shape[1]! * shape[2]!, shape[0]!, shape[3]!]), [1, 0, 2]), shape);
}

/** Images as rows in the plain order. */
function toRows(images: Tensor, { batchInner }: Order): Tensor {
  return reshape(batchInner ? batchInside(images) : images, [-1, images.shape[3]!]);
}

/** [B, H, W, C] ─► [H * W, B, C] */
function batchInside(images: Tensor): Tensor {
  const [batch, height, width, channels] = images.shape as readonly number[] as [number, number, number, number];
  return transpose(reshape(images, [batch, height * width, channels]), [1, 0, 2]);
}

/** Rows as [B, places, K]. */
function imageRows({ matrix, order }: Rows): Tensor {
  const channels = matrix.shape[1]!;
  if (!order.batchInner) return reshape(matrix, [-1, order.places.length, channels]);
  return transpose(reshape(matrix, [order.places.length, -1, channels]), [1, 0, 2]);
}

/** [R, taps * C] ─► [G, R, taps * C / G] */
function groupPatches(patches: Tensor, filter: Tensor, groups: number): Tensor {
  const [height, width, channels] = filter.shape as readonly number[] as [number, number, number];
  const parted = reshape(patches, [-1, height * width, groups, channels]);
  return reshape(transpose(parted, [2, 0, 1, 3]), [groups, -1, height * width * channels]);
}

/** [KH, KW, C / G, K] ─► [G, taps * C / G, K / G] */
function groupFilter(filter: Tensor, groups: number): Tensor {
  const outputs = (filter.shape[3] as number) / groups;
  return transpose(reshape(filter, [-1, groups, outputs]), [1, 0, 2]);
}

/** [R, K] with a filter in groups ─► [R, taps * C] */
function passGroups(rows: Tensor, filter: Tensor, groups: number): Tensor {
  const [height, width, channels, outputs] = filter.shape as readonly number[] as [number, number, number, number];
  const parts = transpose(reshape(rows, [-1, groups, outputs / groups]), [1, 0, 2]); // [G, R, K / G]
  const passed = matmul(parts, groupFilter(filter, groups), { transposeB: true }); // [G, R, taps * C / G]
  const parted = transpose(reshape(passed, [groups, -1, height * width, channels]), [1, 2, 0, 3]);
  return reshape(parted, [-1, height * width * groups * channels]);
}

/**
 * Writes the gradients of convolutions and pools as gathers and products of matrices, on our graph, before ONNX is written: ONNX has no operator for
 * them, and this is the fastest form that we measured in onnxruntime. A graph without such gradients is left alone, so that a model that is only
 * served keeps ONNX's Conv and MaxPool.
 *
 * Rows: an image's places as a matrix of [places of all images, channels]. One table of gathered patches serves the convolution and its filter's
 * gradient. A convolution that only a pool reads is computed as one matrix for each element of the pool; pooling is then the largest of them, and
 * places that no pool covers are never computed.
 */
import type { Graph, GraphNode } from "@lepton/contract";
import { GraphBuilder } from "../builder.ts";
import { numberOf, numbersOf } from "../operator.ts";
import { equal } from "../ops/compare.ts";
import { add, div, maximum, mul } from "../ops/elementwise.ts";
import { gather } from "../ops/indexing.ts";
import { matmul } from "../ops/linear.ts";
import { concat, pad } from "../ops/pieces.ts";
import { poolWindow } from "../ops/pooling.ts";
import { sum } from "../ops/reductions.ts";
import { cast, reshape } from "../ops/shape.ts";
import { type Pair, type Window, windowOf } from "../ops/window.ts";
import type { Tensor } from "../tensor.ts";
import { findPools, readersOf } from "./pooled-convolutions.ts";
import {
  asMatrix,
  fromRows,
  groupFilter,
  groupPatches,
  imageRows,
  type Order,
  passGroups,
  type Rows,
  splitGroups,
  toRows,
  turn,
} from "./rows.ts";
import {
  type CoverTable,
  channelTable,
  coverTable,
  paddedSize,
  pixelTable,
  plainOrder,
  pooledOrders,
} from "./window-tables.ts";

const expanded = new Set(["conv2dInputGradient", "conv2dFilterGradient", "maxPool2dGradient"]);

/** Images of at most this many channels are gathered with the batch as inner axis: a row of the batch is longer than a pixel. */
const thinChannels = 4;

export function expandConvolutions(graph: Graph): Graph {
  return graph.nodes.some((node) => expanded.has(node.op)) ? new Expansion(graph).run() : graph;
}

/** The window of a pool or of one of the three convolutions. */
function windowIn(graph: Graph, { op, inputs, attributes }: GraphNode): Window {
  const pair = (i: number, from: number) => graph.values[inputs[i]!]!.shape.slice(from, from + 2) as unknown as Pair;
  if (op === "conv2d") return windowOf(pair(0, 1), pair(1, 0), attributes);
  if (op === "conv2dFilterGradient") return windowOf(pair(0, 1), numbersOf(attributes, "kernel") as Pair, attributes);
  if (op === "conv2dInputGradient") return windowOf(numbersOf(attributes, "size") as Pair, pair(1, 0), attributes);
  return poolWindow(graph.values[inputs[0]!]!.shape, attributes);
}

class Expansion {
  readonly #graph: Graph;
  readonly #builder = new GraphBuilder();
  readonly #tensors = new Map<string, Tensor>();
  /** Values that are kept as one matrix for each element of a pool, and as nothing else. */
  readonly #rows = new Map<string, readonly Rows[]>();
  /** A convolution's value ─► the pool that alone reads it. */
  readonly #pools: ReadonlyMap<string, GraphNode>;
  readonly #tables = new Map<string, Tensor>();

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#pools = findPools(graph, readersOf(graph), (node) => windowIn(graph, node));
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

  #shape(id: string): readonly number[] {
    return this.#graph.values[id]!.shape as readonly number[];
  }

  #replay(node: GraphNode): void {
    const [output] = node.outputs as [string];
    if (node.op === "conv2d") this.#convolve(node, output);
    else if (node.op === "conv2dFilterGradient") this.#tensors.set(output, this.#filterGradient(node, output));
    else if (node.op === "conv2dInputGradient") this.#tensors.set(output, this.#inputGradient(node, output));
    else if (node.op === "maxPool2d") this.#tensors.set(output, this.#pool(node, output));
    else if (node.op === "maxPool2dGradient") this.#poolGradient(node, output);
    else {
      const inputs = node.inputs.map((id) => this.#get(id));
      const made = this.#builder.applyMany(node.op, inputs, node.attributes);
      for (const [i, id] of node.outputs.entries()) this.#tensors.set(id, made[i]!);
    }
  }

  #convolve(node: GraphNode, output: string): void {
    const [x, filter] = node.inputs.map((id) => this.#get(id)) as [Tensor, Tensor];
    const window = windowIn(this.#graph, node);
    const groups = numberOf(node.attributes, "groups");
    const pool = this.#pools.get(output);
    const lists = pool ? pooledOrders(windowIn(this.#graph, pool)) : [plainOrder(window)];
    const parts = lists.map((places): Rows => {
      const order = { places, batchInner: isThin(x, groups) };
      return { order, matrix: multiply(this.#patches(x, window, order), filter, groups, order) };
    });
    if (pool) this.#rows.set(output, parts);
    else this.#tensors.set(output, fromRows(parts[0]!, this.#shape(output)));
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
    const turned = turn(reshape(padded, [batch, pixels * channels]));
    return reshape(gather(turned, this.#table(channelTable(table, taps, channels)), 0), [taps * channels, -1]);
  }

  #filterGradient(node: GraphNode, output: string): Tensor {
    const x = this.#get(node.inputs[0]!);
    const shape = this.#shape(output);
    const groups = numberOf(node.attributes, "groups");
    const window = windowIn(this.#graph, node);
    const plain: Order = { places: plainOrder(window), batchInner: isThin(x, groups) };
    const parts = this.#rows.get(node.inputs[1]!) ?? [toRows(this.#get(node.inputs[1]!), plain)];
    const products = parts.map(({ matrix, order }) =>
      correlate(this.#patches(x, window, order), matrix, shape, groups, order),
    );
    return products.reduce(add);
  }

  /** Each place's gradient times the filter gives what it passes to the pixels under its window; each pixel sums what covers it. */
  #inputGradient(node: GraphNode, output: string): Tensor {
    const filter = this.#get(node.inputs[1]!);
    const parts = this.#rows.get(node.inputs[0]!);
    const window = windowIn(this.#graph, node);
    const places = parts ? parts.flatMap(({ order }) => [...order.places]) : plainOrder(window);
    const cover = coverTable(window, Int32Array.from(places));
    const shape = this.#shape(output);
    const [groups, taps, outputs] = [
      numberOf(node.attributes, "groups"),
      window.kernel[0] * window.kernel[1],
      filter.shape[3]!,
    ];
    const images = parts ? concat(parts.map(imageRows), 1) : this.#get(node.inputs[0]!);
    const rows = withZeroRow(reshape(images, [shape[0]!, places.length, outputs]), cover);
    const flat = reshape(rows, [-1, outputs]);
    const passed =
      groups === 1 ? matmul(flat, asMatrix(filter), { transposeB: true }) : passGroups(flat, filter, groups);
    return this.#sumCovers(reshape(passed, [shape[0]!, (rows.shape[1] as number) * taps, shape[3]!]), cover, shape);
  }

  /** [B, rows, C] ─► [B, H, W, C] */
  #sumCovers(rows: Tensor, { table, width }: CoverTable, shape: readonly number[]): Tensor {
    const picked = gather(rows, this.#table(table), 1);
    if (width === 1) return reshape(picked, shape);
    const parts = reshape(picked, [shape[0]!, shape[1]! * shape[2]!, width, shape[3]!]);
    return reshape(sum(parts, { axes: [2] }), shape);
  }

  /** One tensor for each element of the pool's windows: the first of every window, the second of every window, ... */
  #windowElements(node: GraphNode): readonly Rows[] {
    const known = this.#rows.get(node.inputs[0]!);
    if (known) return known;
    const x = this.#get(node.inputs[0]!);
    const window = windowIn(this.#graph, node);
    const [batch, , , channels] = x.shape as readonly [number, number, number, number];
    const [top, left, bottom, right] = window.pads;
    const lowest = x.dtype === "f32" ? -3.4e38 : -1e308;
    const padded = pad(x, [0, top, left, 0], [0, bottom, right, 0], lowest);
    const images = reshape(padded, [batch, paddedSize(window).reduce((a, b) => a * b), channels]);
    const order = { places: plainOrder(window), batchInner: false };
    const table = pixelTable(window, order.places);
    const taps = window.kernel[0] * window.kernel[1];
    return Array.from({ length: taps }, (_, tap) => {
      const pixels = table.filter((_, i) => i % taps === tap);
      return { order, matrix: reshape(gather(images, this.#table(pixels), 1), [-1, channels]) };
    });
  }

  #pool(node: GraphNode, output: string): Tensor {
    const elements = this.#windowElements(node);
    const matrix = elements.map((rows) => rows.matrix).reduce(maximum);
    return fromRows({ matrix, order: elements[0]!.order }, this.#shape(output));
  }

  /** Each of k tied elements of a window gets 1/k of its gradient. */
  #poolGradient(node: GraphNode, output: string): void {
    const elements = this.#windowElements(node);
    const { order } = elements[0]!;
    const [y, g] = [toRows(this.#get(node.inputs[1]!), order), toRows(this.#get(node.inputs[2]!), order)];
    const masks = elements.map(({ matrix }) => cast(equal(matrix, y.matrix), matrix.dtype));
    const share = div(g.matrix, masks.reduce(add));
    const parts = elements.map((rows, i): Rows => ({ order: rows.order, matrix: mul(masks[i]!, share) }));
    if (this.#rows.has(node.inputs[0]!)) this.#rows.set(output, parts);
    else this.#tensors.set(output, this.#spread(node, parts, this.#shape(output)));
  }

  /** What each element of the windows passes on, summed at the pixels: elements are rows of [B, taps * windows, C]. */
  #spread(node: GraphNode, parts: readonly Rows[], shape: readonly number[]): Tensor {
    const window = windowIn(this.#graph, node);
    const windows = window.output[0] * window.output[1];
    const cover = coverTable(window, plainOrder(window));
    const rows = withZeroRow(concat(parts.map(imageRows), 1), cover);
    const taps = parts.length;
    const table = cover.table.map((at) => (at === cover.missing ? at : (at % taps) * windows + Math.floor(at / taps)));
    return this.#sumCovers(rows, { ...cover, table }, shape);
  }

  #table(values: Int32Array): Tensor {
    const key = values.join();
    const known = this.#tables.get(key) ?? this.#builder.constant(values, [values.length], "i32");
    this.#tables.set(key, known);
    return known;
  }
}

const isThin = (x: Tensor, groups: number): boolean => groups === 1 && (x.shape[3] as number) <= thinChannels;

/** A row of zeros at the end stands for windows that are not there. */
function withZeroRow(rows: Tensor, { partial }: CoverTable): Tensor {
  return partial ? pad(rows, [0, 0, 0], [0, 1, 0]) : rows;
}

/** Patches times filter: [rows, K]. */
function multiply(patches: Tensor, filter: Tensor, groups: number, { batchInner }: Order): Tensor {
  if (groups === 1) return matmul(patches, asMatrix(filter), { transposeA: batchInner });
  const product = matmul(groupPatches(patches, filter.shape, groups), groupFilter(filter, groups)); // [G, R, K / G]
  return reshape(turn(product), [-1, filter.shape[3]!]);
}

/** Patches, transposed, times the result's gradient: the filter's gradient, of the filter's shape. */
function correlate(patches: Tensor, g: Tensor, shape: readonly number[], groups: number, order: Order): Tensor {
  if (groups === 1) return reshape(matmul(patches, g, { transposeA: !order.batchInner }), shape);
  const product = matmul(groupPatches(patches, shape, groups), splitGroups(g, groups), { transposeA: true });
  return reshape(turn(product), shape); // [G, taps * C / G, K / G] -> [taps * C / G, G, K / G]
}

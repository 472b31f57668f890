/**
 * Small state tensors as one. Enters: a program; leaves: the same program over fewer state tensors, and where each old one lies. Apart because only
 * onnxruntime needs it: a tensor in and out of a session costs some 6 µs, which for a small network is more than its arithmetic, while cutting up and
 * joining vectors costs next to nothing.
 */
import type { Entry, Graph, GraphNode, GraphValue, Program, StateSpec, TensorData } from "@lepton/contract";
import { sizeOf } from "@lepton/graph";

/** Larger tensors stay by themselves: copying them would cost more than handing them over. */
const mostNumbers = 8192;

/** The state that holds the others. */
const packedName = "state:packed";
const nextName = "state:packed:next";

export interface Packing {
  readonly program: Program;
  /** State name ─► its shape and its first number in the vector; empty when nothing is packed. */
  readonly places: ReadonlyMap<string, Place>;
  /** The vector's name. */
  readonly name: string;
}

export interface Place {
  readonly shape: readonly number[];
  readonly start: number;
}

export function packState(program: Program): Packing {
  const small = program.state.filter(({ dtype, shape }) => dtype === "f32" && sizeOf(shape) <= mostNumbers);
  const places = new Map<string, Place>();
  if (small.length < 2) return { program, places, name: packedName };
  let size = 0;
  for (const { name, shape } of small) {
    places.set(name, { shape, start: size });
    size += sizeOf(shape);
  }
  const initial = { kind: "constant", value: 0 } as const;
  const packed: StateSpec = { name: packedName, dtype: "f32", shape: [size], role: "parameter", initial };
  const entries = Object.entries(program.entries).map(
    ([name, entry]) => [name, packEntry(entry, places, size)] as const,
  );
  const state = [packed, ...program.state.filter(({ name }) => !places.has(name))];
  return { program: { ...program, state, entries: Object.fromEntries(entries) }, places, name: packedName };
}

/** A tensor's numbers in the vector. */
export function partOf({ data }: TensorData, { shape, start }: Place): TensorData {
  return { dtype: "f32", shape, data: (data as Float32Array).subarray(start, start + sizeOf(shape)) };
}

/** An entry that reads the small tensors out of the vector, and writes a whole vector if it writes any of them. */
function packEntry(entry: Entry, places: ReadonlyMap<string, Place>, size: number): Entry {
  const writes = Object.entries(entry.writes);
  const isWriting = writes.some(([state]) => places.has(state));
  if (!isWriting && !entry.reads.some((state) => places.has(state))) return entry;
  const kept = writes.filter(([state]) => !places.has(state));
  return {
    ...entry,
    graph: isWriting ? joined(entry, cut(entry.graph, places, size), places) : cut(entry.graph, places, size),
    reads: [packedName, ...entry.reads.filter((state) => !places.has(state))],
    writes: Object.fromEntries(isWriting ? [...kept, [packedName, nextName]] : kept),
  };
}

/** A vector in the tensor's place; a vector is its own. */
const flatOf = (name: string, { shape }: Place): string => (shape.length === 1 ? name : `${name}:flat`);

/** The graph with the vector as input, cut up and brought into shape. */
function cut(graph: Graph, places: ReadonlyMap<string, Place>, size: number): Graph {
  const all = [...places];
  const flats = all.map(([name, place]) => vector(flatOf(name, place), sizeOf(place.shape)));
  const used = new Set(graph.inputs.map(({ id }) => id));
  const shaped = all
    .filter(([name, { shape }]) => used.has(name) && shape.length !== 1)
    .map(([name, place]) => reshaped(flatOf(name, place), name, place.shape));
  const sizes = flats.map(({ shape }) => shape[0] as number);
  const outputs = flats.map(({ id }) => id);
  const split: GraphNode = {
    op: "split",
    inputs: [packedName],
    outputs,
    attributes: { sizes, axis: 0 },
    label: "state",
  };
  const packed = vector(packedName, size);
  return {
    ...graph,
    inputs: [packed, ...graph.inputs.filter(({ id }) => !places.has(id))],
    values: withValues(graph, [packed, ...flats]),
    nodes: [split, ...shaped, ...graph.nodes],
  };
}

/** The graph with the next vector as output: what the entry writes, and what it does not write as it was. */
function joined({ writes, outputs }: Entry, graph: Graph, places: ReadonlyMap<string, Place>): Graph {
  const made = new Map(graph.outputs.map(({ name, value }) => [name, value]));
  const flattened: GraphNode[] = [];
  const parts = [...places].map(([name, place]) => {
    const output = writes[name];
    if (output === undefined) return flatOf(name, place);
    const value = made.get(output)!;
    if (place.shape.length === 1) return value;
    flattened.push(reshaped(value, `${name}:next`, [sizeOf(place.shape)]));
    return `${name}:next`;
  });
  const gone = new Set(Object.entries(writes).flatMap(([state, output]) => (places.has(state) ? [output] : [])));
  const next = vector(nextName, graph.values[packedName]!.shape[0] as number);
  const flats = flattened.map(({ inputs, outputs: [id] }) =>
    vector(id!, sizeOf(graph.values[inputs[0]!]!.shape as readonly number[])),
  );
  const join: GraphNode = { op: "concat", inputs: parts, outputs: [nextName], attributes: { axis: 0 }, label: "state" };
  return {
    ...graph,
    outputs: [
      ...graph.outputs.filter(({ name }) => !gone.has(name) || outputs.includes(name)),
      { name: nextName, value: nextName },
    ],
    values: withValues(graph, [...flats, next]),
    nodes: [...graph.nodes, ...flattened, join],
  };
}

const vector = (id: string, length: number): GraphValue => ({ id, dtype: "f32", shape: [length] });

function reshaped(from: string, to: string, shape: readonly number[]): GraphNode {
  return { op: "reshape", inputs: [from], outputs: [to], attributes: { shape: shape.map(String) }, label: "state" };
}

function withValues({ values }: Graph, more: readonly GraphValue[]): Graph["values"] {
  return { ...values, ...Object.fromEntries(more.map((value) => [value.id, value])) };
}

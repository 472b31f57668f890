/** Programs before they run: are they whole (checkProgram), and what does their state begin with (initialState). */
import {
  type Entry,
  type Initial,
  LeptonError,
  type Program,
  type StateSpec,
  type TensorBytes,
  type TensorData,
} from "@lepton/contract";
import { formatType, sameShape, sizeOf } from "./dims.ts";
import { typedArray } from "./onnx/model.ts";
import type { ValueType } from "./operator.ts";
import { operatorOf } from "./ops/registry.ts";
import { normal, uniform } from "./philox.ts";

/** The state at step 0. Random tensors are keyed by the seed and their place in the program's state. */
export function initialState(program: Program, seed: number): Readonly<Record<string, TensorData>> {
  return Object.fromEntries(
    program.state.map((spec, index) => [
      spec.name,
      { dtype: spec.dtype, shape: spec.shape, data: initialValues(spec, seed, index) },
    ]),
  );
}

function initialValues(spec: StateSpec, seed: number, index: number): TensorBytes {
  const size = sizeOf(spec.shape);
  return typedArray(spec.dtype, initialNumbers(spec.initial, seed, index, size));
}

function initialNumbers(initial: Initial, seed: number, index: number, size: number): ArrayLike<number> {
  switch (initial.kind) {
    case "constant":
      return new Float64Array(size).fill(initial.value);
    case "uniform":
      return uniform(seed, 0, index, size, "initial").map((u) => initial.low + (initial.high - initial.low) * u);
    case "normal":
      return normal(seed, 0, index, size, "initial").map((z) => initial.mean + initial.deviation * z);
    case "values":
      return initial.values;
    default:
      return initial satisfies never;
  }
}

/** Everything an engine takes for granted. @throws LEPTON_MODEL naming the entry and what is wrong; LEPTON_SHAPE; LEPTON_ENGINE_OP */
export function checkProgram(program: Program): void {
  const state = new Map(program.state.map((spec) => [spec.name, spec]));
  if (state.size < program.state.length) refuseProgram("the state", "names must differ");
  for (const spec of program.state) {
    if (spec.initial.kind === "values" && spec.initial.values.length !== sizeOf(spec.shape))
      refuseProgram(
        `state ${spec.name}`,
        `needs ${sizeOf(spec.shape)} initial values, got ${spec.initial.values.length}`,
      );
  }
  for (const [name, entry] of Object.entries(program.entries)) checkEntry(`entry ${name}`, entry, state);
}

function refuseProgram(where: string, law: string): never {
  throw new LeptonError("LEPTON_MODEL", `${where}: ${law}.`);
}

function checkEntry(where: string, entry: Entry, state: ReadonlyMap<string, StateSpec>): void {
  checkNodes(where, entry);
  const feeds = new Map(entry.feeds.map((feed) => [feed.name, feed]));
  const known = new Map<string, ValueType>([...feeds, ...entry.reads.map((name) => [name, state.get(name)!] as const)]);
  for (const name of entry.reads)
    if (!state.has(name)) refuseProgram(where, `reads "${name}", which is not in the state`);
  for (const input of entry.graph.inputs) {
    const type = known.get(input.id);
    if (!type) refuseProgram(where, `the graph's input "${input.id}" is neither fed nor read from the state`);
    assertType(`${where}: input ${input.id}`, input, type);
  }
  const outputs = new Map(entry.graph.outputs.map(({ name, value }) => [name, entry.graph.values[value]]));
  for (const name of entry.outputs) if (!outputs.has(name)) refuseProgram(where, `the graph has no output "${name}"`);
  for (const [name, output] of Object.entries(entry.writes)) {
    const [spec, value] = [state.get(name), outputs.get(output)];
    if (!spec) refuseProgram(where, `writes "${name}", which is not in the state`);
    if (!value) refuseProgram(where, `writes "${name}" from "${output}", which is not an output of the graph`);
    assertType(`${where}: next ${name}`, value, spec);
  }
}

function assertType(where: string, got: ValueType, wanted: ValueType): void {
  if (got.dtype === wanted.dtype && sameShape(got.shape, wanted.shape)) return;
  throw new LeptonError("LEPTON_SHAPE", `${where} must be ${formatType(wanted)}, got ${formatType(got)}.`);
}

/** Known operators, values made before they are used, and the types that the shape rules give. */
function checkNodes(where: string, { graph }: Entry): void {
  const made = new Set([...graph.inputs, ...graph.constants].map((value) => value.id));
  for (const node of graph.nodes) {
    const label = `${where}: ${node.label ?? node.op}`;
    for (const id of node.inputs) if (!made.has(id)) refuseProgram(label, `uses "${id}" before it is made`);
    const inputs = node.inputs.map((id) => graph.values[id]!);
    const types = operatorOf(node.op).infer({ where: label, inputs, attributes: node.attributes });
    for (const [i, id] of node.outputs.entries()) {
      assertType(`${label}: output ${id}`, graph.values[id]!, types[i]!);
      made.add(id);
    }
  }
  for (const { name, value } of graph.outputs)
    if (!made.has(value)) refuseProgram(where, `output "${name}" is never made`);
}

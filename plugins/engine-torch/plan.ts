/**
 * An entry's graph as a flat list of calls, for one size of each symbol. Enters: an entry and what its symbols are; leaves: a function of the table of
 * handles. Operators, constants and lists are prepared here; a step only goes down the list. Every tensor made on the way is freed at its last use.
 */
import { type DType, type Entry, type Graph, LeptonError } from "@lepton/contract";
import { bindShape, emptyArray } from "@lepton/graph";
import { fuseGraph } from "./fuse/fuse.ts";
import { type FusedOptimizer, fusedOptimizer } from "./fuse/optimizer.ts";
import { fuseSequences } from "./fuse/sequences.ts";
import type { Emitter, Value } from "./lower/emitter.ts";
import { draftOptimizer } from "./lower/optimizer.ts";
import { lowerOf } from "./lower/table.ts";
import { type Argument, type Handles, prepareCall, prepareSubtract, type Run, type Slot, slotsOf } from "./raw/call.ts";
import { prepareDirect } from "./raw/direct.ts";
import {
  dtypeCode,
  free,
  type LowType,
  type Place,
  prepareEmpty,
  type TorchType,
  toDevice,
  typeOf,
} from "./raw/handles.ts";
import type { Torch } from "./raw/library.ts";
import { type AtenName, type Schema, schemaOf } from "./raw/schemas.ts";
import { type ShimName, shimOf, shims } from "./raw/shims.ts";

/** A call before it is prepared. */
interface Draft {
  readonly name: AtenName | ShimName;
  readonly given: readonly Argument[];
  readonly results: readonly number[];
  readonly where: string;
  /** Its result is handed out: each run makes another one. */
  readonly isHandedOut?: boolean;
  /** For a function that writes to a tensor which is made before. */
  readonly out?: { readonly dtype: TorchType; readonly shape: readonly number[] };
}

export interface Plan {
  readonly handles: Handles;
  /** Input name ─► slot that the caller fills before `run`, and keeps. */
  readonly inputs: ReadonlyMap<string, number>;
  /** Output name ─► its slot and type after `run`. */
  readonly outputs: ReadonlyMap<string, Value>;
  /** State name ─► the slot of its next value, which the caller may take (and set to 0): its memory is nobody else's. */
  readonly writes: ReadonlyMap<string, number>;
  /** How many calls a step makes. */
  readonly calls: number;
  run(): void;
  /** Frees what the last run left: outputs that were not taken. Also after a run that failed. */
  clear(): void;
  dispose(): void;
}

/** Calls whose tensors are cast for them, besides products of matrices. */
const inLowPrecision: ReadonlySet<string> = new Set(["convolution", "convolution_backward", "matmul"]);

class Drafting implements Emitter {
  readonly drafts: Draft[] = [];
  readonly constants = new Map<number, number>();
  readonly views = new Set<number>();
  slots = 0;
  where = "";
  readonly #torch: Torch;
  readonly #place: Place;
  readonly #low: LowType | null;
  readonly #known = new Map<string, Slot>();

  constructor(torch: Torch, place: Place, low: LowType | null) {
    this.#torch = torch;
    this.#place = place;
    this.#low = low;
  }

  newSlot(): number {
    return this.slots++;
  }

  call = (name: AtenName, ...given: readonly Argument[]): Slot => this.callMany(name, 1, ...given)[0]!;

  /** A use written twice is made once: gradients turn the same filters and images again. */
  callMany = (name: AtenName, results: number, ...given: readonly Argument[]): readonly Slot[] => {
    if (!this.#low || !inLowPrecision.has(name)) return this.#callMany(name, results, ...given);
    const lowered = given.map((one) => (isSlot(one) ? this.#cast(one, this.#low!) : one));
    const made = this.#callMany(name, results, ...lowered);
    // The last argument of a backward says which results there are.
    const there = given.at(-1);
    return made.map((slot, i) => (Array.isArray(there) && there[i] === false ? slot : this.#cast(slot, "f32")));
  };

  #cast(x: Slot, dtype: TorchType): Slot {
    return this.#callMany("to.dtype", 1, x, dtype, false, false, null)[0]!;
  }

  #callMany(name: AtenName, results: number, ...given: readonly Argument[]): readonly Slot[] {
    const key = `${name}(${JSON.stringify(given.map((one) => slotOnly(one)))})`;
    const known = this.#known.get(key);
    if (known && results === 1) return [known];
    const schema = schemaOf(name);
    if (schema.results !== results) throw new Error(`aten::${name} has ${schema.results} results, not ${results}`);
    const made = Array.from({ length: results }, () => this.newSlot());
    if (schema.isView) for (const slot of made) this.views.add(slot);
    this.drafts.push({ name, given, results: made, where: this.where });
    if (results === 1) this.#known.set(key, { slot: made[0]! });
    return made.map((slot) => ({ slot }));
  }

  /** Always another tensor. */
  copy(x: Slot): Slot {
    const slot = this.newSlot();
    this.drafts.push({ name: "clone", given: [x, null], results: [slot], where: this.where, isHandedOut: true });
    return { slot };
  }

  #direct(name: ShimName, given: readonly Argument[], out?: NonNullable<Draft["out"]>): Slot {
    const slot = this.newSlot();
    this.drafts.push({ name, given, results: [slot], where: this.where, ...(out && { out }) });
    return { slot };
  }

  #has(name: ShimName): boolean {
    return this.#torch.direct(shims.get(name)!, this.#place.kind) !== undefined;
  }

  subtract = (a: Slot, b: Slot, alpha: number): Slot => this.#direct("add_Tensor", [a, b, -alpha]);

  scale = (x: Slot, dtype: DType, factor: number): Slot =>
    this.#has("mul_Scalar")
      ? this.#direct("mul_Scalar", [x, factor])
      : this.call("mul.Tensor", x, this.constant(dtype, [], [factor]));

  product = (a: Slot, b: Slot, dtype: DType, shape: readonly number[], bias: Slot | null): Slot => {
    if (!this.#low || dtype !== "f32") return this.#product(a, b, dtype, shape, bias);
    const low = this.#product(this.#cast(a, this.#low), this.#cast(b, this.#low), this.#low, shape, null);
    const product = this.#cast(low, "f32");
    return bias ? this.subtract(product, bias, -1) : product;
  };

  #product(a: Slot, b: Slot, dtype: TorchType, shape: readonly number[], bias: Slot | null): Slot {
    const name = bias ? "addmm_out" : shape.length === 2 ? "mm_out" : "bmm_out";
    if (this.#has(name)) return this.#direct(name, bias ? [bias, a, b, 1, 1] : [a, b], { dtype, shape });
    const [product] = this.#callMany(shape.length === 2 ? "mm" : "matmul", 1, a, b);
    return bias ? this.subtract(product!, bias, -1) : product!;
  }

  constant = (dtype: DType, shape: readonly number[], values: ArrayLike<number>): Slot => {
    const key =
      values.length <= 64 ? `${dtype}[${shape}]${Array.from(values, (v) => (Object.is(v, -0) ? "-0" : v))}` : "";
    const known = this.#known.get(key);
    if (known) return known;
    const data = emptyArray(dtype, values.length);
    for (let i = 0; i < data.length; i++) data[i] = dtype === "i64" ? (BigInt(values[i]!) as never) : values[i]!;
    const slot = this.newSlot();
    this.constants.set(slot, toDevice(this.#torch, { dtype, shape, data }, this.#place));
    if (key !== "") this.#known.set(key, { slot });
    return { slot };
  };
}

const isSlot = (argument: Argument): argument is Slot =>
  typeof argument === "object" && argument !== null && "slot" in argument;

/** For keys: a value's slot without its type. */
function slotOnly(argument: Argument): unknown {
  const one = (item: unknown) => (typeof item === "object" && item !== null && "slot" in item ? `#${item.slot}` : item);
  return Array.isArray(argument) ? argument.map(one) : one(argument);
}

export interface PlanOptions {
  /** false leaves every operator alone, to compare with */
  readonly fuses: boolean;
  /** What products and convolutions compute in, if not f32. */
  readonly low: LowType | null;
}

/** @throws LEPTON_ENGINE_OP, LEPTON_MEMORY */
export function makePlan(
  torch: Torch,
  name: string,
  entry: Entry,
  symbols: ReadonlyMap<string, number>,
  place: Place,
  { fuses, low }: PlanOptions,
): Plan {
  const optimizer = fuses ? fusedOptimizer(entry) : null;
  const needed = neededGraph(entry, optimizer);
  const graph = fuses ? fuseGraph(hasOneDnn(place, low) ? fuseSequences(needed) : needed, place.kind).graph : needed;
  const drafting = new Drafting(torch, place, low);
  const values = draftGraph(name, graph, symbols, drafting);
  const inputs = new Map(graph.inputs.map(({ id }) => [id, values.get(id)!.slot]));
  const taken = new Set(inputs.values());
  const outputs = new Map(
    graph.outputs.map((output) => {
      const value = values.get(output.value)!;
      // What the update changes in place must not change what is read afterwards.
      const slot = optimizer && entry.outputs.includes(output.name) ? ownSlot(drafting, value.slot, taken) : value.slot;
      return [output.name, { ...value, slot }];
    }),
  );
  const next = new Map<string, number>();
  for (const [state, output] of Object.entries(entry.writes)) {
    const value = outputs.get(output);
    if (value) next.set(state, ownSlot(drafting, value.slot, new Set([...taken, ...next.values()])));
  }
  drafting.where = `entry ${name}: optimizer`;
  if (optimizer) draftOptimizer(optimizer, values, drafting);
  return finish(torch, drafting, { inputs, outputs, writes: next }, [...values.values()], place);
}

/** oneDNN's layers are in torch's builds for x64, for f32. */
const hasOneDnn = (place: Place, low: LowType | null): boolean =>
  place.kind === "cpu" && process.arch === "x64" && low === null;

/** The graph with the outputs that are still wanted when the optimiser's update is one call in place. */
function neededGraph({ graph, writes, outputs }: Entry, optimizer: FusedOptimizer | null): Graph {
  if (!optimizer) return graph;
  const changed = new Set([
    ...optimizer.parameters.map(({ name }) => writes[name]),
    ...optimizer.moments.map((one) => writes[one]),
  ]);
  const kept = graph.outputs.filter(({ name }) => outputs.includes(name) || !changed.has(name));
  const gradients = optimizer.parameters.map(({ gradient }) => ({ name: `gradient ${gradient}`, value: gradient }));
  return { ...graph, outputs: [...kept, ...gradients] };
}

/** Every value of the graph by its id. */
function draftGraph(
  name: string,
  graph: Graph,
  symbols: ReadonlyMap<string, number>,
  drafting: Drafting,
): ReadonlyMap<string, Value> {
  const values = new Map<string, Value>();
  const typed = (id: string) => ({
    dtype: graph.values[id]!.dtype,
    shape: bindShape(graph.values[id]!.shape, symbols),
  });
  for (const { id } of graph.inputs) values.set(id, { slot: drafting.newSlot(), ...typed(id) });
  for (const { id, dtype, shape, values: numbers } of graph.constants)
    values.set(id, { ...drafting.constant(dtype, shape, numbers), dtype, shape });
  for (const node of graph.nodes) {
    drafting.where = `entry ${name}: ${node.label ?? node.op}`;
    const use = {
      inputs: node.inputs.map((id) => values.get(id)!),
      outputs: node.outputs.map(typed),
      attributes: node.attributes,
    };
    const made = lowerOf(node.op, drafting.where)(use, drafting);
    for (const [i, id] of node.outputs.entries()) values.set(id, { slot: made[i]!.slot, ...use.outputs[i]! });
  }
  return values;
}

/** A slot whose memory is no feed's, constant's or other state's: a copy where it is. */
function ownSlot(drafting: Drafting, slot: number, taken: ReadonlySet<number>): number {
  const isOwn = !taken.has(slot) && !drafting.views.has(slot) && !drafting.constants.has(slot);
  return isOwn ? slot : drafting.copy({ slot }).slot;
}

function finish(
  torch: Torch,
  { drafts, constants, slots }: Drafting,
  { inputs, outputs, writes }: Pick<Plan, "inputs" | "outputs" | "writes">,
  values: readonly Value[],
  place: Place,
): Plan {
  const handles = new Float64Array(slots);
  for (const [slot, handle] of constants) handles[slot] = handle;
  const outgoing = [...outputs.values()].map(({ slot }) => slot).concat(...writes.values());
  const steps = foldConstants(torch, neededDrafts(drafts, outgoing), constants, handles, place);
  const kept = new Set([...inputs.values(), ...constants.keys()]);
  const wanted = new Set(outgoing);
  const runs = prepareAll(torch, steps, new Set([...kept, ...wanted]), place);
  const expected = new Map(values.map((value) => [value.slot, value]));
  const owned = Array.from({ length: slots }, (_, slot) => slot).filter((slot) => !kept.has(slot));
  let isChecked = false;
  return {
    handles,
    inputs,
    outputs,
    writes,
    calls: runs.length,
    run() {
      if (isChecked) for (let i = 0; i < runs.length; i++) runs[i]!(handles);
      else runChecked(torch, runs, steps, handles, expected);
      isChecked = true;
    },
    clear() {
      for (const slot of owned) {
        if (handles[slot] === 0) continue;
        free(torch, handles[slot]!);
        handles[slot] = 0;
      }
    },
    dispose() {
      this.clear();
      for (const handle of constants.values()) free(torch, handle);
    },
  };
}

/** Calls that something needs; one without results changes its arguments. */
function neededDrafts(drafts: readonly Draft[], outgoing: readonly number[]): readonly Draft[] {
  const wanted = new Set(outgoing);
  const kept = drafts.toReversed().filter(({ given, results }) => {
    if (results.length > 0 && !results.some((slot) => wanted.has(slot))) return false;
    for (const slot of given.flatMap(slotsOf)) wanted.add(slot);
    return true;
  });
  return kept.toReversed();
}

/** Calls whose arguments are all constants are made now, once. Returns the rest. */
function foldConstants(
  torch: Torch,
  drafts: readonly Draft[],
  constants: Map<number, number>,
  handles: Handles,
  place: Place,
): readonly Draft[] {
  return drafts.filter((draft) => {
    const isFixed = draft.given.flatMap(slotsOf).every((slot) => constants.has(slot));
    if (!isFixed || draft.isHandedOut || draft.results.length === 0) return true;
    prepareDraft(torch, draft, new Set(), place)(handles);
    for (const slot of draft.results) constants.set(slot, handles[slot]!);
    return false;
  });
}

/** Each draft with the slots that it sees for the last time; results that nobody uses are thrown away. */
function prepareAll(torch: Torch, drafts: readonly Draft[], kept: ReadonlySet<number>, place: Place): readonly Run[] {
  const lastUse = new Map<number, number>();
  for (const [i, { given }] of drafts.entries())
    for (const slot of given.flatMap(slotsOf)) if (!kept.has(slot)) lastUse.set(slot, i);
  return drafts.map((draft, i) => {
    const last = new Set(draft.given.flatMap(slotsOf).filter((slot) => lastUse.get(slot) === i));
    const used = draft.results.map((slot) => (lastUse.has(slot) || kept.has(slot) ? slot : -1));
    return prepareDraft(torch, { ...draft, results: used }, last, place);
  });
}

function prepareDraft(torch: Torch, draft: Draft, last: ReadonlySet<number>, place: Place): Run {
  const { name, given, results, where, out } = draft;
  if (out) return prepareInto(torch, draft, out, last, place);
  const shim = shimOf(name);
  const run = shim && prepareDirect(torch, shim, given, results, last, where, place.kind);
  if (run) return run;
  if (name !== "add_Tensor") {
    const schema = schemaOf(name as AtenName);
    checkDeclared(torch, schema, where);
    const call = prepareCall(torch, schema, given, results, last, where);
    return name === "mkldnn_rnn_layer" ? remembering(torch, call) : call;
  }
  const [a, b, alpha] = given as [Slot, Slot, number];
  return prepareSubtract(torch, [a, b], -alpha, results[0]!, last, where);
}

/** oneDNN keeps what a gradient needs only where gradients are on; nothing here has one, so torch records nothing. */
function remembering(torch: Torch, run: Run): Run {
  return (handles) => {
    torch.natives.setGradMode(true);
    try {
      run(handles);
    } finally {
      torch.natives.setGradMode(false);
    }
  };
}

/** @throws LEPTON_ENGINE_OP where this library's operator is another one, or is not there */
function checkDeclared(torch: Torch, schema: Schema, where: string): void {
  const state = torch.declared(schema);
  if (state === "same") return;
  const law = state === "missing" ? `has no operator aten::${schema.name}` : `has another aten::${schema.name}`;
  throw new LeptonError(
    "LEPTON_ENGINE_OP",
    `${where}: the torch in ${torch.folder} ${law} than ${schema.declaration}; run lepton engine add torch, or use --engine onnx.`,
  );
}

/** A tensor is made, then written to. */
function prepareInto(
  torch: Torch,
  { name, given, results, where }: Draft,
  { dtype, shape }: NonNullable<Draft["out"]>,
  last: ReadonlySet<number>,
  place: Place,
): Run {
  const slot = results[0]!;
  const out = { slot };
  const write = prepareDirect(torch, shims.get(name as ShimName)!, [out, ...given], [], last, where, place.kind)!;
  const make = prepareEmpty(torch, dtype, shape, place, where);
  return (handles) => {
    handles[slot] = make();
    write(handles);
  };
}

/** The first run of a plan looks at each tensor that is a value of the graph: has torch made what the shape rules say? */
function runChecked(
  torch: Torch,
  runs: readonly Run[],
  drafts: readonly Draft[],
  handles: Handles,
  expected: ReadonlyMap<number, Value>,
): void {
  for (const [i, run] of runs.entries()) {
    run(handles);
    for (const slot of drafts[i]!.results) {
      const value = expected.get(slot);
      if (!value || handles[slot] === 0 || value.shape[0] === -1) continue;
      const { dtype, shape } = typeOf(torch, handles[slot]!);
      if (dtype === dtypeCode(torch, value.dtype) && shape.join() === value.shape.join()) continue;
      const wanted = `${value.dtype} [${value.shape.join(", ")}]`;
      throw new Error(`${drafts[i]!.where}: torch made [${shape.join(", ")}] of its type ${dtype}, not ${wanted}`);
    }
  }
}

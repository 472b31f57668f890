/**
 * An entry's graph as a flat list of calls, for one size of each symbol. Enters: an entry and what its symbols are; leaves: a function of the table of
 * handles. Operators, constants and lists are prepared here; a step only goes down the list. Every tensor made on the way is freed at its last use.
 */
import { type Entry, type Graph, LeptonError } from "@lepton/contract";
import { bindShape } from "@lepton/graph";
import { type Draft, Drafting } from "./drafting.ts";
import { fuseGraph } from "./fuse/fuse.ts";
import { type FusedOptimizer, fusedOptimizer } from "./fuse/optimizer.ts";
import { fuseSequences } from "./fuse/sequences.ts";
import type { Value } from "./lower/emitter.ts";
import { draftOptimizer } from "./lower/optimizer.ts";
import { lowerOf } from "./lower/table.ts";
import { type Handles, prepareCall, prepareSubtract, type Run, type Slot, slotsOf } from "./raw/call.ts";
import { prepareDirect } from "./raw/direct.ts";
import { dtypeCode, free, type LowType, type Place, prepareEmpty, typeOf } from "./raw/handles.ts";
import type { Torch } from "./raw/library.ts";
import { type AtenName, type Schema, schemaOf } from "./raw/schemas.ts";
import { type ShimName, shimOf, shims } from "./raw/shims.ts";

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

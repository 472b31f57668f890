/**
 * A whole unrolled LSTM with its gradient as two calls of oneDNN. Enters: a graph; leaves: the graph with "fused.lstm" and "fused.lstmGradient" in it, or
 * the same graph. Apart from patterns.ts because a layer has as many nodes as there are steps in time, which no term can say. What is not recognised to the
 * last node stays as it is.
 */
import type { Graph, GraphNode, GraphValue } from "@lepton/contract";
import { inOrder } from "./in-order.ts";
import { GraphView, match, type Term } from "./match.ts";

/** One step in time, by ids of values: activated gates, the cell, its tanh, the output. */
interface Step {
  readonly i: string;
  readonly f: string;
  readonly g: string;
  readonly o: string;
  readonly c: string;
  readonly tc: string;
  readonly h: string;
}

interface Layer {
  /** [T * B, F], [F, 4 H], [H, 4 H], [4 H] */
  readonly weights: readonly [x: string, input: string, recurrent: string, bias: string];
  readonly steps: readonly Step[];
}

/** Where gradients come in, by step, and what is made of them. */
interface LayerGradient {
  readonly given: ReadonlyMap<number, string>;
  readonly byInput: string;
  readonly byRecurrent: string;
  readonly byBias: string;
  readonly byX: string | null;
}

export function fuseSequences(graph: Graph): Graph {
  const view = new GraphView(graph);
  const makers = new Map<string, GraphNode>();
  const values: Record<string, GraphValue> = { ...graph.values };
  for (const node of graph.nodes) {
    const layer = node.op === "split" ? layerOf(view, node) : null;
    if (!layer) continue;
    const learns = view.users(layer.steps[0]!.o).some(({ op }) => op === "sub");
    const gradient = learns ? gradientOf(view, layer) : null;
    if (learns && !gradient) continue;
    for (const made of fusedNodes(view, layer, gradient, values)) for (const id of made.outputs) makers.set(id, made);
  }
  return makers.size === 0 ? graph : { ...graph, values, nodes: inOrder({ ...graph, values }, makers) };
}

const user = (view: GraphView, op: string, ...ids: readonly string[]): string | undefined =>
  view
    .users(ids[0]!)
    .find((node) => node.op === op && node.inputs.length === ids.length && ids.every((id) => node.inputs.includes(id)))
    ?.outputs[0];

/** @param pieces  what cuts the projection of all inputs into steps */
function layerOf(view: GraphView, pieces: GraphNode): Layer | null {
  if (pieces.attributes["axis"] !== 0 || pieces.outputs.length < 2) return null;
  const found = match(view, pieces.inputs[0]!, [
    "reshape",
    ["add", { as: "product", term: ["matmul", "x", "w"] }, "b"],
  ]);
  if (!found || !isPlain(view, found.values["product"]!)) return null;
  const steps: Step[] = [];
  let recurrent = "";
  for (const piece of pieces.outputs) {
    const projected = user(view, "reshape", piece);
    const before = steps.at(-1);
    if (!projected) return null;
    let gates: string = projected;
    if (before) {
      const sum = view.users(projected).find(({ op }) => op === "add");
      const product = sum?.inputs.find((id) => id !== projected);
      const made = product === undefined ? undefined : view.maker(product);
      if (made?.op !== "matmul" || made.inputs[0] !== before.h || !isPlain(view, product!)) return null;
      if (recurrent !== "" && made.inputs[1] !== recurrent) return null;
      recurrent = made.inputs[1]!;
      gates = sum!.outputs[0]!;
    }
    const step = stepOf(view, gates, before?.c);
    if (!step) return null;
    steps.push(step);
  }
  const { x, w, b } = found.values as Record<string, string>;
  return { weights: [x!, w!, recurrent, b!], steps };
}

function stepOf(view: GraphView, gates: string, cell: string | undefined): Step | null {
  const cut = view.users(gates).find(({ op }) => op === "split");
  const [input, forget, candidate, output] = cut?.outputs ?? [];
  if (!output || !candidate || !input || !forget || cut!.outputs.length !== 4) return null;
  const [i, g, o] = [user(view, "sigmoid", input), user(view, "tanh", candidate), user(view, "sigmoid", output)];
  const f = cell === undefined ? "" : user(view, "sigmoid", forget);
  const added = i && g && user(view, "mul", i, g);
  const kept = cell !== undefined && f ? user(view, "mul", f, cell) : undefined;
  const c = cell === undefined ? added : added && kept && user(view, "add", kept, added);
  const tc = c && user(view, "tanh", c);
  const h = tc && o && user(view, "mul", o, tc);
  return i && g && o && f !== undefined && c && tc && h ? { i, f, g, o, c, tc, h } : null;
}

const isPlain = (view: GraphView, id: string, turnsA = false, turnsB = false): boolean => {
  const { attributes } = view.maker(id)!;
  return attributes["transposeA"] === turnsA && attributes["transposeB"] === turnsB;
};

const sigmoidSlope = (y: string): Term => ["mul", y, ["sub", 1, y]];
const tanhSlope = (y: string): Term => ["sub", 1, ["mul", y, y]];
const byCell: Term = ["mul", ["mul", "dh", "o"], tanhSlope("tc")];

function gradientOf(view: GraphView, { weights, steps }: Layer): LayerGradient | null {
  const [x, input, recurrent] = weights;
  const given = new Map<number, string>();
  const slopes: string[] = [];
  let next: { readonly dz: string; readonly dc: string; readonly f: string } | null = null;
  for (let t = steps.length - 1; t >= 0; t--) {
    const found = slopeOf(view, steps[t]!, steps[t - 1]);
    if (!found) return null;
    const { dz, dc, dh } = found;
    const known = { values: { ...steps[t]!, dh, ...(next && { dcNext: next.dc, fNext: next.f }) }, numbers: {} };
    const wanted: Term = next ? ["add", byCell, ["mul", "dcNext", "fNext"]] : byCell;
    if (!match(view, dc, wanted, known)) return null;
    const outside: string | null | undefined = next ? outsideOf(view, dh, next.dz, recurrent) : dh;
    if (outside === undefined) return null;
    if (outside !== null) given.set(t, outside);
    slopes.unshift(dz);
    next = { dz, dc, f: steps[t]!.f };
  }
  const byRecurrent = sumOfProducts(view, steps, slopes);
  const all = joined(view, slopes);
  if (!byRecurrent || !all) return null;
  const users = view.users(all);
  const byInput = users.find(({ op, inputs, outputs }) => {
    return op === "matmul" && inputs[0] === x && inputs[1] === all && isPlain(view, outputs[0]!, true, false);
  });
  const byX = users.find(({ op, inputs, outputs }) => {
    return op === "matmul" && inputs[0] === all && inputs[1] === input && isPlain(view, outputs[0]!, false, true);
  });
  const byBias = users.find(({ op, attributes }) => op === "sum" && String(attributes["axes"]) === "0");
  if (!byInput || !byBias || users.length !== (byX ? 3 : 2)) return null;
  const [first] = byBias.outputs;
  return { given, byRecurrent, byInput: byInput.outputs[0]!, byBias: first!, byX: byX?.outputs[0] ?? null };
}

/** The gradient by a step's gates, its cell and its output. */
function slopeOf(view: GraphView, step: Step, before: Step | undefined) {
  const { i, f, g, o, tc } = step;
  const forget: Term = before ? ["mul", ["mul", "dc", "cPrev"], sigmoidSlope("f")] : "_";
  const term: Term = [
    "concat",
    ["mul", ["mul", "dc", "g"], sigmoidSlope("i")],
    forget,
    ["mul", ["mul", "dc", "i"], tanhSlope("g")],
    ["mul", ["mul", "dh", "tc"], sigmoidSlope("o")],
  ];
  const known = { values: { i, g, o, tc, ...(before && { f, cPrev: before.c }) }, numbers: {} };
  const complement = view.users(o).find(({ op, inputs }) => op === "sub" && inputs[1] === o)?.outputs[0];
  const slope = complement && user(view, "mul", o, complement);
  for (const byOutput of slope ? view.users(slope) : [])
    for (const node of view.users(byOutput.outputs[0]!)) {
      const dz = node.outputs[0]!;
      const found = node.op === "concat" ? match(view, dz, term, known) : null;
      if (found) return { dz, dc: found.values["dc"]!, dh: found.values["dh"]! };
    }
  return null;
}

/** What a step's output is given from outside the layer: null for nothing, undefined where the rest is not the next step's. */
function outsideOf(view: GraphView, dh: string, dz: string, recurrent: string): string | null | undefined {
  const isNext = (id: string) => {
    const made = view.maker(id);
    return (
      made?.op === "matmul" && made.inputs[0] === dz && made.inputs[1] === recurrent && isPlain(view, id, false, true)
    );
  };
  if (isNext(dh)) return null;
  const sum = view.maker(dh);
  if (sum?.op !== "add") return undefined;
  const [left, right] = sum.inputs as [string, string];
  if (isNext(left)) return right;
  return isNext(right) ? left : undefined;
}

/** The gradients of all steps as rows of one matrix. */
function joined(view: GraphView, slopes: readonly string[]): string | null {
  const turned = slopes.map((id) => user(view, "reshape", id));
  const whole = view.users(turned[0] ?? "").find(({ op }) => op === "concat");
  if (whole?.attributes["axis"] !== 0 || whole.inputs.join() !== turned.join()) return null;
  return user(view, "reshape", whole.outputs[0]!) ?? null;
}

/** h0^T z1 + h1^T z2 + ... */
function sumOfProducts(view: GraphView, steps: readonly Step[], slopes: readonly string[]): string | null {
  const leaves = slopes.slice(1).map((dz, t) => {
    const node = view
      .users(dz)
      .find(
        ({ op, inputs, outputs }) => op === "matmul" && inputs[0] === steps[t]!.h && isPlain(view, outputs[0]!, true),
      );
    return node?.outputs[0];
  });
  if (leaves.some((leaf) => leaf === undefined)) return null;
  const wanted = new Set(leaves as string[]);
  let root = leaves[0]!;
  const covered = (id: string): number => {
    if (wanted.has(id)) return 1;
    const made = view.maker(id);
    if (made?.op !== "add") return Number.NaN;
    return covered(made.inputs[0]!) + covered(made.inputs[1]!);
  };
  while (covered(root) !== wanted.size) {
    const above = view.users(root).find(({ op, outputs }) => op === "add" && covered(outputs[0]!) > 0);
    if (!above) return null;
    root = above.outputs[0]!;
  }
  return root;
}

function fusedNodes(
  view: GraphView,
  { weights, steps }: Layer,
  gradient: LayerGradient | null,
  values: Record<string, GraphValue>,
): readonly GraphNode[] {
  const last = steps.at(-1)!;
  const own = (name: string, dtype: "f32" | "bool", shape: GraphValue["shape"]): string => {
    const id = `${last.h}.${name}`;
    values[id] = { id, dtype, shape };
    return id;
  };
  const [rows, width] = view.shape(last.h);
  const all = own("outputs", "f32", [steps.length, rows!, width!]);
  const hidden = own("hidden", "f32", [rows!, width!]);
  // Its type is torch's own: a shape of -1 is not checked.
  const kept = own("workspace", "bool", [-1]);
  const label = view.maker(last.h)?.label;
  const named = label === undefined ? {} : { label };
  const forward: GraphNode = {
    op: "fused.lstm",
    inputs: weights,
    outputs: [...steps.map(({ h }) => h), all, hidden, last.c, kept],
    attributes: { steps: steps.length, learns: gradient !== null },
    ...named,
  };
  if (!gradient) return [forward];
  const { given, byInput, byRecurrent, byBias, byX } = gradient;
  const backward: GraphNode = {
    op: "fused.lstmGradient",
    inputs: [...weights, all, hidden, last.c, kept, ...given.values()],
    outputs: [byInput, byRecurrent, byBias, ...(byX === null ? [] : [byX])],
    attributes: { given: [...given.keys()] },
    ...named,
  };
  return [forward, backward];
}

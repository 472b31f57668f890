/**
 * An optimiser's update as one call for all parameters, in their own memory. Enters: an entry; leaves: what torch's fused Adam, AdamW or SGD is called
 * with, or null where the update is another one. Apart from patterns.ts because it replaces what is written to the state, not a value.
 */
import type { Entry } from "@lepton/contract";
import { type Found, GraphView, match, type Term } from "./match.ts";

export interface FusedOptimizer {
  readonly kind: "adam" | "adamw" | "sgd";
  /** In their order in the moments. */
  readonly parameters: readonly FusedParameter[];
  /** State names of the vectors that are changed in place: Adam's two moments, or SGD's velocity, or none. */
  readonly moments: readonly string[];
  /** Id of the step's number after this step; null for SGD. */
  readonly step: string | null;
  /** Id of the learning rate. */
  readonly rate: string;
  readonly numbers: Readonly<Record<string, number>>;
}

export interface FusedParameter {
  /** Its name in the state. */
  readonly name: string;
  readonly size: number;
  /** Id of a vector that holds its gradient from `start` on. */
  readonly gradient: string;
  readonly start: number;
}

const root: Term = { as: "root", term: ["sqrt", ["sub", 1, ["pow", { constant: "beta2" }, "step"]]] };
const adamChange: Term = [
  "div",
  [
    "mul",
    { as: "first", term: ["add", ["mul", "m", { constant: "beta1" }], ["mul", "gradient", { constant: "rest1" }]] },
    ["div", ["mul", "rate", root], ["sub", 1, ["pow", { constant: "beta1" }, "step"]]],
  ],
  [
    "add",
    [
      "sqrt",
      {
        as: "second",
        term: [
          "add",
          ["mul", "v", { constant: "beta2" }],
          ["mul", ["mul", "gradient", "gradient"], { constant: "rest2" }],
        ],
      },
    ],
    ["mul", root, { constant: "epsilon" }],
  ],
];
const velocity: Term = { as: "next", term: ["add", ["mul", "velocity", { constant: "momentum" }], "gradient"] };
const sgdChanges: readonly { readonly term: Term; readonly nesterov: number }[] = [
  { term: ["mul", ["add", "gradient", ["mul", velocity, { constant: "again" }]], "rate"], nesterov: 1 },
  { term: ["mul", velocity, "rate"], nesterov: 0 },
];

/** The vector of all changes, and how each parameter takes its part. */
interface Update {
  readonly change: string;
  readonly decay: number;
  readonly names: readonly string[];
  readonly sizes: readonly number[];
}

export function fusedOptimizer(entry: Entry): FusedOptimizer | null {
  const view = new GraphView(entry.graph);
  const update = updateOf(view, entry);
  if (!update) return null;
  return adamOf(view, entry, update) ?? sgdOf(view, entry, update);
}

function adamOf(view: GraphView, entry: Entry, update: Update): FusedOptimizer | null {
  const found = match(view, update.change, adamChange);
  if (!found) return null;
  const { m, v, first, second, step, rate } = found.values as Record<string, string>;
  const { beta1, beta2, rest1, rest2 } = found.numbers as Record<string, number>;
  const isAdam = Math.abs(beta1! + rest1! - 1) < 1e-6 && Math.abs(beta2! + rest2! - 1) < 1e-6;
  const isState = writesTo(view, entry, m!, first!) && writesTo(view, entry, v!, second!);
  const parameters = partsOf(view, found, update);
  if (!isAdam || !isState || !parameters || !match(view, step!, ["add", "before", 1])) return null;
  const numbers = { ...found.numbers, weightDecay: update.decay };
  const kind = update.decay > 0 ? "adamw" : "adam";
  return { kind, parameters, moments: [m!, v!], step: step!, rate: rate!, numbers };
}

function sgdOf(view: GraphView, entry: Entry, update: Update): FusedOptimizer | null {
  if (update.decay > 0) return null;
  for (const { term, nesterov } of sgdChanges) {
    const found = match(view, update.change, term);
    if (!found) continue;
    const { velocity: before, next, rate } = found.values as Record<string, string>;
    const { momentum, again = momentum } = found.numbers as Record<string, number>;
    const parameters = partsOf(view, found, update);
    if (!parameters || again !== momentum || !writesTo(view, entry, before!, next!)) continue;
    return {
      kind: "sgd",
      parameters,
      moments: [before!],
      step: null,
      rate: rate!,
      numbers: { momentum: momentum!, nesterov },
    };
  }
  return null;
}

const writtenValue = ({ graph, writes }: Entry, state: string): string | undefined =>
  graph.outputs.find(({ name }) => name === writes[state])?.value;

/** Whether a state is read as this input and written as this value, which the caller does not get. */
function writesTo(view: GraphView, entry: Entry, state: string, value: string): boolean {
  const isRead = view.graph.inputs.some(({ id }) => id === state);
  return isRead && writtenValue(entry, state) === value && !entry.outputs.includes(entry.writes[state]!);
}

/** Every written parameter must lose its part of one vector, and be used for nothing else afterwards. */
function updateOf(view: GraphView, entry: Entry): Update | null {
  const found = Object.keys(entry.writes).flatMap((name) => {
    const part = partOf(view, name, writtenValue(entry, name)!);
    return part && writesTo(view, entry, name, writtenValue(entry, name)!) ? [{ ...part, name }] : [];
  });
  const [first] = found;
  if (!first) return null;
  const ordered = found.toSorted((a, b) => a.index - b.index);
  const isOne = ordered.every(
    (part, i) => part.change === first.change && part.index === i && part.decay === first.decay,
  );
  const isWhole =
    ordered.length === first.count && found.every(({ name }) => view.users(writtenValue(entry, name)!).length === 0);
  if (!isOne || !isWhole) return null;
  const { change, decay } = first;
  return { change, decay, names: ordered.map(({ name }) => name), sizes: ordered.map(({ size }) => size) };
}

interface Part {
  readonly change: string;
  readonly decay: number;
  readonly index: number;
  readonly count: number;
  readonly size: number;
}

/** p - part, or p (1 - rate decay) - part. */
function partOf(view: GraphView, name: string, next: string): Part | null {
  const kept: Term = ["mul", "p", ["sub", 1, ["mul", "rate", { constant: "decay" }]]];
  const found = match(view, next, ["sub", kept, "part"]) ?? match(view, next, ["sub", "p", "part"]);
  if (found?.values["p"] !== name) return null;
  const shape = view.shape(name) as readonly number[];
  const size = shape.reduce((product, dim) => product * dim, 1);
  const given = found.values["part"]!;
  const piece = view.maker(given)?.op === "reshape" ? view.maker(given)!.inputs[0]! : given;
  const decay = found.numbers["decay"] ?? 0;
  const maker = view.maker(piece);
  if (maker?.op !== "split") return { change: piece, decay, index: 0, count: 1, size };
  const index = maker.outputs.indexOf(piece);
  return { change: maker.inputs[0]!, decay, index, count: maker.outputs.length, size };
}

/** Each parameter with its gradient: the vector that was joined to all gradients, or a part of what was made of them (clipping does). */
function partsOf(view: GraphView, { values }: Found, { names, sizes }: Update): readonly FusedParameter[] | null {
  const whole = values["gradient"]!;
  const joined = view.maker(whole);
  const ids = joined?.op === "concat" ? joined.inputs : [whole];
  if (ids.length === names.length && ids.every((id, i) => view.shape(id).join() === String(sizes[i])))
    return names.map((name, i) => ({ name, size: sizes[i]!, gradient: ids[i]!, start: 0 }));
  if (view.shape(whole).join() !== String(sizes.reduce((total, size) => total + size, 0))) return null;
  const start = (i: number) => sizes.slice(0, i).reduce((total, size) => total + size, 0);
  return names.map((name, i) => ({ name, size: sizes[i]!, gradient: whole, start: start(i) }));
}

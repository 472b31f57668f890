/**
 * Is a value of a graph made by a certain expression? Enters: a graph and a term such as ["mul", "g", ["sub", 1, "s"]]; leaves: which values the names
 * stand for. Apart because it knows nothing of torch: patterns.ts says what is looked for.
 */
import type { Graph, GraphNode } from "@lepton/contract";

/**
 * A name stands for any value, the same wherever it occurs again (but for "_"); a number is a constant of this value; a list is an operator and its inputs
 * (add and mul in either order); `as` names what a term matches; `constant` takes a constant's number.
 */
export type Term =
  | string
  | number
  | readonly [string, ...Term[]]
  | { readonly as: string; readonly term: Term }
  | { readonly constant: string };

export interface Found {
  /** Name ─► id of a value. */
  readonly values: Readonly<Record<string, string>>;
  /** Name ─► a constant's number. */
  readonly numbers: Readonly<Record<string, number>>;
}

export class GraphView {
  readonly graph: Graph;
  readonly #makers = new Map<string, GraphNode>();
  readonly #users = new Map<string, GraphNode[]>();
  readonly #numbers = new Map<string, number>();

  constructor(graph: Graph) {
    this.graph = graph;
    for (const { id, values } of graph.constants)
      if (values.length > 0 && values.every((value) => value === values[0])) this.#numbers.set(id, values[0]!);
    for (const node of graph.nodes) {
      for (const id of node.outputs) this.#makers.set(id, node);
      for (const id of new Set(node.inputs)) this.#users.set(id, [...(this.#users.get(id) ?? []), node]);
    }
  }

  maker(id: string): GraphNode | undefined {
    return this.#makers.get(id);
  }

  users(id: string): readonly GraphNode[] {
    return this.#users.get(id) ?? [];
  }

  shape(id: string): readonly (number | string)[] {
    return this.graph.values[id]!.shape;
  }

  /** What a constant is everywhere. */
  number(id: string): number | undefined {
    return this.#numbers.get(id);
  }
}

const commutes = new Set(["add", "mul"]);
const nothing: Found = { values: {}, numbers: {} };

/** What the names stand for, or null. @param known  names that stand for something already */
export function match(view: GraphView, id: string, term: Term, known: Found = nothing): Found | null {
  if (typeof term === "number") return isClose(view.number(id), term) ? known : null;
  if (typeof term === "string") return named(term, id, known);
  if ("constant" in term) {
    const number = view.number(id);
    const before = known.numbers[term.constant];
    if (number === undefined || (before !== undefined && !isClose(number, before))) return null;
    return { ...known, numbers: { ...known.numbers, [term.constant]: number } };
  }
  if ("as" in term) {
    const found = named(term.as, id, known);
    return found && match(view, id, term.term, found);
  }
  const [op, ...parts] = term;
  const node = view.maker(id);
  if (!node || node.op !== op || node.inputs.length !== parts.length) return null;
  const straight = matchAll(view, node.inputs, parts, known);
  return straight ?? (commutes.has(op) ? matchAll(view, node.inputs.toReversed(), parts, known) : null);
}

function matchAll(view: GraphView, ids: readonly string[], terms: readonly Term[], known: Found): Found | null {
  let found: Found | null = known;
  for (const [i, id] of ids.entries()) found = found && match(view, id, terms[i]!, found);
  return found;
}

function named(name: string, id: string, known: Found): Found | null {
  if (name === "_") return known;
  if (Object.hasOwn(known.values, name)) return known.values[name] === id ? known : null;
  return { ...known, values: { ...known.values, [name]: id } };
}

/** Constants are f32 numbers written as f64. */
function isClose(got: number | undefined, wanted: number): boolean {
  return got !== undefined && Math.abs(got - wanted) <= 1e-6 * Math.max(1e-3, Math.abs(wanted));
}

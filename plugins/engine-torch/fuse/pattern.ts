/**
 * What a pattern is, and the conditions of values that a term cannot say. Apart because two tables of patterns are written with it: normalisations.ts
 * and patterns.ts.
 */
import type { AttributeValue, Dim, DType } from "@lepton/contract";
import type { Found, GraphView, Term } from "./match.ts";

/** A fused operator's use, before it is part of a graph. */
export interface Fused {
  readonly op: string;
  readonly inputs: readonly string[];
  /** Values that it makes; one that the graph does not have is new and has its type in `made`. */
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly made?: Readonly<Record<string, { readonly dtype: DType; readonly shape: readonly Dim[] }>>;
}

export interface Pattern {
  readonly name: string;
  /** Where torch has it: some kernels are only for the CPU. */
  readonly onlyCpu?: boolean;
  readonly term: Term;
  /** The fused use, or null where a condition that a term cannot say does not hold. */
  readonly fuse: (found: Found, view: GraphView, root: string) => Fused | null;
}

/** The use that makes the root alone. */
export const one = (
  op: string,
  inputs: readonly string[],
  root: string,
  attributes: Fused["attributes"] = {},
): Fused => ({
  op,
  inputs,
  outputs: [root],
  attributes,
});

/** An attribute of the node that made a value. */
export const attribute = (view: GraphView, id: string, name: string) => view.maker(id)?.attributes[name];
/** Whether a product turns just these of its sides. */
export const isPlain = (view: GraphView, id: string, turnsA = false, turnsB = false) =>
  attribute(view, id, "transposeA") === turnsA && attribute(view, id, "transposeB") === turnsB;

/** Whether a reduction goes over exactly the last axis, or over all but it, and keeps it as 1. */
export function reduces(view: GraphView, id: string, which: "last" | "others"): boolean {
  const node = view.maker(id)!;
  const rank = view.shape(node.inputs[0]!).length;
  const axes = (node.attributes["axes"] as readonly number[]).map((axis) => (axis < 0 ? axis + rank : axis));
  const wanted = Array.from({ length: rank }, (_, axis) => axis);
  return axes.toSorted().join() === (which === "last" ? [rank - 1] : wanted.slice(0, -1)).join();
}

/** Whether a softmax goes over the last axis. */
export function isLastAxis(view: GraphView, id: string): boolean {
  const axis = attribute(view, id, "axis") as number;
  return axis === -1 || axis === view.shape(id).length - 1;
}

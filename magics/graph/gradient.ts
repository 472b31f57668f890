/** Reverse-mode differentiation: one pass over the nodes behind a loss, from the last to the first, that builds more graph. */
import { type GraphNode, LeptonError } from "@lepton/contract";
import { formatType } from "./dims.ts";
import { isFloat } from "./operator.ts";
import { add } from "./ops/elementwise.ts";
import { operatorOf } from "./ops/registry.ts";
import { expand } from "./ops/shape.ts";
import type { Tensor } from "./tensor.ts";

/**
 * The derivative of a loss by each tensor of `wrt`, with the tensor's shape; zeros where the loss does not depend on it.
 *
 * @param loss  one number (its shape may have axes of size 1)
 * @throws LEPTON_SHAPE when the loss is not one float
 */
export function gradients(loss: Tensor, wrt: readonly Tensor[]): readonly Tensor[] {
  if (!isFloat(loss.dtype) || loss.shape.some((dim) => dim !== 1))
    throw new LeptonError("LEPTON_SHAPE", `a loss must be one number, got ${formatType(loss)}; take its mean or sum.`);
  const { builder } = loss;
  const nodes = builder.nodesFor([loss.id]);
  const dependent = dependents(nodes, wrt);
  const sums = new Map<string, Tensor>([[loss.id, expand(builder.scalar(1, loss.dtype), loss.shape)]]);
  for (const node of nodes.toReversed()) {
    if (!node.inputs.some((id) => dependent.has(id))) continue;
    builder.label(`gradient of ${node.label ?? node.op}`, () =>
      pushBack(node, dependent, sums, builder.tensor.bind(builder)),
    );
  }
  return wrt.map((x) => sums.get(x.id) ?? expand(builder.scalar(0, x.dtype), x.shape));
}

/** Ids of values that change with `wrt`. */
function dependents(nodes: readonly GraphNode[], wrt: readonly Tensor[]): ReadonlySet<string> {
  const found = new Set(wrt.map((x) => x.id));
  for (const node of nodes) {
    if (node.inputs.some((id) => found.has(id))) for (const id of node.outputs) found.add(id);
  }
  return found;
}

/** Add what a node passes back to the gradients of its inputs. */
function pushBack(
  node: GraphNode,
  dependent: ReadonlySet<string>,
  sums: Map<string, Tensor>,
  tensor: (id: string) => Tensor,
): void {
  const incoming = node.outputs.map((id) => sums.get(id) ?? null);
  const { gradient } = operatorOf(node.op);
  if (!gradient || incoming.every((g) => g === null)) return;
  const passed = gradient({
    inputs: node.inputs.map(tensor),
    outputs: node.outputs.map(tensor),
    gradients: incoming,
    attributes: node.attributes,
    wanted: node.inputs.map((id) => dependent.has(id)),
  });
  for (const [i, id] of node.inputs.entries()) {
    const g = passed[i];
    if (!g || !dependent.has(id)) continue;
    const before = sums.get(id);
    sums.set(id, before ? add(before, g) : g);
  }
}

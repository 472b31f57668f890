/**
 * What libtorch computes in one call and the graph in several: the one table of patterns, each a term and the fused operator that it becomes. Those of
 * layer norm and batch norm stand in normalisations.ts; lower/fused.ts says how each fused operator is called. A pattern that no longer fits a gradient
 * costs time, never correctness: nothing is replaced.
 */
import { type Found, type GraphView, match, type Term } from "./match.ts";
import { normalisations } from "./normalisations.ts";
import { attribute, type Fused, isLastAxis, isPlain, one, type Pattern, reduces } from "./pattern.ts";

const linear: Pattern = {
  name: "linear",
  term: ["add", { as: "product", term: ["matmul", "a", "b"] }, "bias"],
  fuse({ values: { product, a, b, bias } }, view, root) {
    const [shape, added] = [view.shape(product!), view.shape(bias!)];
    const isBias = added.length === 1 && added[0] === shape.at(-1);
    const isSame = shape.length === 2 && added.join() === shape.join();
    const isMatrix =
      view.shape(b!).length === 2 && !(view.shape(a!).length > 2 && attribute(view, product!, "transposeA"));
    if (!isMatrix || !(isBias || isSame) || view.users(product!).length > 1) return null;
    return one("fused.linear", [a!, b!, bias!], root, view.maker(product!)!.attributes);
  },
};

const reluGradient: Pattern = {
  name: "gradient of relu",
  term: ["where", ["greater", { as: "y", term: ["relu", "x"] }, 0], "g", 0],
  fuse: ({ values: { y, g } }, view, root) =>
    view.shape(g!).join() === view.shape(root).join() ? one("fused.reluGradient", [g!, y!], root) : null,
};

const sigmoidGradient: Pattern = {
  name: "gradient of sigmoid",
  term: ["mul", "g", ["mul", { as: "y", term: ["sigmoid", "x"] }, ["sub", 1, "y"]]],
  fuse: ({ values: { y, g } }, view, root) =>
    view.shape(g!).join() === view.shape(y!).join() ? one("fused.sigmoidGradient", [g!, y!], root) : null,
};

const tanhGradient: Pattern = {
  name: "gradient of tanh",
  term: ["mul", "g", ["sub", 1, ["mul", { as: "y", term: ["tanh", "x"] }, "y"]]],
  fuse: ({ values: { y, g } }, view, root) =>
    view.shape(g!).join() === view.shape(y!).join() ? one("fused.tanhGradient", [g!, y!], root) : null,
};

/** x / sqrt(2), and e^(-u u) / sqrt(2 pi). */
const halfway: Term = { as: "u", term: ["mul", "x", Math.SQRT1_2] };
const density: Term = ["exp", ["sub", -Math.log(2 * Math.PI) / 2, ["mul", "u", "u"]]];

const geluGradient: Pattern = {
  name: "gradient of gelu",
  term: ["mul", "g", ["add", ["mul", ["add", ["erf", halfway], 1], 0.5], ["mul", "x", density]]],
  fuse: ({ values: { x, g } }, view, root) =>
    view.shape(g!).join() === view.shape(x!).join() ? one("fused.geluGradient", [g!, x!], root) : null,
};

const softmaxGradient: Pattern = {
  name: "gradient of softmax",
  term: ["mul", ["sub", "g", { as: "total", term: ["sum", ["mul", "g", { as: "y", term: ["softmax", "x"] }]] }], "y"],
  fuse: ({ values: { y, g, total } }, view, root) =>
    isLastAxis(view, y!) && reduces(view, total!, "last") ? one("fused.softmaxGradient", [g!, y!], root) : null,
};

const logSoftmaxGradient: Pattern = {
  name: "gradient of logSoftmax",
  term: ["sub", "g", ["mul", ["exp", { as: "y", term: ["logSoftmax", "x"] }], { as: "total", term: ["sum", "g"] }]],
  fuse: ({ values: { y, g, total } }, view, root) =>
    isLastAxis(view, y!) && reduces(view, total!, "last") && view.shape(g!).join() === view.shape(y!).join()
      ? one("fused.logSoftmaxGradient", [g!, y!], root)
      : null,
};

const scores: Term = {
  as: "scores",
  term: ["mul", { as: "product", term: ["matmul", "q", "k"] }, { constant: "scale" }],
};
const weighed = (inside: Term): Term => ({ as: "p", term: ["softmax", inside] });

function fuseAttention(found: Found, view: GraphView, root: string): Fused | null {
  const { q, k, v, p, product, bias } = found.values as Record<string, string>;
  const [query, key, value] = [q!, k!, v!].map((id) => view.shape(id));
  const isFour = [query, key, value].every((shape) => shape!.length === 4) && value!.at(-1) === query!.at(-1);
  const isOne = [key, value].every((shape) => shape!.slice(0, 2).join() === query!.slice(0, 2).join());
  if (!isFour || !isOne || !isLastAxis(view, p!)) return null;
  if (!isPlain(view, product!, false, true) || !isPlain(view, root)) return null;
  if (bias && !(view.shape(bias).length === 2 && view.graph.constants.some(({ id }) => id === bias))) return null;
  const kept = `${p}.sums`;
  return {
    op: "fused.attention",
    inputs: [q!, k!, v!, ...(bias ? [bias] : [])],
    outputs: [root, kept],
    attributes: { scale: found.numbers["scale"]! },
    made: { [kept]: { dtype: "f32", shape: query!.slice(0, 3) } },
  };
}

const attention: Pattern = {
  name: "attention",
  onlyCpu: true,
  term: ["matmul", weighed(scores), "v"],
  fuse: fuseAttention,
};

const biasedAttention: Pattern = {
  name: "attention with a bias",
  onlyCpu: true,
  term: ["matmul", weighed(["add", scores, "bias"]), "v"],
  fuse: fuseAttention,
};

/** By the queries; those by keys and values are looked for beside it. */
const attentionGradient: Pattern = {
  name: "gradient of attention",
  onlyCpu: true,
  term: [
    "matmul",
    {
      as: "gs",
      term: [
        "mul",
        ["mul", ["sub", "gp", ["sum", ["mul", "gp", "p"]]], { as: "p", term: ["softmax", "inside"] }],
        { constant: "scale" },
      ],
    },
    "k",
  ],
  fuse({ values: { p, gp, gs, k } }, view, root) {
    const forward = view
      .users(p!)
      .map((node) => node.outputs[0]!)
      .map((id) => [id, fusedForward(view, id)] as const)
      .find(([, fused]) => fused);
    const given = view.maker(gp!);
    if (!forward || given?.op !== "matmul" || !isPlain(view, gp!, false, true) || !isPlain(view, root)) return null;
    const [q, key, v, bias] = forward[1]!.inputs;
    const g = given.inputs[0]!;
    const byKey = product(view, gs!, [gs!, q!]);
    const byValue = product(view, p!, [p!, g]);
    if (key !== k || given.inputs[1] !== v || !byKey || !byValue) return null;
    return {
      op: "fused.attentionGradient",
      inputs: [g, q!, key!, v!, forward[0], `${p}.sums`, ...(bias ? [bias] : [])],
      outputs: [root, byKey, byValue],
      attributes: forward[1]!.attributes,
    };
  },
};

function fusedForward(view: GraphView, id: string): Fused | null {
  for (const { term, fuse } of [attention, biasedAttention]) {
    const found = match(view, id, term);
    const fused = found && fuse(found, view, id);
    if (fused) return fused;
  }
  return null;
}

/** The product of two values, the first turned, where the graph has it. */
function product(view: GraphView, of: string, inputs: readonly string[]): string | undefined {
  const node = view
    .users(of)
    .find(
      (user) => user.op === "matmul" && user.inputs.join() === inputs.join() && isPlain(view, user.outputs[0]!, true),
    );
  return node?.outputs[0];
}

/** A weight that every step of a sequence used: the sum of its gradients is one product over all steps. */
const sumOfProducts: Pattern = {
  name: "sum of products",
  term: ["add", "left", { as: "right", term: ["matmul", "a", "b"] }],
  fuse(_, view, root) {
    if (view.users(root).some((node) => node.op === "add" && leavesOf(view, node.outputs[0]!))) return null;
    const leaves = leavesOf(view, root);
    if (!leaves || leaves.length < 3) return null;
    const sides = [0, 1].flatMap((side) => leaves.map((leaf) => view.maker(leaf)!.inputs[side]!));
    return one("fused.sumOfProducts", sides, root);
  },
};

/** The products that a chain of additions sums up, if it sums up nothing else. */
function leavesOf(view: GraphView, id: string): readonly string[] | null {
  const node = view.maker(id);
  if (node?.op === "matmul") {
    const fits = isPlain(view, id, true, false) && node.inputs.every((input) => view.shape(input).length === 2);
    return fits && view.users(id).length === 1 ? [id] : null;
  }
  if (node?.op !== "add") return null;
  const [left, right] = node.inputs.map((input) => leavesOf(view, input));
  return left && right ? [...left, ...right] : null;
}

/** In the order in which they are tried: the first that fits a value has it. */
export const patterns: readonly Pattern[] = [
  sumOfProducts,
  attention,
  biasedAttention,
  attentionGradient,
  ...normalisations,
  linear,
  geluGradient,
  softmaxGradient,
  logSoftmaxGradient,
  reluGradient,
  sigmoidGradient,
  tanhGradient,
];

/**
 * What libtorch computes in one call and the graph in several: the one table of patterns, each a term and the fused operator that it becomes.
 * lower/fused.ts says how each fused operator is called. A pattern that no longer fits a gradient costs time, never correctness: nothing is replaced.
 */
import type { AttributeValue, Dim, DType } from "@lepton/contract";
import { type Found, type GraphView, match, type Term } from "./match.ts";

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

const one = (op: string, inputs: readonly string[], root: string, attributes: Fused["attributes"] = {}): Fused => ({
  op,
  inputs,
  outputs: [root],
  attributes,
});

const attribute = (view: GraphView, id: string, name: string) => view.maker(id)?.attributes[name];
const isPlain = (view: GraphView, id: string, turnsA = false, turnsB = false) =>
  attribute(view, id, "transposeA") === turnsA && attribute(view, id, "transposeB") === turnsB;

/** Whether a reduction goes over exactly the last axis, or over all but it, and keeps it as 1. */
function reduces(view: GraphView, id: string, which: "last" | "others"): boolean {
  const node = view.maker(id)!;
  const rank = view.shape(node.inputs[0]!).length;
  const axes = (node.attributes["axes"] as readonly number[]).map((axis) => (axis < 0 ? axis + rank : axis));
  const wanted = Array.from({ length: rank }, (_, axis) => axis);
  return axes.toSorted().join() === (which === "last" ? [rank - 1] : wanted.slice(0, -1)).join();
}

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

function isLastAxis(view: GraphView, id: string): boolean {
  const axis = attribute(view, id, "axis") as number;
  return axis === -1 || axis === view.shape(id).length - 1;
}

/** One over the deviation, by names alone. */
const inverse: Term = { as: "inverse", term: ["div", 1, { as: "deviation", term: ["sqrt", "spread"] }] };

/** What is normalised, and what is kept of it for the gradient. */
const normalised: Term = {
  as: "n",
  term: [
    "mul",
    { as: "centred", term: ["sub", "x", { as: "mean", term: ["mean", "x"] }] },
    {
      as: "inverse",
      term: [
        "div",
        1,
        {
          as: "deviation",
          term: [
            "sqrt",
            ["add", { as: "variance", term: ["mean", ["mul", "centred", "centred"]] }, { constant: "epsilon" }],
          ],
        },
      ],
    },
  ],
};

const layerNorm: Pattern = {
  name: "layer norm",
  term: ["add", ["mul", normalised, "scale"], "shift"],
  fuse({ values: { n, x, mean, variance, scale, shift }, numbers: { epsilon } }, view, root) {
    const rows = view.shape(x!);
    const isRow = [scale!, shift!].every((id) => view.shape(id).join() === String(rows.at(-1)));
    if (!isRow || !reduces(view, mean!, "last") || !reduces(view, variance!, "last")) return null;
    const kept = { dtype: view.graph.values[x!]!.dtype, shape: [...rows.slice(0, -1), 1] };
    return {
      op: "fused.layerNorm",
      inputs: [x!, scale!, shift!],
      outputs: [root, `${n}.mean`, `${n}.inverse`],
      attributes: { epsilon: epsilon! },
      made: { [`${n}.mean`]: kept, [`${n}.inverse`]: kept },
    };
  },
};

/** By x; those by scale and shift are looked for beside it. */
const layerNormGradient: Pattern = {
  name: "gradient of layer norm",
  term: layerNormGradientTerm("inner"),
  fuse: fuseLayerNormGradient,
};

/** The same where x has another gradient already: they are added in the middle. */
const residualLayerNormGradient: Pattern = {
  name: "gradient of layer norm beside another",
  term: layerNormGradientTerm("rest"),
  fuse: fuseLayerNormGradient,
};

/** Of a layer norm whose x needs no gradient. */
const affineGradient: Pattern = {
  name: "gradient of layer norm's scale",
  term: ["sum", ["mul", "g", normalised]],
  fuse({ values: { n, x, g } }, view, root) {
    const forward = forwardOf(view, n!);
    const rest = gradientsOfAffine(view, n!, g!);
    if (!forward || rest?.[0] !== root) return null;
    const inputs = [g!, x!, `${n}.mean`, `${n}.inverse`, forward.inputs[1]!];
    return { op: "fused.affineGradient", inputs, outputs: rest, attributes: {} };
  },
};

function fuseLayerNormGradient({ values }: Found, view: GraphView, root: string): Fused | null {
  const { x, scale, g, toMean, rest } = values as Record<string, string>;
  const n = normalisedOf(view, values);
  const beside = n && gradientsOfAffine(view, n, g!);
  if (!n || !forwardOf(view, n) || !beside || !reduces(view, toMean!, "last")) return null;
  if (rest && view.shape(rest).length !== view.shape(x!).length) return null;
  return {
    op: "fused.layerNormGradient",
    inputs: [g!, x!, `${n}.mean`, `${n}.inverse`, scale!, ...(rest ? [rest] : [])],
    outputs: [root, ...beside],
    attributes: {},
  };
}

/** The normalised value that a norm's gradient is of. */
function normalisedOf(view: GraphView, { centred, inverse: factor }: Found["values"]): string | undefined {
  const products = view.users(centred!).filter((node) => node.op === "mul" && node.inputs.includes(factor!));
  return products.map((node) => node.outputs[0]!).find((id) => match(view, id, normalised));
}

/** The layer norm that uses these normalised rows. */
function forwardOf(view: GraphView, n: string): Fused | null {
  const results = view
    .users(n)
    .flatMap((node) => view.users(node.outputs[0]!))
    .map((node) => node.outputs[0]!);
  for (const id of results) {
    const found = match(view, id, layerNorm.term);
    const fused = found && found.values["n"] === n && layerNorm.fuse(found, view, id);
    if (fused) return fused;
  }
  return null;
}

/** @param kind  "rest": another gradient of x is added in the middle */
function layerNormGradientTerm(kind: "inner" | "rest"): Term {
  return normGradientTerm(
    kind,
    (x) => ["sum", x],
    (x) => ["div", x, { constant: "size" }],
  );
}

/** The gradient that the graph's rules make of a normalisation, by what is normalised. */
function normGradientTerm(kind: "inner" | "rest", total: (x: Term) => Term, share: (x: Term) => Term): Term {
  const scaled: Term = { as: "gs", term: ["mul", "g", "scale"] };
  const byInverse: Term = ["mul", total(["mul", scaled, { as: "centred", term: ["sub", "x", "mean"] }]), inverse];
  const byVariance: Term = ["div", ["mul", ["neg", ["div", byInverse, "deviation"]], 0.5], "deviation"];
  const square: Term = ["mul", ["mul", share(byVariance), 2], "centred"];
  const inner: Term = { as: "inner", term: ["add", ["mul", scaled, inverse], square] };
  const before: Term = kind === "inner" ? inner : ["add", "rest", inner];
  return ["add", before, share(["neg", { as: "toMean", term: total("inner") }])];
}

/** The gradients by scale and shift that stand beside the one by x: sums over all rows. */
function gradientsOfAffine(view: GraphView, n: string, g: string): readonly [string, string] | null {
  const sumOf = (id: string) =>
    view.users(id).find((node) => node.op === "sum" && reduces(view, node.outputs[0]!, "others"))?.outputs[0];
  const product = view.users(g).find((node) => node.op === "mul" && node.inputs.includes(n));
  const [scale, shift] = [product && sumOf(product.outputs[0]!), sumOf(g)];
  return scale && shift ? [scale, shift] : null;
}

const counted = (x: Term): Term => ["div", ["reshape", x], ["count", "_"]];

const batchNormGradient: Pattern = {
  name: "gradient of batch norm",
  term: normGradientTerm("inner", (x) => ["reshape", ["sum", x]], counted),
  fuse: fuseBatchNormGradient,
};

function fuseBatchNormGradient({ values }: Found, view: GraphView, root: string): Fused | null {
  const { x, scale, g, mean, inverse: factor } = values as Record<string, string>;
  const n = normalisedOf(view, values);
  const beside = n && gradientsOfAffine(view, n, g!);
  const average = view.maker(mean!);
  if (!beside || average?.op !== "mean" || average.attributes["keepDims"] === true || !reduces(view, mean!, "others"))
    return null;
  return {
    op: "fused.batchNormGradient",
    inputs: [g!, x!, scale!, mean!, factor!],
    outputs: [root, ...beside],
    attributes: {},
  };
}

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
  layerNormGradient,
  residualLayerNormGradient,
  affineGradient,
  batchNormGradient,
  layerNorm,
  linear,
  geluGradient,
  softmaxGradient,
  logSoftmaxGradient,
  reluGradient,
  sigmoidGradient,
  tanhGradient,
];

/**
 * Layer norm, batch norm and their gradients as patterns, in the forms that magics/graph's rules give them. Apart from patterns.ts because they are one
 * family: a gradient finds the norm that it belongs to, and takes the gradients of scale and shift along.
 */
import { type Found, type GraphView, match, type Term } from "./match.ts";
import { type Fused, type Pattern, reduces } from "./pattern.ts";

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

/** In the order in which they are tried: a gradient by x before those by scale and shift, which it takes along. */
export const normalisations: readonly Pattern[] = [
  layerNormGradient,
  residualLayerNormGradient,
  affineGradient,
  batchNormGradient,
  layerNorm,
];

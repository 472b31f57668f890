import type { Executable, OptimizerSpec, Program, StateSpec, TensorData } from "@lepton/contract";
import * as g from "@lepton/graph";
import { afterEach, describe, expect, test } from "vitest";
import { createNn, ModelContext, type Nn } from "../../../magics/nn/index.ts";
import { optimize } from "../../../magics/optim/index.ts";
import { openDevice } from "../../../plugins/engine-torch/devices.ts";
import { TorchExecutable } from "../../../plugins/engine-torch/executable.ts";
import { findTorch } from "../../../plugins/engine-torch/find.ts";
import { fuseGraph } from "../../../plugins/engine-torch/fuse/fuse.ts";
import { fusedOptimizer } from "../../../plugins/engine-torch/fuse/optimizer.ts";
import { patterns } from "../../../plugins/engine-torch/fuse/patterns.ts";
import { loadTorch } from "../../../plugins/engine-torch/raw/library.ts";
import { distance } from "../../suites/case-graph.ts";
import { caseProgram } from "../../suites/case-program.ts";
import { noTorch } from "./torch-here.ts";

type Build = (b: g.GraphBuilder, x: g.Tensor) => { readonly y: g.Tensor; readonly wrt: readonly g.Tensor[] };

const through =
  (f: (x: g.Tensor) => g.Tensor): Build =>
  (_, x) => ({ y: f(x), wrt: [x] });

/** A layer as a user's model makes it. */
const layer =
  (make: (nn: Nn, x: g.Tensor) => g.Tensor, learns = true): Build =>
  (b, x) => {
    const context = new ModelContext(b, "train");
    const y = make(createNn(context), x);
    const parameters = context.parameters.map(({ spec }) => b.tensor(spec.name));
    return { y, wrt: learns ? [x, ...parameters] : parameters };
  };

const attended =
  (causal: boolean): Build =>
  (b, x) => {
    const [k, v] = [b.input("k", "f32", ["B", 2, 5, 6]), b.input("v", "f32", ["B", 2, 5, 6])];
    return { y: g.attention(x, k, v, { causal }), wrt: [x, k, v] };
  };

const recurrent: Build = (b, x) => {
  const w = b.input("w", "f32", [6, 6]);
  const y = [0, 1, 2, 3].reduce((h) => g.tanh(g.matmul(h, w)), x);
  return { y, wrt: [x, w] };
};

/** Which patterns must be found in a function and its gradients. */
const cases: Readonly<
  Record<string, { build: Build; finds: readonly string[]; shape?: readonly (number | string)[] }>
> = {
  relu: { build: through((x) => g.relu(g.mul(x, 2))), finds: ["gradient of relu"] },
  sigmoid: { build: through((x) => g.sigmoid(g.mul(x, 2))), finds: ["gradient of sigmoid"] },
  tanh: { build: through((x) => g.tanh(g.mul(x, 2))), finds: ["gradient of tanh"] },
  gelu: { build: through((x) => g.gelu(g.mul(x, 2))), finds: ["gradient of gelu"] },
  softmax: { build: through((x) => g.softmax(g.mul(x, 2))), finds: ["gradient of softmax"] },
  logSoftmax: { build: through((x) => g.logSoftmax(g.mul(x, 2))), finds: ["gradient of logSoftmax"] },
  dense: {
    build: (b, x) => {
      const [w, bias] = [b.input("w", "f32", [6, 3]), b.input("bias", "f32", [3])];
      return { y: g.add(g.matmul(x, w), bias), wrt: [x, w, bias] };
    },
    finds: ["linear"],
  },
  "layer norm": { build: layer((nn, x) => nn.layerNorm(x)), finds: ["layer norm", "gradient of layer norm"] },
  "layer norm in a residual block": {
    build: layer((nn, x) => g.add(x, nn.layerNorm(x))),
    finds: ["layer norm", "gradient of layer norm beside another"],
  },
  "layer norm of what is not learnt": {
    build: layer((nn, x) => nn.layerNorm(x), false),
    finds: ["layer norm", "gradient of layer norm's scale"],
  },
  "batch norm": { build: layer((nn, x) => nn.batchNorm(x)), finds: ["gradient of batch norm"] },
  "batch norm of images": {
    build: layer((nn, x) => nn.batchNorm(x)),
    finds: ["gradient of batch norm"],
    shape: ["B", 4, 3, 6],
  },
  attention: { build: attended(false), finds: ["attention", "gradient of attention"], shape: ["B", 2, 4, 6] },
  "causal attention": {
    build: attended(true),
    finds: ["attention with a bias", "gradient of attention"],
    shape: ["B", 2, 4, 6],
  },
  "a weight used at each step": { build: recurrent, finds: ["sum of products"] },
};

const open: Executable[] = [];
afterEach(async () => {
  for (const executable of open.splice(0)) await executable.dispose();
});

async function compile(program: Program, fuses: boolean): Promise<Executable> {
  const found = await findTorch();
  if ("reason" in found) throw new Error(found.reason);
  const torch = await loadTorch(found.folder, 1);
  const executable = new TorchExecutable(torch, program, await openDevice(torch, "cpu"), { fuses, low: null });
  open.push(executable);
  return executable;
}

/** A function, a loss that weighs its elements differently, and the gradients. */
function graphOf({ build, shape = ["B", 6] }: (typeof cases)[string]) {
  const b = new g.GraphBuilder();
  const { y, wrt } = build(b, b.input("x", "f32", shape));
  const loss = g.sum(g.mul(y, g.sin(g.stopGradient(g.mul(y, 3)))));
  const slopes = Object.fromEntries(g.gradients(loss, wrt).map((slope, i) => [`by ${wrt[i]!.id}`, slope]));
  return b.build({ y, ...slopes });
}

function feedsOf(graph: ReturnType<typeof graphOf>): Record<string, TensorData> {
  const entries = graph.inputs.map(({ id, shape }, index) => {
    const sizes = shape.map((dim) => (dim === "B" ? 3 : (dim as number)));
    const size = sizes.reduce((a, b) => a * b, 1);
    return [id, { dtype: "f32", shape: sizes, data: g.normal(5, 0, index, size) }] as const;
  });
  return Object.fromEntries(entries);
}

test.each(Object.entries(cases))("%s and its gradients are found", (_, given) => {
  const graph = graphOf(given);
  const { counts, graph: fused } = fuseGraph(graph, "cpu");
  for (const name of given.finds) expect(counts[name], name).toBeGreaterThan(0);
  expect(fused.nodes.length).toBeLessThan(graph.nodes.length);
});

test("every pattern of the table is in a case", () => {
  const named = new Set(Object.values(cases).flatMap(({ finds }) => finds));
  expect(patterns.map(({ name }) => name).filter((name) => !named.has(name))).toEqual([]);
});

test("what only the CPU has is left alone on a GPU", () => {
  expect(fuseGraph(graphOf(cases["attention"]!), "cuda").counts["attention"]).toBeUndefined();
});

test("a value that is used elsewhere stays", () => {
  const b = new g.GraphBuilder();
  const product = g.matmul(b.input("x", "f32", ["B", 6]), b.input("w", "f32", [6, 3]));
  const graph = b.build({ y: g.add(product, b.input("bias", "f32", [3])), z: g.exp(product) });
  expect(fuseGraph(graph, "cpu").counts).toEqual({});
});

const optimizers: Readonly<Record<string, OptimizerSpec>> = {
  adam: { kind: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
  adamw: { kind: "adamw", beta1: 0.8, beta2: 0.99, epsilon: 1e-6, weightDecay: 0.1 },
  momentum: { kind: "sgd", momentum: 0.9, nesterov: false },
  nesterov: { kind: "sgd", momentum: 0.9, nesterov: true },
} as Record<string, OptimizerSpec>;

/** One step of an optimiser: the gradients are feeds turned about, one of them stretched from a single number. */
function stepProgram(spec: OptimizerSpec, clipNorm?: number): Program {
  const b = new g.GraphBuilder();
  const state: StateSpec[] = [];
  const writes: Record<string, string> = {};
  const outputs: Record<string, g.Tensor> = {};
  const initial = { kind: "constant", value: 0.5 } as const;
  const sources = [
    g.matrixTranspose(b.input("g0", "f32", [3, 2])),
    b.input("g1", "f32", [4]),
    g.expand(b.input("g2", "f32", [1]), [5]),
  ];
  const learnt = sources.map((gradient, i) => {
    const [name, shape] = [`p${i}`, gradient.shape as readonly number[]];
    state.push({ name, dtype: "f32", shape, role: "parameter", initial });
    return { name, shape, value: b.input(name, "f32", shape), gradient };
  });
  const rate = b.input("rate", "f32", []);
  optimize(
    spec,
    learnt,
    { rate, clipNorm },
    {
      read(given) {
        state.push(given);
        return b.input(given.name, given.dtype, given.shape);
      },
      write(name, next) {
        outputs[`next.${name}`] = next;
        writes[name] = `next.${name}`;
      },
    },
  );
  const graph = b.build({ ...outputs, before: learnt[0]!.value });
  const names = new Set(state.map(({ name }) => name));
  const feeds = graph.inputs
    .filter(({ id }) => !names.has(id))
    .map(({ id, dtype, shape }) => ({ name: id, dtype, shape, role: { kind: "batch", of: "x" } as const }));
  const entry = { graph, feeds, reads: [...names], writes, outputs: ["before"] };
  return { contract: 1, state, entries: { run: entry } };
}

test.each(Object.entries(optimizers))("%s is one call", (_, spec) => {
  for (const clipNorm of [undefined, 1])
    expect(fusedOptimizer(stepProgram(spec, clipNorm).entries["run"]!)).toMatchObject({ kind: spec.kind });
});

test("an update that is another one is left alone", () => {
  const { graph, ...entry } = stepProgram(optimizers["adam"]!).entries["run"]!;
  const nodes = graph.nodes.map((node) => (node.op === "sqrt" ? { ...node, op: "exp" } : node));
  expect(fusedOptimizer({ ...entry, graph: { ...graph, nodes } })).toBeNull();
});

describe.skipIf(noTorch !== null)("with torch", () => {
  test.each(Object.entries(cases))("%s: fused, unfused and float64 are equal", async (_, given) => {
    const graph = graphOf(given);
    const feeds = feedsOf(graph);
    const wanted = g.evaluateGraph(graph, feeds);
    const [fused, plain] = [await compile(caseProgram(graph), true), await compile(caseProgram(graph), false)];
    const [got, unfused] = [await fused.run("run", feeds), await plain.run("run", feeds)];
    for (const [name, { data, shape }] of Object.entries(wanted)) {
      expect(got[name]!.shape, name).toEqual(shape);
      expect(distance(got[name]!.data, data), name).toBeLessThan(2e-5);
      expect(distance(unfused[name]!.data, data), `${name}, unfused`).toBeLessThan(2e-5);
    }
  });

  test.each(Object.entries(optimizers))(
    "%s: five steps fused equal five steps operator by operator",
    async (_, spec) => {
      const program = stepProgram(spec);
      const [fused, plain] = [await compile(program, true), await compile(program, false)];
      for (const executable of [fused, plain]) await executable.load(g.initialState(program, 1));
      for (let step = 0; step < 5; step++) {
        const feeds: Record<string, TensorData> = { rate: { dtype: "f32", shape: [], data: Float32Array.of(0.1) } };
        for (const [i, shape] of [[3, 2], [4], [1]].entries()) {
          const size = shape.reduce((a, b) => a * b, 1);
          feeds[`g${i}`] = { dtype: "f32", shape, data: g.normal(7, step, i, size) };
        }
        const before = await fused.read("p0");
        const got = await fused.run("run", feeds);
        expect(got["before"]!.data, "an output is of before the update").toEqual(before.data);
        await plain.run("run", feeds);
      }
      // The graph's 1 - 0.999^t loses digits in f32 (6e-5 of it at the first step), torch computes it in f64.
      const [got, wanted] = [await fused.state(), await plain.state()];
      for (const [name, { data }] of Object.entries(wanted))
        expect(distance(got[name]!.data, data as Float32Array), name).toBeLessThan(1e-5);
    },
  );
});

if (noTorch !== null) test("without torch fused results are not compared", ({ skip }) => skip(noTorch ?? ""));

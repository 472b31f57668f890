import type { Executable, Graph, TensorData } from "@lepton/contract";
import * as g from "@lepton/graph";
import { afterEach, describe, expect, test } from "vitest";
import { openDevice } from "../../../plugins/engine-torch/devices.ts";
import { TorchExecutable } from "../../../plugins/engine-torch/executable.ts";
import { findTorch } from "../../../plugins/engine-torch/find.ts";
import { fuseSequences } from "../../../plugins/engine-torch/fuse/sequences.ts";
import { loadTorch } from "../../../plugins/engine-torch/raw/library.ts";
import { distance } from "../../suites/case-graph.ts";
import { caseProgram } from "../../suites/case-program.ts";
import { noTorch } from "./torch-here.ts";

type Layer = ReturnType<typeof g.lstm>;

/** What is made of an LSTM of 4 units over 5 steps of 3 features, and whether x learns too. */
const uses: Readonly<Record<string, { readonly of: (layer: Layer) => g.Tensor; readonly learnsX?: boolean }>> = {
  "the last output": { of: ({ state }) => state.hidden },
  "the last output, of an x that learns": { of: ({ state }) => state.hidden, learnsX: true },
  "all outputs": { of: ({ outputs }) => outputs, learnsX: true },
  "all outputs and the last": {
    of: ({ outputs, state }) => g.add(g.mean(outputs, { axes: [1] }), g.mul(state.hidden, 2)),
  },
};

function graphOf(name: string, learns = true): Graph {
  const b = new g.GraphBuilder();
  const x = b.input("x", "f32", ["B", 5, 3]);
  const weights = {
    input: b.input("input", "f32", [3, 16]),
    recurrent: b.input("recurrent", "f32", [4, 16]),
    bias: b.input("bias", "f32", [16]),
  };
  const { of, learnsX } = uses[name]!;
  const y = of(g.lstm(x, weights));
  if (!learns) return b.build({ y });
  const loss = g.sum(g.mul(y, g.sin(g.stopGradient(g.mul(y, 3)))));
  const wrt = [...Object.values(weights), ...(learnsX ? [x] : [])];
  const slopes = Object.fromEntries(g.gradients(loss, wrt).map((slope, i) => [`by ${wrt[i]!.id}`, slope]));
  return b.build({ y, ...slopes });
}

const opsOf = (graph: Graph) => fuseSequences(graph).nodes.map(({ op }) => op);

test.each(Object.keys(uses))("%s: forward and gradient are one call each", (name) => {
  const ops = opsOf(graphOf(name));
  expect(ops.filter((op) => op.startsWith("fused."))).toEqual(["fused.lstm", "fused.lstmGradient"]);
  expect(ops).not.toContain("sigmoid");
});

test("without a gradient the forward call stands alone", () => {
  expect(opsOf(graphOf("the last output", false)).filter((op) => op.startsWith("fused."))).toEqual(["fused.lstm"]);
});

test("what is not recognised to the end is left as it is: a state to begin with, another activation, a gradient by the cell", () => {
  const b = new g.GraphBuilder();
  const [x, h] = [b.input("x", "f32", ["B", 5, 3]), b.input("h", "f32", ["B", 4])];
  const weights = {
    input: b.input("input", "f32", [3, 16]),
    recurrent: b.input("recurrent", "f32", [4, 16]),
    bias: b.input("bias", "f32", [16]),
  };
  const carried = b.build({ y: g.lstm(x, weights, { hidden: h, cell: h }).outputs });
  expect(fuseSequences(carried)).toBe(carried);
  const plain = graphOf("the last output");
  const nodes = plain.nodes.map((node, i) => (node.op === "tanh" && i > 40 ? { ...node, op: "sin" } : node));
  const other = { ...plain, nodes };
  expect(fuseSequences(other)).toBe(other);
  const cell = g.lstm(x, weights).state.cell;
  const [slope] = g.gradients(g.sum(cell), [weights.input]);
  const byCell = b.build({ cell, slope: slope! });
  expect(fuseSequences(byCell)).toBe(byCell);
});

const open: Executable[] = [];
afterEach(async () => {
  for (const executable of open.splice(0)) await executable.dispose();
});

async function compile(graph: Graph, fuses: boolean): Promise<Executable> {
  const found = await findTorch();
  if ("reason" in found) throw new Error(found.reason);
  const torch = await loadTorch(found.folder, 1);
  const executable = new TorchExecutable(torch, caseProgram(graph), await openDevice(torch, "cpu"), {
    fuses,
    low: null,
  });
  open.push(executable);
  return executable;
}

describe.skipIf(noTorch !== null)("with torch", () => {
  test.each(Object.keys(uses).flatMap((name) => [true, false].map((learns) => [name, learns] as const)))(
    "%s (learning: %s): fused, unfused and float64 are equal",
    async (name, learns) => {
      const graph = graphOf(name, learns);
      const [fused, plain] = [await compile(graph, true), await compile(graph, false)];
      for (const rows of [3, 2]) {
        const feeds: Record<string, TensorData> = {};
        for (const [i, { id, shape: symbolic }] of graph.inputs.entries()) {
          const shape = symbolic.map((dim) => (dim === "B" ? rows : (dim as number)));
          feeds[id] = {
            dtype: "f32",
            shape,
            data: g.normal(
              5,
              0,
              i,
              shape.reduce((a, b) => a * b, 1),
            ),
          };
        }
        const wanted = g.evaluateGraph(graph, feeds);
        const [got, unfused] = [await fused.run("run", feeds), await plain.run("run", feeds)];
        for (const [output, { data, shape }] of Object.entries(wanted)) {
          expect(got[output]!.shape, output).toEqual(shape);
          expect(distance(got[output]!.data, data), output).toBeLessThan(2e-5);
          expect(distance(unfused[output]!.data, data), `${output}, unfused`).toBeLessThan(2e-5);
        }
      }
    },
  );
});

if (noTorch !== null) test("without torch no sequence is compared", ({ skip }) => skip(noTorch ?? ""));

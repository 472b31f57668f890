import type { Program, StateSpec } from "@lepton/contract";
import { onnxEngine } from "@lepton/engine-onnx";
import { add, checkProgram, GraphBuilder, mul } from "@lepton/graph";
import { afterAll, expect, test } from "vitest";
import { packState } from "../../../plugins/engine-onnx/packing.ts";

const state = (name: string, shape: number[]): StateSpec => {
  return { name, dtype: "f32", shape, role: "parameter", initial: { kind: "constant", value: 0 } };
};

/** `move` writes a matrix and the large tensor and leaves the vector; `look` reads the vector alone. */
function program(): Program {
  const m = new GraphBuilder();
  const [matrix, vector, large] = [
    m.input("matrix", "f32", [2, 3]),
    m.input("vector", "f32", [3]),
    m.input("large", "f32", [100, 100]),
  ];
  const move = m.build({ matrixNext: add(matrix, vector), largeNext: add(large, 1) });
  const l = new GraphBuilder();
  const look = l.build({ twice: mul(l.input("vector", "f32", [3]), 2) });
  return {
    contract: 1,
    state: [state("matrix", [2, 3]), state("large", [100, 100]), state("vector", [3])],
    entries: {
      move: {
        graph: move,
        feeds: [],
        reads: ["matrix", "vector", "large"],
        writes: { matrix: "matrixNext", large: "largeNext" },
        outputs: [],
      },
      look: { graph: look, feeds: [], reads: ["vector"], writes: {}, outputs: ["twice"] },
    },
  };
}

const executable = await onnxEngine.compile(program(), { device: "cpu", threads: 1 });
afterAll(() => executable.dispose());

test("small tensors of the state are one tensor for onnxruntime, large ones stay by themselves", () => {
  const { program: packed } = packState(program());
  checkProgram(packed);
  expect(packed.state.map(({ shape }) => shape)).toEqual([[9], [100, 100]]);
  expect(packed.entries["move"]!.graph.inputs).toHaveLength(2);
  expect(packed.entries["move"]!.graph.outputs).toHaveLength(2);
});

test("packed tensors are loaded, moved and read by their own names; what an entry does not write stays", async () => {
  const f32 = (shape: number[], ...values: number[]) =>
    ({ dtype: "f32", shape, data: Float32Array.from(values) }) as const;
  await executable.load({ vector: f32([3], 1, 10, 100), matrix: f32([2, 3], 1, 2, 3, 4, 5, 6) });
  await executable.run("move", {});
  await executable.run("move", {});
  expect(await executable.read("matrix")).toEqual(f32([2, 3], 3, 22, 203, 6, 25, 206));
  expect(await executable.read("vector")).toEqual(f32([3], 1, 10, 100));
  expect([...(await executable.run("look", {}))["twice"]!.data]).toEqual([2, 20, 200]);
  const all = await executable.state();
  expect(Object.keys(all)).toEqual(["matrix", "large", "vector"]);
  expect(all["large"]!.data.every((value) => value === 2)).toBe(true);
});

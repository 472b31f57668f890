import type { Program, StateSpec } from "@lepton/contract";
import { checkProgram, GraphBuilder, initialState } from "@lepton/graph";
import { expect, test } from "vitest";

const weight: StateSpec = {
  name: "w",
  dtype: "f32",
  shape: [2, 3],
  role: "parameter",
  initial: { kind: "uniform", low: -1, high: 1 },
};

/** w becomes w + x, with x fed. */
function program(change: Partial<Program["entries"][string]> = {}, state: readonly StateSpec[] = [weight]): Program {
  const b = new GraphBuilder();
  const next = b.input("w", "f32", [2, 3]).add(b.input("x", "f32", [3]));
  const entry = {
    graph: b.build({ next }),
    feeds: [{ name: "x", dtype: "f32", shape: [3], role: { kind: "batch", of: "x" } }],
    reads: ["w"],
    writes: { w: "next" },
    outputs: [],
    ...change,
  } as const;
  return { contract: 1, state, entries: { train: entry } };
}

test("a whole program passes", () => {
  expect(() => checkProgram(program())).not.toThrow();
});

test.each<[string, Program, RegExp]>([
  ["an input that nothing gives", program({ feeds: [] }), /entry train: the graph's input "x" is neither fed nor read/],
  ["a state that is not there", program({ reads: ["w", "v"] }), /entry train: reads "v", which is not in the state/],
  ["an output that is not there", program({ outputs: ["loss"] }), /the graph has no output "loss"/],
  ["a write from nowhere", program({ writes: { w: "after" } }), /writes "w" from "after", which is not an output/],
  ["a state of another shape", program({}, [{ ...weight, shape: [3] }]), /input w must be f32 \[3\], got f32 \[2, 3\]/],
  ["two states of one name", program({}, [weight, weight]), /the state: names must differ/],
])("%s is refused", (_, broken, message) => {
  expect(() => checkProgram(broken)).toThrow(message);
});

test("an unknown operator and a value used before it is made are refused", () => {
  const whole = program();
  const { graph } = whole.entries.train!;
  const [node] = graph.nodes;
  const withNode = (change: object) => program({ graph: { ...graph, nodes: [{ ...node!, ...change }] } });
  expect(() => checkProgram(withNode({ op: "fancy" }))).toThrow(expect.objectContaining({ code: "LEPTON_ENGINE_OP" }));
  expect(() => checkProgram(withNode({ inputs: ["w", "later"] }))).toThrow(/uses "later" before it is made/);
});

test("the first state depends on the seed and a tensor's place alone", () => {
  const two = program({}, [weight, { ...weight, name: "v", initial: { kind: "normal", mean: 5, deviation: 0.1 } }]);
  const state = initialState(two, 1);
  expect(initialState(two, 1)).toEqual(state);
  expect(initialState(program(), 1).w).toEqual(state.w);
  expect(initialState(two, 2).w).not.toEqual(state.w);
  expect([...state.w!.data].every((value) => Math.abs(Number(value)) <= 1)).toBe(true);
  expect([...state.v!.data].every((value) => Math.abs(Number(value) - 5) < 1)).toBe(true);
});

test("constants and given values are taken as they are", () => {
  const given: StateSpec = { ...weight, initial: { kind: "values", values: [1, 2, 3, 4, 5, 6] } };
  const zero: StateSpec = { ...weight, name: "step", dtype: "i64", shape: [], initial: { kind: "constant", value: 7 } };
  const state = initialState(program({}, [given, zero]), 1);
  expect([...state.w!.data]).toEqual([1, 2, 3, 4, 5, 6]);
  expect(state.step).toEqual({ dtype: "i64", shape: [], data: BigInt64Array.from([7n]) });
  const short: StateSpec = { ...weight, initial: { kind: "values", values: [1] } };
  expect(() => checkProgram(program({}, [short]))).toThrow(/state w: needs 6 initial values, got 1/);
});

import { expect, test } from "vitest";
import { sortOptions, trialSettings, trialSource } from "../../../magics/sweep/settings.ts";
import { trainOptions } from "../../../magics/train/train-options.ts";
import { studySpec } from "./fakes.ts";

test("what varies is the space, what does not is fixed, arguments of one's own model apart", () => {
  const learningRate = { low: 1e-4, high: 1e-1, log: true };
  const args = { units: { low: 2, high: 8, integer: true }, rate: [0.1], depth: 2 };
  const given = { learningRate, epochs: 3, hidden: [[64, 64]], optimizer: ["adam", "sgd"], args, l2: undefined };
  expect(sortOptions(given, trainOptions)).toEqual({
    space: {
      learningRate: { kind: "float", low: 1e-4, high: 1e-1, log: true },
      optimizer: { kind: "choice", choices: ["adam", "sgd"] },
      units: { kind: "integer", low: 2, high: 8, log: false },
    },
    arguments: ["units"],
    fixed: { epochs: 3, hidden: [64, 64], args: { depth: 2, rate: 0.1 } },
  });
});

test("whole options take whole ranges, others do not", () => {
  expect(sortOptions({ epochs: { low: 2, high: 9 } }, trainOptions).space["epochs"]).toMatchObject({ kind: "integer" });
  expect(sortOptions({ l2: { low: 0, high: 1 } }, trainOptions).space["l2"]).toMatchObject({ kind: "float" });
  expect(() => sortOptions({ epochs: { low: 0.5, high: 9 } }, trainOptions)).toThrow("epochs takes whole numbers");
});

test("class weights called low and high are no range", () => {
  const classWeights = { low: 1, high: 5 };
  expect(sortOptions({ classWeights }, trainOptions)).toMatchObject({ space: {}, fixed: { classWeights } });
});

test("an argument with the name of an option that is given is refused", () => {
  expect(() => sortOptions({ hidden: [4, 8], args: { hidden: [1, 2] } }, trainOptions)).toThrow(
    "hidden is both an option and an argument",
  );
});

test("options that have no meaning for a trial's model or optimizer are left out where these vary", () => {
  const spec = studySpec({ fixed: { epochs: 2, weightDecay: 0.1, activation: "tanh" } });
  const parameters = { model: "linear", hidden: [8], optimizer: "sgd", momentum: 0.5 };
  expect(trialSettings(spec, parameters)).toEqual({ epochs: 2, model: "linear", optimizer: "sgd", momentum: 0.5 });
  expect(trialSettings(spec, { ...parameters, model: "mlp", optimizer: "adamw" })).toEqual({
    epochs: 2,
    weightDecay: 0.1,
    activation: "tanh",
    model: "mlp",
    hidden: [8],
    optimizer: "adamw",
  });
});

test("options without a meaning stay where nothing varies, so that train refuses them", () => {
  expect(trialSettings(studySpec({ fixed: { model: "linear" } }), { hidden: [8] })).toEqual({
    model: "linear",
    hidden: [8],
  });
});

test("arguments go to a model of one's own only", () => {
  const functions = { model: { net: "model-net/model.mjs" } };
  const spec = studySpec({ fixed: {}, arguments: ["units"], functions });
  const own = { kind: "module", module: "model-net/model.mjs", export: "model", args: {} };
  expect(trialSettings(spec, { model: "net", units: 4 })).toEqual({ model: own, args: { units: 4 } });
  expect(trialSettings(spec, { model: "linear", units: 4 })).toEqual({ model: "linear" });
  expect(trialSource(spec, { model: "net", units: 4 })).toBe('lepton.train(credit, { model: net, args: {"units":4} })');
});

test("a single number is a list for options that take one", () => {
  expect(trialSettings(studySpec({ fixed: {} }), { hidden: 32 })).toEqual({ hidden: [32] });
});

import { expect, test } from "vitest";
import { isSpace, parameterSpace, sameSpace, spaceText } from "../../../magics/sweep/space.ts";
import { isSpaceText, spaceOfText } from "../../../magics/sweep/space-text.ts";

const read = (text: string, kind?: Parameters<typeof spaceOfText>[2]) =>
  parameterSpace("learningRate", spaceOfText("learningRate", text, kind), kind && kind === "integer");

test("a magic's ranges and choices are read", () => {
  expect(read("log:1e-4..1e-1", "number")).toEqual({ kind: "float", low: 1e-4, high: 0.1, log: true });
  expect(read("1..10", "number")).toEqual({ kind: "float", low: 1, high: 10, log: false });
  expect(read("16..256", "integer")).toEqual({ kind: "integer", low: 16, high: 256, log: false });
  expect(read("32|64|128", "numbers")).toEqual({ kind: "choice", choices: [[32], [64], [128]] });
  expect(read("64,64|128", "numbers")).toEqual({ kind: "choice", choices: [[64, 64], [128]] });
  expect(read("64,32", "numbers")).toEqual({ kind: "choice", choices: [[64, 32]] });
  expect(read("adam|sgd", "choice")).toEqual({ kind: "choice", choices: ["adam", "sgd"] });
  expect(read("true|false", "boolean")).toEqual({ kind: "choice", choices: [true, false] });
});

test("arguments of one's own model are read by their looks", () => {
  expect(parameterSpace("units", spaceOfText("units", "16..256"))).toMatchObject({ kind: "integer" });
  expect(parameterSpace("rate", spaceOfText("rate", "0.0..1.0"))).toMatchObject({ kind: "float" });
  expect(spaceOfText("kind", "relu|true|3|8,8")).toEqual(["relu", true, 3, [8, 8]]);
});

test("fixed values are no spaces", () => {
  for (const text of ["64,64", "0.001", "adam", "../data.csv", "a..b"]) expect(isSpaceText(text)).toBe(false);
  for (const text of ["1|2", "1e-4..1e-1", "log:1..2", "-1..1", ".1...5"]) expect(isSpaceText(text)).toBe(true);
  expect(isSpace(3)).toBe(false);
  expect(isSpace({ low: 1, high: 2 })).toBe(true);
});

test.each([
  ["log:0..1", "number", "needs low > 0 for a logarithmic range"],
  ["2..1", "number", "needs low < high"],
  ["1.5..3", "integer", "takes whole numbers"],
  ["a..3", "number", 'needs numbers, "a" is none'],
  ["32||64", "numbers", "has an empty choice"],
  ["32|32", "integer", "must not have the same choice twice"],
  ["maybe|true", "boolean", "is true or false"],
  ["1..2", "choice", "takes choices, not a range"],
] as const)("%s for a %s is refused: %s", (text, kind, message) => {
  expect(() => read(text, kind)).toThrow(message);
});

test("a range with a misspelt key is refused", () => {
  expect(() => parameterSpace("l2", { low: 0, high: 1, logs: true } as never)).toThrow('unknown key "logs"');
});

test("a space is written as it was typed, and compared whatever the order of keys", () => {
  expect(spaceText(read("log:1e-4..1e-1", "number"))).toBe("log:0.0001..0.1");
  expect(spaceText(read("64,64|128", "numbers"))).toBe("64,64|128");
  expect(sameSpace({ a: 1, b: [1, 2] }, { b: [1, 2], a: 1 })).toBe(true);
  expect(sameSpace({ b: [1, 2] }, { b: [2, 1] })).toBe(false);
});

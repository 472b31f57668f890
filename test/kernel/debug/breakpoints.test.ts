import { expect, it } from "vitest";
import { isWantedHit, logExpression, problemOf, readBreakpoint } from "../../../kernel/debug/breakpoints.ts";

const hits = (condition: string) => [1, 2, 3, 4, 5, 6].filter((hit) => isWantedHit(condition, hit));

it("counts hits by number, comparison and every so many", () => {
  expect(["3", "== 3", ">4", ">= 4", "<2", "<=2", "% 2"].map(hits)).toEqual([
    [3],
    [3],
    [5, 6],
    [4, 5, 6],
    [1],
    [1, 2],
    [2, 4, 6],
  ]);
});

it("says what is wrong with a condition, a count and a message, and nothing of those that are right", () => {
  const problem = (asked: object) => problemOf(readBreakpoint({ line: 1, ...asked }));
  expect(problem({ condition: "nope ===" })).toMatch('"nope ===" is no JavaScript expression');
  expect(problem({ hitCondition: "often" })).toMatch('it is "often"');
  expect(problem({ logMessage: "{a +}" })).toMatch('"a +" is no JavaScript expression');
  expect(problem({ condition: "x => { return x }", hitCondition: "", logMessage: "a { and {({ a: 1 }).a}" })).toBe(
    undefined,
  );
});

it("fills in a message's expressions; one that throws tells its error", () => {
  const text = (message: string) => new Function("a", `return ${logExpression(message)}`)([1]);
  expect(text("a = {a}, {a[0] + 1}, {nope}, {({ b: 'x' }).b}!")).toBe(
    "a = [ 1 ], 2, ReferenceError: nope is not defined, x!",
  );
  expect(text("plain {")).toBe("plain {");
});

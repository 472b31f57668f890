import { expect, test } from "vitest";
import { compileCell } from "../../../kernel/cells/compile.ts";
import { placeInCell } from "../../../kernel/cells/source-map.ts";
import { splitCell } from "../../../kernel/cells/split.ts";

/** Where `mark` of the compiled code lies in the cell. */
async function placeOf(source: string, mark: string) {
  const script = await compileCell(splitCell(source, []), []);
  if ("message" in script) throw new Error(script.message);
  const at = script.code.indexOf(mark);
  const before = script.code.slice(0, at);
  const line = before.split("\n").length;
  return placeInCell(script.map, script.code, { line, column: at - before.lastIndexOf("\n") });
}

test("plain JavaScript keeps its places through the rewriting", async () => {
  expect(await placeOf("const a = 1;\nmark(a)", "mark")).toEqual({ line: 2, column: 1 });
  expect(await placeOf("let x = 2, y = mark()", "mark")).toEqual({ line: 1, column: 16 });
});

test("functions that moved to the top keep theirs", async () => {
  expect(await placeOf("first()\nfunction late() {\n  mark()\n}", "mark")).toEqual({ line: 3, column: 3 });
});

test("TypeScript's places go through esbuild's mappings too", async () => {
  const source = "interface Gone {\n  a: number\n}\nfunction f(x: Gone): void {\n  const y: number = mark(x);\n}";
  expect(await placeOf(source, "mark")).toEqual({ line: 5, column: 21 });
});

test("an object literal's places are those of the cell, plain or typed", async () => {
  for (const value of ["mark()", "mark() as number"]) {
    expect(await placeOf(`{ a: 1, b: ${value} }`, "mark")).toEqual({ line: 1, column: 12 });
    expect(await placeOf(`// two\n  { a: 1, b: ${value},\nc: 3 }`, "mark")).toEqual({ line: 2, column: 14 });
    expect(await placeOf(`{ a: 1,\n  b: ${value} }`, "mark")).toEqual({ line: 2, column: 6 });
  }
});

test("code that is ours has no place", async () => {
  expect(await placeOf("1", "async")).toBeUndefined();
});

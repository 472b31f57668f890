import { describe, expect, it } from "vitest";
import { compileCell } from "../../../kernel/cells/compile.ts";
import { splitCell } from "../../../kernel/cells/split.ts";
import { placeOfLine } from "../../../kernel/debug/places.ts";
import type { Script } from "../../../kernel/wire/link.ts";

async function compile(source: string): Promise<Script> {
  const compiled = await compileCell(splitCell(source, []), []);
  if ("message" in compiled) throw new Error(compiled.message);
  return compiled;
}

/** The code that V8 would stop at for a line of the cell. */
async function codeAt(source: string, line: number): Promise<[number | undefined, string]> {
  const { map, code } = await compile(source);
  const found = placeOfLine(map, code, line);
  if (!found) return [undefined, ""];
  const text = code.split("\n")[found.place.lineNumber]!.slice(found.place.columnNumber);
  return [found.line, text];
}

const plain = "const a = 1;\n\n// a comment\nfunction f(x) {\n  return x + a;\n}\nf(2)";
const typed =
  "const a: number = 1;\n\ninterface Gone { x: number }\nfunction f(x: number): number {\n  return x + a;\n}\nf(2)";

describe.each([
  ["plain JavaScript", plain],
  ["TypeScript", typed],
])("placeOfLine in %s", (_, source) => {
  it("finds a statement, in a function that was moved to the cell's top too", async () => {
    expect(await codeAt(source, 1)).toEqual([1, expect.stringMatching(/^a = 1/)]);
    expect(await codeAt(source, 5)).toEqual([5, expect.stringMatching(/^\s*return x \+ a/)]);
    expect(await codeAt(source, 7)).toEqual([7, expect.stringMatching(/^f\(2\)/)]);
  });

  it("goes on from a line without code to the next that has some", async () => {
    expect((await codeAt(source, 2))[0]).toBe(4);
    expect((await codeAt(source, 3))[0]).toBe(4);
  });

  it("knows no place behind the last line", async () => {
    expect(await codeAt(source, 8)).toEqual([undefined, ""]);
  });
});

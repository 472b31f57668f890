import { describe, expect, test } from "vitest";
import { joinCell, magicAt, pagerName, splitCell } from "../../../kernel/cells/split.ts";

const names = ["lepton", "npm"];
const found = (source: string) => splitCell(source, names).magics.map(({ name, row, call }) => [name, row, call.line]);

describe("splitCell", () => {
  test("finds magic lines at any indent, and leaves other lines as they are", () => {
    expect(found("const a = 1\n%lepton train x --as y\nif (a) {\n  %npm install z\n}")).toEqual([
      ["lepton", 1, "train x --as y"],
      ["npm", 3, "install z"],
    ]);
  });

  test("text in templates, strings, comments and regular expressions is no magic", () => {
    expect(found(["const t = `", "%lepton a", "$" + "{[", "1]}", "%lepton b", "`"].join("\n"))).toEqual([]);
    expect(found("/*\n%lepton a\n*/")).toEqual([]);
    expect(found("const r = /[`'\"]/;\n%lepton real")).toEqual([["lepton", 1, "real"]]);
    expect(found('const s = "`"; // `\n%lepton real')).toEqual([["lepton", 1, "real"]]);
  });

  test("words that are no magics are left to TypeScript", () => {
    expect(found("const a = b\n%c\n%other x")).toEqual([]);
  });

  test("a cell magic takes the rest of the cell", () => {
    const { magics } = splitCell("\n%%lepton train x\nline 1\n%lepton no", names);
    expect(magics).toMatchObject([{ name: "lepton", row: 1, call: { line: "train x", body: "line 1\n%lepton no" } }]);
  });
});

test("joinCell keeps every line in its place", () => {
  const split = splitCell("const a = 1\n  %lepton train x\na", names);
  const lines = joinCell(split, [null]).split("\n");
  expect(lines[0]).toBe("const a = 1");
  expect(lines[1]).toContain("await __lepton__.magic(0)");
  expect(lines[2]).toBe("a");
});

test("magicAt gives the line as the provider takes it", () => {
  const source = "1\n  %lepton train cre";
  expect(magicAt(source, source.length, names)).toEqual({ name: "lepton", line: "train cre", cursor: 9, start: 12 });
  expect(magicAt(source, 0, names)).toBeUndefined();
});

test.each([
  ["?Math.sqrt", "Math.sqrt"],
  ["Math.sqrt?", "Math.sqrt"],
  ["??x", "x"],
  ["a ? b : c", undefined],
  ["f(x)?", undefined],
])("%s asks about %s", (code, name) => expect(pagerName(code)).toBe(name));

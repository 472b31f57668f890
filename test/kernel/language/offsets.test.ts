import { describe, expect, it } from "vitest";
import { codePointsFromUtf16, lineAndColumn, utf16FromCodePoints } from "../../../kernel/language/offsets.ts";

describe("offsets", () => {
  const text = "a😀b𝒳c";

  it("counts an astral character as one code point and two units", () => {
    expect([0, 1, 2, 3, 4, 5].map((at) => utf16FromCodePoints(text, at))).toEqual([0, 1, 3, 4, 6, 7]);
    expect([0, 1, 3, 4, 6, 7].map((at) => codePointsFromUtf16(text, at))).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it("takes a place inside a pair as before it, and one past the end as the end", () => {
    expect(codePointsFromUtf16(text, 2)).toBe(1);
    expect(codePointsFromUtf16(text, 99)).toBe(5);
    expect(utf16FromCodePoints(text, 99)).toBe(text.length);
  });

  it("counts a lone half of a pair as one", () => {
    expect(codePointsFromUtf16("\ud83dx", 2)).toBe(2);
    expect(utf16FromCodePoints("\ud83dx", 2)).toBe(2);
  });

  it("gives lines and columns from 1, columns in code points", () => {
    expect(lineAndColumn("ab\n😀c", 5)).toEqual({ line: 2, column: 2 });
    expect(lineAndColumn("ab\n\nc", 4)).toEqual({ line: 3, column: 1 });
    expect(lineAndColumn("", 0)).toEqual({ line: 1, column: 1 });
  });
});

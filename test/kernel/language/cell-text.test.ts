import { describe, expect, it } from "vitest";
import { plainCell } from "../../../kernel/language/cell-text.ts";

const plain = (code: string) => plainCell(code, ["lepton", "npm"]);

describe("plainCell", () => {
  it("blanks magic lines and keeps every offset, line ends of Windows included", () => {
    const code = "const a = 1;\r\n%lepton train x --as run\r\nrun.id";
    const { text, bound } = plain(code);
    expect(text).toBe(`const a = 1;\r\n${" ".repeat(24)}\r\nrun.id`);
    expect(bound).toEqual([{ name: "run" }]);
  });

  it("leaves remainders and templates alone", () => {
    const code = "const a = b\n%c;\nconst s = `\n%lepton train x --as run\n`;";
    expect(plain(code)).toEqual({ text: code, bound: [], wholeCell: false });
  });

  it("knows a whole-cell magic and keeps its body", () => {
    expect(plain("%%lepton train x --as=r\nfoo()")).toEqual({
      text: `${" ".repeat(23)}\nfoo()`,
      bound: [{ name: "r" }],
      wholeCell: true,
    });
  });

  it("sees no TypeScript in a question to the pager", () => {
    expect(plain("?Math.sqrt").text.trim()).toBe("");
  });
});

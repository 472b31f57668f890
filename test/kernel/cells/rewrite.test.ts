import { expect, test } from "vitest";
import { parseCell } from "../../../kernel/cells/parse.ts";
import { rewriteCell } from "../../../kernel/cells/rewrite.ts";

test("a var of a switch case does not go on with the line before it", () => {
  const cell = "switch (1) {\n case 1:\n log('s')\n var {zz} = {zz: 8}\n var [y] = [7]\n}";
  const { code } = rewriteCell(cell, parseCell(cell));
  const said: string[] = [];
  const [y, zz] = new Function("log", `let y, zz; (${code})(); return [y, zz];`)((text: string) => said.push(text));
  expect({ y, zz, said }).toEqual({ y: 7, zz: 8, said: ["s"] });
});

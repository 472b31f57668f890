import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, expect, it } from "vitest";
import { mostAwake } from "../../../kernel/language/awake.ts";
import { complete } from "../../../kernel/language/complete.ts";
import { openDraft, writeDraft } from "../../../kernel/language/draft.ts";
import { isWorn } from "../../../kernel/language/loose-file.ts";
import { Notebook } from "../../../kernel/language/notebook.ts";
import { settle } from "../../../kernel/language/settle.ts";
import { parseCell, topLevelOf } from "../../../kernel/language/top-level.ts";

const folder = mkdtempSync(path.join(os.tmpdir(), "lepton-language-"));
afterAll(() => rmSync(folder, { recursive: true }));
const notebook = new Notebook({ folder });

const run = (source: string, id: string) => notebook.addCell(id, source, topLevelOf(parseCell(source, false)), []);
const names = (code: string) =>
  complete(notebook, openDraft(notebook, code, [], code.length), code.length).matches.map((match) => match.text);

it("replaces executed cells by their declarations, which infer nothing again", () => {
  run("/** Kept. */\nfunction twice(x: number) { return { twice: x * 2 }; }\nconst made = twice(2);", "a");
  expect(settle(notebook, Number.POSITIVE_INFINITY)).toBe(false);
  const { text } = notebook.scope.units.get("cell a")!;
  expect(text).toContain("/** Kept. */");
  expect(text).toContain("declare const made: {\n    twice: number;\n}");
  expect(text).not.toContain("x * 2");
  expect(names("made.")).toEqual(["twice"]);
});

it("forgets executions that nobody can reach, and keeps those that a living type comes from", () => {
  for (let i = 0; i < 30; i++) run(`let again = ${i}; class Kind { n${i} = 1; }`, `run ${i}`);
  run("const kept = new Kind();", "keeper");
  run("class Kind { other = 1; }", "last");
  while (settle(notebook, Number.POSITIVE_INFINITY));
  names("");
  notebook.sweep();
  expect([...notebook.scope.units.keys()].length).toBeLessThan(6);
  expect(names("kept.")).toEqual(["n29"]);
  expect(names("new Kind().")).toEqual(["other"]);
});

it("answers for a cell being typed without a new program, as the program itself answers", () => {
  run("const fruit = [{ kind: 'apple', price: 2 }];\nlet basket = new Map<string, number>();", "fruit");
  run("import * as files from 'node:path';\nenum Size { Small, Large }\ntype Pair = [Size, string];", "more");
  while (settle(notebook, Number.POSITIVE_INFINITY));
  const program = notebook.service.getProgram();
  const cells = [
    "fruit[0].",
    "const fruit = 'own'; fruit.",
    "basket.",
    "files.",
    "Size.",
    "let p: Pa",
    "frui",
    "'abc'.",
  ];
  const loose = cells.map(names);
  expect(notebook.service.getProgram()).toBe(program);
  const written = cells.map((code) =>
    complete(notebook, writeDraft(notebook, code, [], code.length), code.length).matches.map((match) => match.text),
  );
  expect(notebook.service.getProgram()).not.toBe(program);
  expect(loose).toEqual(written);
  expect(loose[0]).toEqual(["kind", "price"]);
});

it("takes an addition to the global world for the cell that has it, and for no other", () => {
  expect(names("declare global { var planet: { mass: number } }\nplanet.")).toEqual(["mass"]);
  expect(names("plane")).toEqual([]);
});

it("makes the checker anew after many questions", () => {
  expect(isWorn(notebook)).toBe(false);
  for (let i = 0; i < 200; i++) names(`const x${i} = 1; x${i}.`);
  expect(isWorn(notebook)).toBe(true);
  notebook.renewProgram();
  expect(names("basket.")).toContain("clear");
  expect(isWorn(notebook)).toBe(false);
});

it("holds the latest cells in the program; older ones are offered by name and wake when they are mentioned", () => {
  const long = new Notebook({ folder });
  const execute = (source: string, id: string) => long.addCell(id, source, topLevelOf(parseCell(source, false)), []);
  const ask = (code: string) => complete(long, openDraft(long, code, [], code.length), code.length).matches;
  execute("class Ancient { first = 1; }", "kind");
  execute("const ancient = new Ancient(); class Ancient { second = 2; }", "value");
  execute("function ancientCall() { return { third: ancient }; }", "call");
  for (let i = 0; i < mostAwake; i++) execute(`const later${i} = ${i};`, `later ${i}`);
  while (settle(long, Number.POSITIVE_INFINITY));
  long.writeScope();
  long.sweep();
  const files = () =>
    long.service
      .getProgram()!
      .getSourceFiles()
      .filter(({ fileName }) => /__lepton_\d/.test(fileName));
  expect(files()).toHaveLength(mostAwake);
  const offered = ask("anci").filter(({ text }) => text.startsWith("ancient"));
  expect(offered).toEqual([
    { text: "ancientCall", type: "function" },
    { text: "ancient", type: "variable" },
  ]);
  expect(ask("ancient.").map(({ text }) => text)).toEqual(["second"]);
  expect(ask("ancientCall().third.").map(({ text }) => text)).toEqual(["second"]);
  expect(files().length).toBeLessThan(mostAwake + 4);
});

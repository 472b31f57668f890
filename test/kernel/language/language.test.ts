import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createLanguage, type Language } from "../../../kernel/language/client.ts";

const declarations = `
declare namespace Lepton {
  interface Dataset<C> { readonly columns: C; }
  interface Api { /** Fit the columns. */ features(file: string): Promise<Dataset<unknown>>; }
}
declare const lepton: Lepton.Api;`;

const made: { folder: string; language: Language }[] = [];

function notebook(files: Readonly<Record<string, string>> = {}): Language {
  const folder = mkdtempSync(path.join(os.tmpdir(), "lepton-language-"));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
  const language = createLanguage({ folder, declarations: () => declarations, magics: () => ["lepton", "npm"] });
  made.push({ folder, language });
  return language;
}

afterAll(async () => {
  for (const { folder, language } of made) {
    await language.close();
    rmSync(folder, { recursive: true });
  }
});

let runs = 0;
const run = (language: Language, source: string, id = `cell ${++runs}`) =>
  language.cellExecuted({ id, source, bindings: [] });

/** `|` marks the cursor. */
async function complete(language: Language, marked: string) {
  const cursor = marked.indexOf("|");
  return language.complete(marked.replace("|", ""), cursor);
}

async function names(language: Language, marked: string): Promise<string[]> {
  return (await complete(language, marked)).matches.map((match) => match.text);
}

async function inspect(language: Language, marked: string, detail: 0 | 1 = 0) {
  return language.inspect(marked.replace("|", ""), marked.indexOf("|"), detail);
}

/** On a loaded machine an answer takes seconds. */
const slowly = { timeout: 30_000, interval: 100 };

/** Long enough for the worker to replace executed cells by their declarations. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 600));

describe("types across cells", () => {
  let language: Language;
  beforeAll(async () => {
    language = notebook();
    run(
      language,
      "const rows = [{ age: 31, name: 'Ada' }];\nlet total = 0;\n/** Doubles it.\n * @param x any number */\nfunction twice(x: number) { return x * 2; }",
      "first",
    );
    run(
      language,
      "class Person { constructor(readonly name: string) {} greet() { return 'hi ' + this.name; } }\nenum Color { Red, Green }\nnamespace Deep { export const z = { q: 1 }; }\ninterface Options { depth?: number }",
    );
    run(
      language,
      "const people = rows.map((row) => new Person(row.name)); const later = await Promise.resolve(people[0]!);",
    );
    await language.complete("", 0);
  });

  it("completes members by the types that earlier cells inferred, before and after settling", async () => {
    expect(await names(language, "later.|")).toEqual(["greet", "name"]);
    await settled();
    expect(await names(language, "later.|")).toEqual(["greet", "name"]);
    expect(await names(language, "rows[0].|")).toEqual(["age", "name"]);
    expect(await names(language, "Deep.z.|")).toEqual(["q"]);
  });

  it("says what each match is and its type", async () => {
    const { matches, start, end } = await complete(language, "const y = twi|");
    expect(matches).toEqual([{ text: "twice", type: "function", signature: "(x: number): number" }]);
    expect([start, end]).toEqual([10, 13]);
    const kinds = await Promise.all(["Per|", "Col|", "Dee|", "tota|"].map((code) => complete(language, code)));
    expect(kinds.map(({ matches: [first] }) => first?.type)).toEqual(["class", "enum", "module", "variable"]);
  });

  it("completes an option of an object by the interface of an earlier cell", async () => {
    expect(await names(language, "const o: Options = { de|")).toEqual(["depth"]);
  });

  it("completes after an astral character", async () => {
    expect((await complete(language, "'😀'; Math.sqr|")).start).toBe(11);
    expect((await names(language, "'😀'; Math.sqr|"))[0]).toBe("sqrt");
  });

  it("inspects with documentation, and with the cell's source when asked for detail", async () => {
    const found = await inspect(language, "twi|ce(2)", 1);
    expect(found?.markdown).toContain("```typescript\nfunction twice(x: number): number\n```");
    expect(found?.markdown).toContain("Doubles it.");
    expect(found?.markdown).toContain("**@param** x any number");
    expect(found?.text).toContain("return x * 2");
  });

  it("inspects libraries with their documentation, whose comments were not parsed before", async () => {
    expect((await inspect(language, "Math.sq|rt(2)"))?.markdown).toContain("square root");
    expect((await inspect(language, "setTime|out(() => 1)"))?.markdown).toContain("**@since** v");
    expect((await inspect(language, "parse|Int('1')"))?.markdown).toContain("**@param** radix");
  });

  it("names types without the modules that hold them", async () => {
    expect((await inspect(language, "later|"))?.text).toBe("const later: Person");
    expect((await inspect(language, "people|"))?.text).toBe("const people: Person[]");
  });

  it("inspects the function of the call that the cursor is in", async () => {
    expect((await inspect(language, "twice(|)"))?.text).toContain("twice(x: number): number");
  });

  it("helps with signatures", async () => {
    const help = await language.signatureHelp("Math.max(1, ", 12);
    expect(help?.signatures[0]?.label).toBe("max(...values: number[]): number");
    expect((await language.signatureHelp("twice(", 6))?.signatures[0]?.parameters[0]).toEqual({
      label: "x: number",
      documentation: "any number",
    });
  });

  it("takes a name declared again as something else", async () => {
    run(language, "const thing = 1;");
    run(language, "function thing() { return 'text'; }");
    expect((await complete(language, "thing|")).matches[0]?.type).toBe("function");
    run(language, "class thing { x = 1 }");
    expect(await names(language, "new thing().|")).toEqual(["x"]);
  });

  it("forgets what a cell run again no longer declares, and keeps what others took from it", async () => {
    run(language, "const base = { a: 1 }; const gone = 2;", "again");
    run(language, "const copy = base;");
    run(language, "const base = { b: 'text' };", "again");
    expect(await names(language, "base.|")).toEqual(["b"]);
    expect(await names(language, "copy.|")).toEqual(["a"]);
    expect(await names(language, "gon|")).toEqual([]);
  });

  it("forgets a deleted cell", async () => {
    run(language, "const shortLived = 1;", "deleted");
    expect(await names(language, "shortL|")).toEqual(["shortLived"]);
    language.remove("deleted");
    expect(await names(language, "shortL|")).toEqual([]);
  });

  it("follows a long chain of cells", async () => {
    run(language, "const link0 = { value: 0 };");
    for (let i = 1; i <= 120; i++) run(language, `const link${i} = { ...link${i - 1}, n${i}: ${i} };`);
    const found = await names(language, "link120.|");
    expect(found).toHaveLength(121);
  });
});

describe("magics", () => {
  const language = notebook();

  it("types what a magic binds, the kernel's own type winning over the text's", async () => {
    language.declare("credit", "Lepton.Dataset<{ age: number; 'home-owner': boolean }>");
    language.cellExecuted({
      id: "m",
      source: "%lepton features credit.csv --as credit\nconst n = 1;",
      bindings: [{ name: "credit", type: "Lepton.Dataset<unknown>" }],
    });
    expect(await names(language, "credit.columns.ag|")).toEqual(["age"]);
    expect(await names(language, "%lepton head credit\nlepton.|")).toEqual(["features"]);
  });

  it("knows the name that a magic of the same cell binds", async () => {
    const code = "%lepton features x.csv --as fresh\nfresh.columns;";
    expect(await language.diagnostics(code)).toEqual([]);
    const typed = await language.complete(`${code}\nfresh.`, code.length + 7, [
      { name: "fresh", type: "Lepton.Dataset<{ y: 1 }>" },
    ]);
    expect(typed.matches.map((match) => match.text)).toEqual(["columns"]);
  });

  it("takes a type that is no TypeScript as any", async () => {
    language.declare("odd", "Map<string,; evil");
    expect((await inspect(language, "odd|"))?.text).toBe("let odd: any");
    expect(await language.diagnostics("odd.anything")).toEqual([]);
  });
});

describe("diagnostics", () => {
  const language = notebook();

  it("gives the place and TypeScript's number", async () => {
    run(language, "let counter = 0; const fixed = [1];");
    const found = await language.diagnostics("const ok = 1;\n/*😀*/ const s: string = fixed[0];");
    expect(found).toEqual([
      expect.objectContaining({ code: 2322, severity: "error", line: 2, column: 13, start: 27, end: 28 }),
    ]);
  });

  it("reads a cell that is one object literal as that object, at its own places", async () => {
    run(language, "const far = { away: 1 };");
    expect(await language.diagnostics("// both\n{ near: far.away, far: far.away.toFixed() }")).toEqual([]);
    const wrong = await language.diagnostics("{ near: 1, far: far.gone }");
    expect(wrong).toEqual([expect.objectContaining({ code: 2339, line: 1, column: 21, start: 20, end: 24 })]);
    expect(await names(language, "{ near: 1, far: far.aw| }")).toEqual(["away"]);
    expect(await language.diagnostics("{ if (far) { far.away.toFixed(); } }")).toEqual([]);
    expect(await language.diagnostics("#!/usr/bin/env node\nfar.away")).toEqual([]);
  });

  it("lets earlier variables be assigned by their type, and says so of constants", async () => {
    expect(await language.diagnostics("counter++; counter = 3;")).toEqual([]);
    expect((await language.diagnostics("counter = 'text';"))[0]?.message).toBe(
      "Type 'string' is not assignable to type 'number'.",
    );
    expect((await language.diagnostics("fixed = [];"))[0]?.message).toBe(
      "Cannot assign to 'fixed': an earlier cell declares it as a constant.",
    );
  });

  it("has nothing against what notebooks do", async () => {
    const code =
      "const list = []; list.push(1);\nconst f = (x) => x;\nfor await (const x of [1]) { f(x); }\n" +
      "{ using u = { [Symbol.dispose]() {} }; }\nfunction logged(v: Function, c: ClassMethodDecoratorContext) {}\n" +
      "class D { @logged m() {} }\nlist.length";
    expect(await language.diagnostics(code)).toEqual([]);
  });

  it("reports a syntax error once, at its line", async () => {
    const [first, ...more] = await language.diagnostics("const a = 1;\nconst b = ;\n");
    expect(first).toEqual(expect.objectContaining({ code: 1109, line: 2, column: 11 }));
    expect(more).toEqual([]);
  });

  it("leaves the body of a whole-cell magic to the magic", async () => {
    expect(await language.diagnostics("%%lepton train x\nthis is no TypeScript")).toEqual([]);
  });
});

describe("auto-import", () => {
  const language = notebook({
    "package.json": '{"dependencies":{"tiny":"1"}}',
    "node_modules/tiny/package.json": '{"name":"tiny","version":"1.2.3","types":"index.d.ts"}',
    "node_modules/tiny/index.d.ts": 'export * from "./inner.js";',
    "node_modules/tiny/inner.d.ts": "export declare function shrinkText(text: string): string;",
  });

  it("offers the import statement on a line of its own, else the name with its statement", async () => {
    const alone = await complete(language, "const a = 1;\nreadFileSy|");
    expect(alone.matches).toEqual([
      {
        text: 'import { readFileSync } from "node:fs";',
        type: "import",
        signature: 'from "node:fs"',
        statement: 'import { readFileSync } from "node:fs";',
      },
    ]);
    const inside = await complete(language, "const text = readFileSy|");
    expect(inside.matches).toEqual([expect.objectContaining({ text: "readFileSync", type: "import" })]);
    expect(await names(language, "x.readFileSy|")).toEqual([]);
  });

  it("knows what the folder's dependencies export", async () => {
    await expect.poll(() => names(language, "f(shrinkT|"), slowly).toEqual(["shrinkText"]);
  });

  it("gives the import that mends an unknown name", async () => {
    const found = await language.diagnostics("readFileSync('x')");
    expect(found.map(({ code, fix }) => [code, fix])).toEqual([[2304, 'import { readFileSync } from "node:fs";']]);
  });
});

describe("isComplete", () => {
  const language = notebook();
  it.each([
    ["const a = 1", "complete"],
    ["await fetch('x')", "complete"],
    ["%lepton train x --epochs 3", "complete"],
    ["", "complete"],
    ["function f() {", "incomplete"],
    ["[1, 2,", "incomplete"],
    ["const t = `line", "incomplete"],
    ["/* comment", "incomplete"],
    ["1 +", "incomplete"],
    ["class A {\n  m() {", "incomplete"],
    [")", "invalid"],
    ["const 1a = 2", "invalid"],
    ["'open string", "invalid"],
    ["let x = = 2;\nfoo(", "invalid"],
    ["{ a: 1, b: [2] }", "complete"],
    ["{ a: 1,\n  b: 2", "incomplete"],
    ["{ a: 1 }, b: 2 }", "invalid"],
    ["#!/usr/bin/env node\n1", "complete"],
  ])("%j is %s", async (code, status) => {
    expect((await language.isComplete(code)).status).toBe(status);
  });

  it("indents one step deeper inside what was opened", async () => {
    expect(await language.isComplete("if (x) {\n  y(")).toEqual({ status: "incomplete", indent: "    " });
  });
});

describe("the notebook's folder", () => {
  it("resolves its packages, npm: specifiers and local modules, and completes paths and names of imports", async () => {
    const language = notebook({
      "node_modules/tiny/package.json": '{"name":"tiny","version":"1.2.3","types":"index.d.ts"}',
      "node_modules/tiny/index.d.ts": "export declare function shrink(text: string): string;",
      "helper.ts": "export const answer = 42; export type Answer = number;",
    });
    run(language, 'import { shrink } from "npm:tiny@1";\nimport { answer } from "./helper.ts";');
    expect((await complete(language, "shri|")).matches[0]?.signature).toBe("(text: string): string");
    expect((await inspect(language, "answer|"))?.text).toContain("const answer: 42");
    expect(await names(language, 'import x from "./hel|"')).toContain("helper.ts");
    expect(await names(language, 'import { shr| } from "tiny"')).toEqual(["shrink"]);
    expect(await names(language, 'import x from "node:fs/p|"')).toEqual(["promises"]);
  });

  it("sees an edited local module", async () => {
    const language = notebook({ "mine.ts": "export const v = 1;" });
    run(language, 'import * as mine from "./mine.ts";');
    expect(await names(language, "mine.|")).toEqual(["v"]);
    writeFileSync(path.join(made.at(-1)!.folder, "mine.ts"), "export const v = 1; export const added = 2;");
    await expect.poll(() => names(language, "mine.|"), slowly).toEqual(["added", "v"]);
  });

  it("respects tsconfig.json: strictness, paths and JSX", async () => {
    const language = notebook({
      "tsconfig.json":
        '{ "compilerOptions": { "strict": false, "noImplicitAny": true, "jsx": "react-jsx", "paths": { "@/*": ["./lib/*"] } } }',
      "lib/one.ts": "export const one = 1;",
    });
    expect(await language.diagnostics("let s: string = null;")).toEqual([]);
    expect((await language.diagnostics("const f = (x) => x;"))[0]?.code).toBe(7006);
    expect((await language.isComplete("const e = <div>a</div>")).status).toBe("complete");
    expect((await language.isComplete("{ a: 1, e: <div>a</div> }")).status).toBe("complete");
    run(language, 'import { one } from "@/one.ts";');
    expect((await complete(language, "on|")).matches[0]?.text).toBe("one");
  });
});

describe("the worker", () => {
  it("starts with the first question, remembers cells from before, and starts again when it was lost", async () => {
    const language = notebook();
    run(language, "const early = 'text';");
    expect(language.started).toBe(false);
    expect(await names(language, "earl|")).toEqual(["early"]);
    expect(language.started).toBe(true);
    await language.close();
    expect(await names(language, "earl|")).toEqual(["early"]);
  });
});

describe("help", () => {
  it("has the documentation of a cell's first statement, where the cell begins with it", async () => {
    const language = notebook();
    run(language, "/** First of its cell. */\nfunction firstDoc(x: number) { return x; }");
    expect((await language.inspect("firstDoc", 3, 0))?.text).toContain("First of its cell.");
    const typed = "/** Being typed. */\nconst typedDoc = 1; typedDoc";
    expect((await language.inspect(typed, typed.length, 0))?.text).toContain("Being typed.");
  });

  it("knows nothing of a name that nothing declares, and the type of one declared as any", async () => {
    const language = notebook();
    run(language, "declare const loose: any");
    expect(await language.inspect("nobodyDeclared", 4, 0)).toBeUndefined();
    expect((await language.inspect("loose", 2, 0))?.text).toContain("loose: any");
  });

  it("is complete when asked with a question mark on either side", async () => {
    const language = notebook();
    expect(await language.isComplete("Math.sqrt?")).toEqual({ status: "complete" });
    expect(await language.isComplete("?Math.sqrt")).toEqual({ status: "complete" });
    expect((await language.isComplete("flag ? 1")).status).toBe("incomplete");
  });
});

import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type KernelClient, startKernel } from "./kernel-client.ts";

let kernel: KernelClient;
beforeAll(async () => {
  kernel = await startKernel();
});
afterAll(() => kernel.stop());

const result = async (code: string) => {
  const outcome = await kernel.execute(code);
  expect(outcome.error).toBeUndefined();
  return outcome.result;
};

describe("a cell that is one object literal is that object", () => {
  test.each([
    ["{ a: 1, b: 'two' }", "{ a: 1, b: 'two' }"],
    ["{ a: 1 as number }", "{ a: 1 }"],
    ["// said first\n{\n  a: 1,\n} // and last", "{ a: 1 }"],
    ["/* a */ {}", "{}"],
    ["{ double: (x: number) => 2 * x }.double(4)", undefined],
    ["{ ...{ a: await Promise.resolve(3) } }", "{ a: 3 }"],
    ["{ twice(x) { return 2 * x } }", "{ twice: [Function: twice] }"],
  ])("%j", async (code, shown) => {
    const outcome = await kernel.execute(code);
    if (shown === undefined) expect(outcome.error).toMatch(/^SyntaxError/);
    else expect([outcome.error, outcome.result]).toEqual([undefined, shown]);
  });

  test("a block is a block: with statements, a semicolon, or what only reads as a method", async () => {
    expect(await result("{ let inner = 2; inner + 1 }")).toBeUndefined();
    expect((await kernel.execute("{ console.log('in'); }")).stdout).toBe("in\n");
    expect((await kernel.execute("const ready = true;")).error).toBeUndefined();
    expect((await kernel.execute("{ if (ready) { console.log('yes'); } }")).stdout).toBe("yes\n");
    expect((await kernel.execute("{ if (ready) { console.log('typed' as string); } }")).stdout).toBe("typed\n");
    expect(await result("{ a: 1 };")).toBeUndefined();
  });

  test("a first line that names an interpreter is a comment", async () => {
    expect(await result("#!/usr/bin/env node\n40 + 2")).toBe("42");
    expect(await result("#!/usr/bin/env node\nconst typed: number = 2; typed")).toBe("2");
  });
});

describe("declarations", () => {
  const kinds = [
    "const thing = 'const'",
    "let thing = 'let'",
    "var thing = 'var'",
    "function thing() {}",
    "class thing {}",
    "enum thing { A }",
    "import thing from 'node:path'",
    "const { thing } = { thing: 1 }",
    "namespace thing { export const a = 1 }",
    "async function* thing() {}",
  ];
  test("anything is declared again as anything", async () => {
    for (const first of kinds) {
      for (const second of kinds) {
        expect((await kernel.execute(first)).error, first).toBeUndefined();
        expect((await kernel.execute(second)).error, `${first}; then ${second}`).toBeUndefined();
      }
    }
  });

  test("names that the kernel uses itself may be declared", async () => {
    const own = await startKernel();
    await own.execute("class Error { constructor(public message: string) {} }; enum Object { A }");
    expect((await own.execute("[Object.A]")).result).toBe("[ 0 ]");
    expect((await own.execute("(null as any).x")).error).toMatch(/^TypeError: Cannot read properties of null/);
    expect((await own.execute("1", { user_expressions: { two: "2" } })).reply.content.status).toBe("ok");
    await own.stop();
  });

  test("a cell may declare any name of JavaScript's and Node's: the kernel goes on by its own", async () => {
    const fresh = await startKernel();
    try {
      const names =
        "performance, process, Promise, Map, Set, Array, Object, String, Number, Math, JSON, Atomics, Buffer, SyntaxError, AbortController, setTimeout";
      expect((await fresh.execute(`let ${names}; performance = { accuracy: 0.9 }`)).result).toBe("{ accuracy: 0.9 }");
      expect(
        (await fresh.execute('console.log("hi"); display({ a: 1 }); import { sep } from "node:path"; sep')).result,
      ).toBe("'/'");
      expect((await fresh.execute("throw new TypeError('told')")).error).toBe("TypeError: told");
      expect((await fresh.execute('import x from "not-installed-anywhere"')).error).toMatch(/^PackageMissing/);
    } finally {
      await fresh.stop();
    }
  });

  test("a global that a cell failed to declare anew is what it was", async () => {
    expect((await kernel.execute('import fetch from "not-installed-anywhere"')).error).toMatch(/^PackageMissing/);
    expect((await kernel.execute("typeof fetch")).result).toBe("'function'");
    await kernel.execute("const structuredClone = (value: number) => value + 1");
    expect((await kernel.execute("structuredClone(1)")).result).toBe("2");
  });

  test("the last expression of a cell with `using` is its result, after the disposal", async () => {
    const make = "{ [Symbol.dispose]() { console.log('closed'); } }";
    const { result, stdout } = await kernel.execute(`using open = ${make}; const kept = 6;\nkept + 1`);
    expect([result, stdout]).toEqual(["7", "closed\n"]);
    expect((await kernel.execute("await using none = null; kept")).result).toBe("6");
  });

  test("exports stand anywhere, and do nothing", async () => {
    expect((await kernel.execute("export default (40 + 1)\nexport const shared = 1; shared + 1")).result).toBe("2");
    expect((await kernel.execute("shared; export default shared + 2")).result).toBe("3");
  });

  test("old functions see the new value", async () => {
    await kernel.execute("const rate = 1; function read() { return rate }; class Box { get() { return rate } }");
    await kernel.execute("const rate = 2");
    expect(await result("[read(), new Box().get()]")).toBe("[ 2, 2 ]");
  });

  test("functions are used above their place, classes know themselves", async () => {
    expect(await result("twice(2)\nfunction twice(n: number) { return n * 2 }\ntwice(4)")).toBe("8");
    expect(await result("class Node1 { static root = new Node1(); }; Node1.root instanceof Node1")).toBe("true");
  });

  test("destructuring, defaults, rests and missing values", async () => {
    expect(await result("const { a = 1, b: [c, ...d] } = { b: [2, 3, 4] }; [a, c, d]")).toBe("[ 1, 2, [ 3, 4 ] ]");
    await kernel.execute("let empty = 5");
    expect(await result("let empty: number | undefined\nempty === undefined")).toBe("true");
    expect(await result("const list = [1]\nconst [head] = list\nconst { length } = list\nhead + length")).toBe("2");
  });

  test("var in blocks and loops is the notebook's", async () => {
    await kernel.execute("if (true) { var inner = 7 }\nfor (var i = 0; i < 3; i++) {}\nfor (var key in { z: 1 }) {}");
    expect(await result("[inner, i, key]")).toBe("[ 7, 3, 'z' ]");
  });

  test("names and stacks keep their functions' names", async () => {
    expect(await result("const arrow = () => 1; function plain() {}; [arrow.name, plain.name]")).toBe(
      "[ 'arrow', 'plain' ]",
    );
  });
});

describe("constants", () => {
  const refused = (name: string) => `TypeError: Assignment to constant variable: ${name} was made by const or import.`;
  const fault = async (code: string) => (await kernel.execute(code)).error;

  test("assigning one throws, in its cell and in later ones, until it is declared again with let", async () => {
    const own = await kernel.execute("const fixed: number = 1;\nfunction change() { fixed = 2 }\nchange()");
    expect(own.error).toBe(refused("fixed"));
    expect(own.traceback).toMatch(/2 \| function change.*\n {24}\^\n {4}at change \(Cell \d+:2:21\)/);
    for (const code of ["fixed = 3", "fixed++", "[fixed] = [4]", "({ fixed } = { fixed: 5 })", "for (fixed of [6]) {}"])
      expect(await fault(code), code).toBe(refused("fixed"));
    expect(await result("fixed ??= 7; try { fixed = 8 } catch {} fixed")).toBe("1");
    expect(await result("let fixed = 9; fixed = 10; fixed")).toBe("10");
    await kernel.execute("import { join } from 'node:path'");
    expect(await fault("join = 5 as any")).toBe(refused("join"));
  });

  test("a local variable of the same name is another", async () => {
    await kernel.execute("const near = 1");
    const code = "function f(near: number) { near = 2; { let near = 3; near = 4 } return near }; [f(1), near]";
    expect(await result(code)).toBe("[ 2, 1 ]");
  });
});

describe("TypeScript", () => {
  test("types, generics, enums, decorators, satisfies, using", async () => {
    expect(await result("const id = <T,>(x: T): T => x; id<number>(3)")).toBe("3");
    expect(await result("enum Color { Red, Green = 5 }; Color.Green")).toBe("5");
    expect(await result("const o = { a: 1 } satisfies Record<string, number>; o.a!")).toBe("1");
    const decorated =
      "const log = (f: any, c: any) => function (this: any) { return 'd' + f.call(this) }; class D { @log hi() { return 'x' } }; new D().hi()";
    expect(await result(decorated)).toBe("'dx'");
    expect(await result("let closed = 0; { using r = { [Symbol.dispose]() { closed++ } } }; closed")).toBe("1");
  });

  test("a comparison that looks like a generic call is TypeScript's", async () => {
    await kernel.execute("function make<T>(x: T) { return x }");
    expect(await result("make<string>('a')")).toBe("'a'");
  });

  test("top-level await and for await", async () => {
    expect(await result("let sum = 0; for await (const x of [1, Promise.resolve(2)]) sum += await x; sum")).toBe("3");
  });

  test("a cell in strict mode, as modules are", async () => {
    expect((await kernel.execute("undeclared = 1")).error).toBe("ReferenceError: undeclared is not defined");
  });
});

describe("results", () => {
  test.each([
    ["1 + 1", "2"],
    ["'text'", "'text'"],
    ["undefined", undefined],
    ["null", "null"],
    ["const x = 1", undefined],
    ["({ a: 1 })", "{ a: 1 }"],
    ["({ a: 1 });", "{ a: 1 }"],
    ["(1, 2);;", "2"],
    ["[1,2] // comment", "[ 1, 2 ]"],
    ["export default 5", "5"],
    ["if (true) 1", undefined],
    ["10n", "10n"],
    ["`a\nb`", "'a\\nb'"],
    ["", undefined],
    ["// only a comment", undefined],
    ["() => 1", "[Function (anonymous)]"],
    ["(class {})", "[class (anonymous)]"],
    ["new Proxy({ a: 1 }, { get() { throw new Error('trap') } })", "{ a: 1 }"],
  ])("%j shows %j", async (code, shown) => expect(await result(code)).toBe(shown));

  test("a timer is shown by its name", async () => {
    expect((await kernel.execute("[setTimeout(() => 0), setImmediate(() => 0)]")).result).toBe(
      "[ Timeout {}, Immediate {} ]",
    );
  });

  test("an object of very many keys is cut, and says so", async () => {
    const shown = await result("Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => ['key' + i, i]))");
    expect(shown!.length).toBeLessThan(101_000);
    expect(shown).toMatch(/^\{\n {2}key0: 0,[\s\S]*… [\d,]+ characters left out; console\.log shows all$/);
  });

  test("a value that cannot be shown is an error, and the kernel lives", async () => {
    const { error } = await kernel.execute(
      "({ [Symbol.for('nodejs.util.inspect.custom')]() { throw new Error('no') } })",
    );
    expect(error).toBe("Error: no");
    expect(await result("1")).toBe("1");
  });
});

describe("errors", () => {
  test("show the cell's own line and column, and nothing of ours", async () => {
    const { reply } = await kernel.execute("1");
    const next = Number(reply.content.execution_count) + 1;
    const { traceback } = await kernel.execute(
      "interface Long {\n  a: number;\n}\nfunction inner(x: Long): void {\n  throw new TypeError('bad');\n}\n\ninner({ a: 1 });",
    );
    expect(traceback).toBe(
      [
        "TypeError: bad",
        "5 |   throw new TypeError('bad');",
        "            ^",
        `    at inner (Cell ${next}:5:9)`,
        `    at Cell ${next}:8:1`,
      ].join("\n"),
    );
  });

  test("a syntax error names its place", async () => {
    const { error, traceback } = await kernel.execute("const a = 1;\nlet b: = 2");
    expect(error).toMatch(/^SyntaxError: Unexpected "=" \(Cell \d+:2:8\)$/);
    expect(traceback).toContain("2 | let b: = 2\n           ^");
  });

  test("a name that cannot be declared is told in one sentence", async () => {
    const { error, traceback } = await kernel.execute("let undefined = 5");
    expect(error).toBe("SyntaxError: Identifier 'undefined' has already been declared");
    expect(traceback).not.toContain("__value");
  });

  test("a syntax error that esbuild overlooks too", async () => {
    expect((await kernel.execute("const n: number = 1;\nreturn n")).error).toMatch(
      /^SyntaxError: 'return' outside of function \(Cell \d+:2:1\)$/,
    );
  });

  test("a class that extends nothing known names its line", async () => {
    expect((await kernel.execute("\nclass Lone extends Nowhere {}")).traceback).toMatch(
      /2 \| class[\s\S]*Cell \d+:2:1$/,
    );
  });

  test("causes are shown with their own places", async () => {
    const { traceback } = await kernel.execute("throw new Error('outer', { cause: new Error('inner') })");
    expect(traceback).toMatch(/Error: outer[\s\S]*\[cause\]: Error: inner\n\s+at Cell \d+:1:35/);
    expect(traceback).not.toMatch(/node:|main\.js|wire-worker|chunk-/);
  });

  test("error.stack as user code reads it has the cell's places", async () => {
    const { stdout } = await kernel.execute("const n: number = 1;\nconsole.log(new Error('e').stack)");
    expect(stdout).toMatch(/^Error: e\n {4}at Cell \d+:2:13\n$/);
  });

  test.each(["throw 42", "throw undefined", "throw null", "throw { a: 1 }"])("%s is shown", async (code) => {
    expect((await kernel.execute(code)).error).toMatch(/^Thrown: /);
  });

  test("executions that are not counted leave the lines of the cell before them", async () => {
    await kernel.execute("// one\n// two\nfunction boom() {\n  throw new Error('deep');\n}");
    const count = (await kernel.execute("1", { silent: true })).reply.content.execution_count;
    await kernel.execute("2", { store_history: false });
    expect((await kernel.execute("boom()")).traceback).toContain(`at boom (Cell ${count}:4:9)`);
    const { traceback } = await kernel.execute("3;\nthrow new Error('aside')", { store_history: false });
    expect(traceback).toMatch(/2 \| throw new Error\('aside'\)\n.*\n\s+at Cell \d+\+\d+:2:7/);
  });

  test("an error whose name is no text is shown all the same", async () => {
    const { error } = await kernel.execute("throw Object.assign(new Error('odd'), { name: Symbol('mine') })");
    expect(error).toBe("Symbol(mine): odd");
  });

  test("both errors of a disposal are shown", async () => {
    const code = "{ using a = { [Symbol.dispose]() { throw new Error('closing'); } };\n throw new Error('body'); }";
    const { traceback } = await kernel.execute(code);
    expect(traceback).toMatch(/\[error\]: Error: closing\n[\s\S]*\[suppressed\]: Error: body\n/);
  });

  test("an unknown name before `?.` has its place", async () => {
    expect((await kernel.execute("1;\nnobody?.('x')")).traceback).toMatch(/2 \| nobody.*\n.*\n\s+at Cell \d+:2:1/);
  });

  test("an error after an await keeps its place", async () => {
    const { traceback } = await kernel.execute("await null;\nawait Promise.reject(new RangeError('r'))");
    expect(traceback).toMatch(/RangeError: r\n2 \| .*\n\s+\^\n\s+at Cell \d+:2:22/);
  });
});

test("1,000 declared names do not slow the next cell, and all are there", async () => {
  const names = Array.from({ length: 1000 }, (_, i) => `n${i}`);
  await kernel.execute(names.map((name, i) => `const ${name} = ${i};`).join("\n"));
  expect(await result("n0 + n999")).toBe("999");
});

test("what the kernel's own process is started with does not reach what a cell starts", async () => {
  expect(await result("process.env.MALLOC_ARENA_MAX ?? 'none'")).toContain("none");
});

test("an unknown magic is told as one", async () => {
  const { error } = await kernel.execute("const a = 1\n%bogus a");
  expect(error).toBe("MagicUnknown: There is no magic %bogus; there are %lepton and %npm.");
});

test("a magic inside an expression is told how to write it", async () => {
  expect((await kernel.execute("const run = %lepton train rows")).error).toBe(
    "MagicInExpression: A magic stands on a line of its own. Write:  %lepton train ... --as run  or  const run = await lepton.train(...)",
  );
});

test("a shell line is told what to write here", async () => {
  for (const line of ["!ls", "!pip install x"]) {
    const { error } = await kernel.execute(`const a = 1\n${line}`);
    expect(error).toBe(
      `ShellLine: A cell has no shell lines such as ${line}. Write:  import { execSync } from "node:child_process"; execSync("${line.slice(1)}", { stdio: "inherit" })`,
    );
  }
});

test("JSX without its setting says which setting", async () => {
  const { error } = await kernel.execute("const element = <b>x</b>");
  expect(error).toContain('JSX is switched on by { "compilerOptions": { "jsx": "react-jsx" } }');
});

test("JSX, decorators of the old kind and namespaces, as the folder's tsconfig.json has them", async () => {
  const file = path.join(kernel.folder, "notebook", "tsconfig.json");
  const compilerOptions = { jsx: "react", jsxFactory: "h", experimentalDecorators: true };
  writeFileSync(file, JSON.stringify({ compilerOptions }));
  const { error, result } = await kernel.execute(`
    const h = (tag: string, props: object | null, ...inside: unknown[]) => [tag, props, ...inside];
    const seen: unknown[] = [];
    const old = (...args: unknown[]) => { seen.push(args.length, args[1]); };
    class Old { @old method() {} }
    namespace Deep { export const inner = 2 }
    [<b id="x">{Deep.inner}</b>, seen]`);
  rmSync(file);
  expect([error, result]).toEqual([undefined, "[ [ 'b', { id: 'x' }, 2 ], [ 3, 'method' ] ]"]);
});

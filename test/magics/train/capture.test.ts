import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Binding } from "@lepton/contract";
import { afterAll, expect, test } from "vitest";
import { captureModule } from "../../../magics/train/capture.ts";

const root = mkdtempSync(path.join(tmpdir(), "lepton-capture-"));
afterAll(() => rmSync(root, { recursive: true }));
writeFileSync(path.join(root, "scale.ts"), "export const triple = (x: number): number => 3 * x;\n");
let made = 0;

/** Capture with these notebook names, then load the module as the run's process does. */
async function travel(source: ((...args: never[]) => unknown) | string, names: Record<string, unknown | Binding> = {}) {
  const folder = path.join(root, `run${made++}`);
  mkdirSync(folder);
  const lookup = (name: string) => {
    if (!(name in names)) return undefined;
    const value = names[name] as Binding;
    return value !== null && typeof value === "object" && "import" in value ? value : { value };
  };
  const file = await captureModule(source, "model", folder, { folder: root, lookup });
  const module = await import(pathToFileURL(path.join(folder, file)).href);
  return module.model as (...args: unknown[]) => unknown;
}

// Names of a notebook: made here by text, so that the test's own bundler does not rename them.
const from = (text: string) => new Function("Base", `return (${text})`)(Object) as (...args: never[]) => unknown;

test("plain values are copied as they are at the time of the call", async () => {
  const config = { units: [3, 4], deep: { on: true, none: null, big: 2n ** 70n, when: new Date(5) } };
  const model = await travel(from("() => [config, table, Math.max(...config.units)]"), {
    config,
    table: Float32Array.of(0.5, -0, Number.NaN),
  });
  const copy = structuredClone(config);
  config.units.push(99);
  expect(model()).toEqual([copy, Float32Array.of(0.5, -0, Number.NaN), 4]);
});

test("functions and classes travel with what they use in turn, also when they use each other", async () => {
  const model = await travel(from("(n) => new Sum(isEven(n)).plus(offset)"), {
    isEven: from("function isEven(n) { return n === 0 ? 1 : isOdd(n - 1); }"),
    isOdd: from("(n) => (n === 0 ? 0 : isEven(n - 1))"),
    Base: from("class Base { constructor(n) { this.n = n; } }"),
    Sum: from("class Sum extends Base { plus(m) { return this.n + m; } }"),
    offset: 10,
  });
  expect([model(4), model(5)]).toEqual([11, 10]);
});

test("imports of the notebook are imported again, local TypeScript files bundled", async () => {
  const model = await travel(from("(x) => triple(x) + basename('a/b').length"), {
    triple: { value: null, import: { specifier: "./scale.ts", imported: "triple" } },
    basename: { value: null, import: { specifier: "node:path", imported: "basename" } },
  });
  expect(model(2)).toBe(7);
});

test("a cell's text is TypeScript: an expression, or statements that end with a named function", async () => {
  const expression = await travel("(x: number, { k }: { k: number }): number => x * k * factor", { factor: 2 });
  expect(expression(3, { k: 5 })).toBe(30);
  const statements = await travel(
    "import { triple } from './scale.ts';\nconst half = (x: number) => x / 2;\nexport default function model(x: number) {\n  return triple(half(x)) + factor;\n}",
    { factor: 1 },
  );
  expect(statements(4)).toBe(7);
  expect((await travel("const one = 1;\nexport default (x: number) => x + one;"))(1)).toBe(2);
});

test("what cannot travel is an error that names the variable and why", async () => {
  const use = (value: unknown) => travel(from("(x) => thing"), { thing: value });
  await expect(use(new Map([["a", () => 1]]))).rejects.toThrow(/model uses "thing".*its \[0\]\[1\] is a function/);
  await expect(use(new URL("http://x"))).rejects.toMatchObject({ code: "LEPTON_CAPTURE" });
  await expect(use(Symbol("s"))).rejects.toThrow(/it is a symbol/);
  const loop: unknown[] = [];
  loop.push(loop);
  await expect(use({ loop })).rejects.toThrow(/its loop\[0\] contains itself/);
  await expect(use(Math.max.bind(null))).rejects.toThrow(/"thing" is native or bound/);
});

test("a name that is nowhere is an error with the remedy; globals and the function's own names are fine", async () => {
  await expect(travel(from("(x) => x + width"))).rejects.toThrow(/uses "width".*--args width=/);
  const own =
    "(a, { b = 1, ...rest }, [c]) => { for (const i of [1]) { var late = i; } label: for (;;) { break label; } const o = { width: a, a }; try { throw 2; } catch (e) { return [o.width, b, rest, c, late, e, typeof console, arguments2()]; } function arguments2() { return arguments.length; } }";
  expect((await travel(from(own)))(7, { z: 1 }, [9])).toEqual([7, 1, { z: 1 }, 9, 1, 2, "object", 0]);
});

test("text that is no function says what is expected", async () => {
  await expect(travel("const units = 3;")).rejects.toThrow(/must be a function of \(x, nn\)/);
  await expect(travel("(x => ")).rejects.toMatchObject({ code: "LEPTON_MODEL" });
});

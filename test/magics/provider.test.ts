import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { createPlugins, createProvider } from "@lepton/magics";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type FakeHost, fakeHost } from "./fake-host.ts";
import { fakeVerbs } from "./fake-verbs.ts";

const credit = { name: "credit", folder: "/data/credit" };
const study = { best: { id: "r7" }, trials: [{ run: { id: "r1" } }] };
const myModel = function myModel() {};

let folder: string;
let host: FakeHost;
const provider = createProvider(fakeVerbs, createPlugins(), {
  loaders: { "Lepton.Fake": (where) => ({ loaded: where }) },
});

beforeEach(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), "lepton-provider-"));
  host = fakeHost(folder, { credit, study, myModel });
  await provider.start(host);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Called {
  args: unknown[];
  options: Record<string, unknown>;
  context: { sourceText: string; as?: string; body?: string };
}
const magic = (line: string, body?: string) =>
  provider.run(body === undefined ? { line } : { line, body }) as Promise<Called>;
const lepton = () => host.bound.get("lepton")!.value as Record<string, (...values: unknown[]) => Promise<Called>>;
const failure = async (work: Promise<unknown>) =>
  work.then(
    () => "no error",
    (error: { code: string; message: string }) => `${error.code} ${error.message}`,
  );

test("a magic and the equal function call the verb with the same arguments and options", async () => {
  const line =
    "train credit --model linear --hidden 64,32 --learning-rate 1e-2 --ignore a,b --kinds age=number,x=2 --background --l2 0";
  const byMagic = await magic(line);
  const byCode = await lepton().train!(credit, {
    model: "linear",
    hidden: [64, 32],
    learningRate: 0.01,
    ignore: ["a", "b"],
    kinds: { age: "number", x: 2 },
    background: true,
    l2: 0,
  });
  expect(byMagic.args).toEqual([credit]);
  expect(byCode.args).toEqual(byMagic.args);
  expect(byCode.options).toEqual(byMagic.options);
  expect(byMagic.options).toEqual({
    model: "linear",
    hidden: [64, 32],
    learningRate: 0.01,
    epochs: 10,
    ignore: ["a", "b"],
    kinds: { age: "number", x: 2 },
    background: true,
    l2: 0,
  });
  expect(byMagic.context.sourceText).toBe(`%lepton ${line}`);
  expect(byCode.context.sourceText).toContain('lepton.train(credit, { model: "linear", hidden: [64, 32]');
});

test("--flag=value, --no-flag, names with a path and functions of the notebook are understood", async () => {
  const { args, options } = await magic(
    "train study.trials[0].run --model=myModel --no-background --note='two words' --loss myModel",
  );
  expect(args).toEqual([{ id: "r1" }]);
  expect(options).toMatchObject({ model: myModel, background: false, note: "two words", loss: myModel });
  expect((await magic("train study.best")).args).toEqual([{ id: "r7" }]);
  expect((await magic("train r20240501-abc")).args).toEqual(["r20240501-abc"]);
  expect((await magic("train credit.csv")).args).toEqual(["credit.csv"]);
  writeFileSync(path.join(folder, "credit.txt"), "");
  expect((await magic("train credit.txt")).args).toEqual(["credit.txt"]);
});

test("quotes make a value of what begins with a minus", async () => {
  const { args, options } = await magic(`train "-x.csv" --note "- fixed"`);
  expect(args).toEqual(["-x.csv"]);
  expect(options).toMatchObject({ note: "- fixed" });
});

test("the call is told of also where its arguments cannot be written as JSON", async () => {
  const around: Record<string, unknown> = { big: 10n };
  around["around"] = around;
  const { context } = await lepton().train!(around);
  expect(context.sourceText).toContain("lepton.train({ big: 10n, around: { big: 10n, ");
});

test("an optional argument may be left out before the options of a function", async () => {
  expect((await lepton().runs!({ limit: 3 })).options).toEqual({ limit: 3 });
  expect((await lepton().runs!("mlp", { limit: 3 })).args).toEqual(["mlp"]);
  expect((await lepton().runs!()).options).toEqual({ limit: 20 });
});

test("in a sweep ranges and choices are read; elsewhere they are refused", async () => {
  const { options } = await magic("sweep credit --learning-rate log:1e-4..1e-1 --hidden 32|64,64 --args width=8|16");
  expect(options).toEqual({
    learningRate: { low: 1e-4, high: 1e-1, log: true },
    hidden: [[32], [64, 64]],
    args: { width: [8, 16] },
    trials: 20,
  });
  expect(await failure(magic("train credit --learning-rate 1e-4..1e-1"))).toBe(
    'LEPTON_OPTION_VALUE train: --learning-rate takes a number, got "1e-4..1e-1".',
  );
});

test.each([
  ["--learning-rate 0.1|-0.1", "--learning-rate must be > 0, got -0.1."],
  ["--learning-rate 0..1", "--learning-rate must be > 0, got 0."],
  ["--hidden 32|64,0", "--hidden must be > 0, got 0."],
])("a sweep refuses a bound or a choice outside an option's range before any trial: %s", async (options, sentence) => {
  expect(await failure(magic(`sweep credit ${options}`))).toBe(`LEPTON_OPTION_RANGE sweep: ${sentence}`);
});

test.each([
  ["trian credit", 'LEPTON_VERB_UNKNOWN there is no verb "trian"; did you mean "train"?'],
  [
    "train",
    "LEPTON_OPTION_MISSING train: DATA is missing: A dataset. For example: %lepton train credit --epochs 20 --as run",
  ],
  [
    "train credit --hidden 64 32",
    'LEPTON_OPTION_VALUE train: takes DATA, and "32" is one too many. If it belongs to --hidden: --hidden 64,32.',
  ],
  [
    "features credit.csv --target unit price",
    'LEPTON_OPTION_VALUE features: takes FILE, and "price" is one too many. If it belongs to --target: --target "unit price".',
  ],
  ["train credit more", 'LEPTON_OPTION_VALUE train: takes DATA, and "more" is one too many.'],
  ["train credit --epoch 3", 'LEPTON_OPTION_UNKNOWN train: no option "--epoch"; did you mean "--epochs"?'],
  [
    "train credit --learningRate 3",
    'LEPTON_OPTION_UNKNOWN train: no option "--learningRate"; did you mean "--learning-rate"?',
  ],
  ["train credit -e 3", 'LEPTON_OPTION_UNKNOWN train: no option "-e"'],
  ["train credit --epochs", "LEPTON_OPTION_VALUE train: --epochs takes a value, none came."],
  ["train credit --epochs --background", "LEPTON_OPTION_VALUE train: --epochs takes a value, none came."],
  ["train credit --epochs 2 --epochs 3", "LEPTON_OPTION_VALUE train: --epochs can be given once, it came twice."],
  ["train credit --epochs ten", 'LEPTON_OPTION_VALUE train: --epochs takes a number, got "ten".'],
  ["train credit --epochs 1.5", "LEPTON_OPTION_VALUE train: --epochs takes a whole number, got 1.5."],
  ["train credit --epochs 0", "LEPTON_OPTION_RANGE train: --epochs must be >= 1, got 0."],
  ["train credit --learning-rate -0.1", "LEPTON_OPTION_RANGE train: --learning-rate must be > 0, got -0.1."],
  ["train credit --hidden 64,0", "LEPTON_OPTION_RANGE train: --hidden must be > 0, got 0."],
  [
    "train credit --model liner",
    'LEPTON_OPTION_VALUE train: --model is one of linear, mlp, or a function of the notebook, got "liner"; did you mean "linear"?',
  ],
  ["train credit --model credit.folder", "LEPTON_OPTION_VALUE train: --model is one of linear, mlp"],
  [
    "train credit --loss mymodel",
    'LEPTON_NAME_UNKNOWN train: --loss takes a variable of the notebook, there is no "mymodel"; did you mean "myModel"?',
  ],
  ["train study.bset", 'LEPTON_NAME_UNKNOWN study has no property "bset"; did you mean "best"?'],
  ["train credit --as a --as b", 'LEPTON_OPTION_VALUE train: --as can be given once, it came with "a" and "b".'],
  ["train credit --hidden 64, 64", "A value has no blanks: --hidden 64,64, or put it in quotes."],
  ["train credit --hidden 64 , 64", "A value has no blanks: write 64,64 or 32|64, or put it in quotes."],
  ["train credit --as class", "LEPTON_NAME_INVALID train: --as takes a name"],
  ["train credit --as my-run", "LEPTON_NAME_INVALID train: --as takes a name"],
  ["train credit --as public", "LEPTON_NAME_INVALID train: --as takes a name"],
  [
    "train credit --as performance",
    'LEPTON_NAME_INVALID train: --as takes a name that JavaScript does not use itself, got "performance".',
  ],
  ['train credit --note "open', 'LEPTON_OPTION_VALUE train: " is never closed in: open'],
  ["train credit --no-epochs", 'LEPTON_OPTION_UNKNOWN train: no option "--no-epochs"'],
  ["train credit --background=maybe", 'LEPTON_OPTION_VALUE train: --background is true or false, got "maybe".'],
  ["features t.csv", "LEPTON_OPTION_MISSING features: --target is missing: The column to predict."],
])("%s is refused with the law, the value and the nearest name", async (line, message) => {
  expect(await failure(magic(line))).toContain(message);
});

test("a function refuses unknown options, wrong types and wrong verbs in the words of code", async () => {
  expect(await failure(lepton().train!(credit, { learningrate: 1 }))).toContain(
    'LEPTON_OPTION_UNKNOWN train: no option "learningrate"; did you mean "learningRate"?',
  );
  expect(await failure(lepton().train!(credit, { learningRate: "1" }))).toContain(
    'LEPTON_OPTION_VALUE train: learningRate takes a number, got "1".',
  );
  expect(await failure(lepton().train!(credit, { hidden: 64 }))).toContain("hidden takes a list of numbers, got 64.");
  expect(await failure(lepton().train!())).toContain("LEPTON_OPTION_MISSING train: data is missing");
  expect(await failure(lepton().train!(credit, {}, 3))).toContain(
    "LEPTON_OPTION_VALUE train: takes (data, { options })",
  );
  expect(() => lepton().trian).toThrow('lepton has no "trian"; did you mean "train"?');
  expect(await lepton()).toBeDefined(); // an object with a trap must still be awaitable
});

test("the body of a %%lepton cell reaches verbs that take one and is refused by the others", async () => {
  expect((await magic("train credit", "x => x")).context.body).toBe("x => x");
  expect(await failure(magic("runs", "x"))).toContain("runs: takes nothing from the rest of the cell");
});

test("--as tells the kernel the name before and the narrow type after the run", async () => {
  expect(provider.binds({ line: "train credit --as run" })).toEqual({ name: "run", type: "Lepton.Fake" });
  expect(provider.binds({ line: "train credit --as=run" })).toEqual({ name: "run", type: "Lepton.Fake" });
  expect(provider.binds({ line: "train credit" })).toBeUndefined();
  expect(provider.binds({ line: "train credit --as class" })).toBeUndefined();
  expect(provider.binds({ line: "nonsense --as x" })).toBeUndefined();
  const result = await magic("train credit --as run");
  expect(host.bound.get("run")).toEqual({ value: result, type: "Lepton.Fake & { narrow: true }" });
});

test("names given by --as are bound again by the next kernel, and loaded when first used", async () => {
  await magic("train credit --as run");
  await lepton().train!(credit, { as: "second" });
  const next = fakeHost(folder);
  await provider.start(next);
  expect([...next.lazy.keys()]).toEqual(["run", "second"]);
  expect(next.bound.get("run")?.type).toBe("Lepton.Fake & { narrow: true }");
  expect(next.lookup("run")?.value).toEqual({ loaded: path.join(folder, ".lepton", "runs", "r1") });
});

test("a kept name that JavaScript uses itself is not bound by the next kernel", async () => {
  await magic("train credit --as run");
  const file = path.join(folder, ".lepton", "names.json");
  writeFileSync(file, readFileSync(file, "utf8").replace('"run"', '"fetch"'));
  const next = fakeHost(folder);
  await provider.start(next);
  expect([...next.lazy.keys()]).toEqual([]);
});

test("kernels that bind names at once keep them all", async () => {
  const code = `
    import { leptonFolder } from "./magics/folder.ts";
    import { keepName } from "./magics/names.ts";
    const [folder, own] = process.argv.slice(1);
    for (let k = 0; k < 10; k++)
      keepName(leptonFolder(folder), { "Lepton.Fake": String }, own + k, { value: { folder }, kind: "Lepton.Fake", type: "x" });`;
  const root = path.join(import.meta.dirname, "../..");
  const kernel = (own: string) =>
    promisify(execFile)(process.execPath, ["--input-type=module-typescript", "-e", code, folder, own], { cwd: root });
  await Promise.all(["a", "b", "c"].map(kernel));
  const next = fakeHost(folder);
  await provider.start(next);
  expect(next.lazy.size).toBe(30);
});

test.each(['{"version": 1, "names": {"run": 3, ', "null"])(
  "a damaged names.json costs the names, not the start: %s",
  async (text) => {
    await magic("train credit --as run");
    writeFileSync(path.join(folder, ".lepton", "names.json"), text);
    const next = fakeHost(folder);
    await provider.start(next);
    expect([...next.lazy.keys()]).toEqual([]);
    await magic("train credit --as again");
  },
);

test("%lepton alone lists the verbs, --help tells each option with its law and default", async () => {
  await magic("");
  expect(host.printed.join("")).toMatch(/features +Read a table\.\n +train +Train a model\./);
  host.printed.length = 0;
  await magic("train --help");
  const help = host.printed.join("");
  expect(help).toContain("%lepton train DATA [options]");
  expect(help).toMatch(/--learning-rate NUMBER +Step size\. \(> 0 and <= 10; default 0\.001\)/);
  expect(help).toMatch(/--model linear\|mlp\|FUNCTION/);
  expect(help).toContain("%lepton train credit --epochs 20 --as run");
});

test("inspection shows the option under the cursor, else the verb", () => {
  expect(provider.inspect("train credit --epochs 3", 16)).toContain("Passes over the rows.");
  expect(provider.inspect("train credit", 2)).toContain("Train a model.");
  expect(provider.inspect("nothing", 2)).toBeUndefined();
});

import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type KernelClient, startKernel } from "./kernel-client.ts";

let kernel: KernelClient;
let version = 0;

/** A file of the notebook's folder; edited files get a later time, as editors give. */
function write(name: string, text: string): void {
  const file = path.join(kernel.folder, "notebook", name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  const time = Date.now() / 1000 + ++version;
  utimesSync(file, time, time);
}

/** npm keeps its cache and its logs here, not in the user's home. */
const npm = mkdtempSync(path.join(os.tmpdir(), "lepton-npm-"));

beforeAll(async () => {
  kernel = await startKernel({ env: { npm_config_cache: npm } });
  const packages = "node_modules";
  write(`${packages}/esm-one/package.json`, '{"name":"esm-one","type":"module","exports":"./index.js"}');
  write(`${packages}/esm-one/index.js`, "export const named = 'esm'; export default 1;");
  write(`${packages}/cjs-one/package.json`, '{"name":"cjs-one","main":"index.js"}');
  write(
    `${packages}/cjs-one/index.js`,
    "const all = { plain: 'cjs' }; Object.assign(all, { hidden: 'found' }); module.exports = all;",
  );
  write("data.json", '{"a":[1,2]}');
  // (module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))
  const wasm = "AGFzbQEAAAABBwFgAn9/AX8DAgEABwcBA2FkZAAACgkBBwAgACABags=";
  const file = path.join(kernel.folder, "notebook", "sum.wasm");
  writeFileSync(file, Buffer.from(wasm, "base64"));
});
afterAll(async () => {
  await kernel.stop();
  rmSync(npm, { recursive: true, force: true, maxRetries: 5 });
});

const result = async (code: string) => {
  const { error, result: shown } = await kernel.execute(code);
  expect(error).toBeUndefined();
  return shown;
};

test("packages of the notebook's folder: ESM, CommonJS with names that static analysis misses, npm: specifiers", async () => {
  expect(await result("import one, { named } from 'esm-one'; [one, named]")).toBe("[ 1, 'esm' ]");
  expect(await result("import cjs, { plain, hidden } from 'cjs-one'; [plain, hidden, cjs.plain]")).toBe(
    "[ 'cjs', 'found', 'cjs' ]",
  );
  expect(await result("import * as all from 'npm:esm-one@1.2.3'; all.named")).toBe("'esm'");
  expect(await result("(await import('esm-one')).named")).toBe("'esm'");
  expect(await result("require('cjs-one').plain")).toBe("'cjs'");
});

test("a local folder with a dot in its name is looked into", async () => {
  write("mod.v2/index.ts", "export const version: number = 2;");
  expect(await result("import { version } from './mod.v2'; version")).toBe("2");
});

test("paths with spaces, #, % and umlauts are read as they stand, or as URLs", async () => {
  write("sp ace/ü#%.ts", "export { w } from './w #?%20.ts';\nexport const s: number = 6;");
  write("sp ace/w #?%20.ts", "export const w = 2;");
  write("sp ace/%20.cjs", "exports.p = 4;");
  write("sp ace/j #%.json", '{"n":1}');
  expect(await result("import { s, w } from './sp ace/ü#%.ts'; [s, w]")).toBe("[ 6, 2 ]");
  expect(await result("import { p } from './sp ace/%20.cjs'; import j from './sp ace/j #%'; [p, j.n]")).toBe(
    "[ 4, 1 ]",
  );
  expect(await result("(await import('./sp%20ace/%C3%BC%23%25.ts?fresh')).s")).toBe("6");
});

test("tsconfig's paths and baseUrl count when cells and local modules run; what they do not find is a package", async () => {
  write("tsconfig.json", '{"extends":"./settings/base.json"}');
  const paths = '{"@own/*":["../none/*","../src/own/*"],"exact":["../src/exact.ts"]}';
  write("settings/base.json", `{"compilerOptions":{"paths":${paths}}}`);
  write("src/own/u.ts", "export const u: number = 8;");
  write("src/own/j.json", '{"j":1}');
  const dynamic = "export const later = async () => (await import('@own/' + 'u')).u;";
  write(
    "src/exact.ts",
    `import { u } from '@own/u.js';\nimport { named } from 'esm-one';\nexport const all = [u, named];\n${dynamic}`,
  );
  expect(await result("import { u } from '@own/u'; import j from '@own/j.json'; [u, j.j]")).toBe("[ 8, 1 ]");
  expect(await result("import { all, later } from 'exact'; [...all, await later()]")).toBe("[ 8, 'esm', 8 ]");
  expect(await result("[require('@own/j.json').j, import.meta.resolve('@own/u').endsWith('own/u.ts')]")).toBe(
    "[ 1, true ]",
  );
  expect((await kernel.execute("import '@own/nope'")).error).toMatch(/^PackageMissing: /);
  write("tsconfig.json", '{"compilerOptions":{"baseUrl":"./src"}}');
  write("src/own/u.ts", "export const u: number = 9;");
  expect(await result("import { u } from 'own/u'; import { named } from 'esm-one'; [u, named]")).toBe("[ 9, 'esm' ]");
  rmSync(path.join(kernel.folder, "notebook", "tsconfig.json"));
  expect((await kernel.execute("import { u } from 'own/u'")).error).toMatch(/^PackageMissing: /);
});

test("JSON and wasm", async () => {
  expect(await result("import data from './data.json'; data.a")).toBe("[ 1, 2 ]");
  expect(await result("import more from './data.json' with { type: 'json' }; more.a.length")).toBe("2");
  expect(await result("import { add } from './sum.wasm'; add(2, 3)")).toBe("5");
});

test("an import that its own cell does not use is there in later ones", async () => {
  await kernel.execute("import { basename, type ParsedPath } from 'node:path'\nimport type { Stats } from 'node:fs'");
  expect(await result("basename('/a/b.txt')")).toBe("'b.txt'");
});

test("local TypeScript is loaded anew when it, or what it imports, was edited; what did not change stays", async () => {
  write("lib/deep.ts", "export const depth: number = 1;");
  write("lib/state.ts", "export const state: { made: number } = { made: Math.random() };");
  write(
    "lib/tool.ts",
    "import { depth } from './deep';\nexport { state } from './state.ts';\nexport enum Kind { A = 7 }\nexport const tool = () => depth * 10;",
  );
  expect(await result("import { tool, state, Kind } from './lib/tool.ts'; const first = state; [tool(), Kind.A]")).toBe(
    "[ 10, 7 ]",
  );
  write("lib/deep.ts", "export const depth: number = 2;");
  expect(await result("import { tool, state } from './lib/tool'; [tool(), state === first]")).toBe("[ 20, true ]");
  write("lib/tool.ts", "export const tool = (): string => 'new';");
  expect(await result("import { tool } from './lib/tool.js'; tool()")).toBe("'new'");
});

test("an error in a local module names its own line", async () => {
  write("bad.ts", "interface Gone { a: number }\n\nexport function fail(): never {\n  throw new Error('deep');\n}\n");
  const { traceback } = await kernel.execute("import { fail } from './bad.ts'\nfail()");
  expect(traceback).toMatch(/bad\.ts:4:9/);
  expect(traceback).toMatch(/Cell \d+:2:1/);
  write("broken.ts", "export const x: = 1;");
  expect((await kernel.execute("import { x } from './broken.ts'")).error).toMatch(/Unexpected "="/);
});

test("a missing package's error says the line that installs it; a missing file says which", async () => {
  const { error } = await kernel.execute("import { x } from '@scope/not-there/sub'");
  expect(error).toMatch(
    /^PackageMissing: There is no package "@scope\/not-there" in .*%npm install @scope\/not-there$/,
  );
  expect((await kernel.execute("import './nowhere.ts'")).error).toMatch(/nowhere\.ts/);
  write("needs.ts", "import { x } from 'not-there-either';\nexport const y = x;");
  expect((await kernel.execute("import { y } from './needs.ts'")).error).toMatch(/%npm install not-there-either$/);
  write("throws.ts", "throw null;");
  expect((await kernel.execute("import './throws.ts'")).error).toBe("Thrown: null");
});

test("local CommonJS files are imported as Node does it, from cells and local modules, and anew when they were edited", async () => {
  write("own.cjs", "exports.inner = require('./part.cjs').part; exports.file = __filename;");
  write("part.cjs", "exports.part = 1;");
  expect(await result("import own, { inner, file } from './own.cjs'; [inner, file.endsWith('own.cjs')]")).toBe(
    "[ 1, true ]",
  );
  expect(await result("own === require('./own.cjs')")).toBe("true");
  write("part.cjs", "exports.part = 2;");
  write("old.js", "module.exports = Object.assign({}, { hidden: 5 });");
  write(
    "mixed.ts",
    "import { inner } from './own.cjs';\nimport old from './old.js';\nexport const sum: number = inner + old.hidden;",
  );
  expect(await result("import { hidden } from './old.js'; import { sum } from './mixed'; [hidden, sum]")).toBe(
    "[ 5, 7 ]",
  );
  write("typed.cts", "interface A {}\n\nconst all: A = { fail() { throw new Error('typed'); } };\nexport = all;");
  expect((await kernel.execute("import typed from './typed.cts'; typed.fail()")).traceback).toMatch(/typed\.cts:3:33/);
  write("strict/package.json", '{"type":"module"}');
  write("strict/wrong.js", "exports.a = 1;");
  expect((await kernel.execute("import { a } from './strict/wrong.js'")).error).toMatch(
    /not defined in ES module scope/,
  );
});

test("a name that a module does not export, as value or as type, is a SyntaxError at its line", async () => {
  write("shapes.ts", "export interface Shape { a: number }\nexport type Side = 'a' | 'b';\nexport const area = 5;");
  write("user.ts", "import { Shape, area } from './shapes.ts';\nexport const use = (shape: Shape) => shape.a * area;");
  write("wrong.ts", "import { nothing } from './shapes.ts';\nexport const wrong = () => nothing;");
  const missing = await kernel.execute("\nimport { area, Shape, nope } from './shapes.ts'");
  expect(missing.error).toBe(
    "SyntaxError: The requested module './shapes.ts' does not provide an export named 'nope'. It exports: area.",
  );
  expect(missing.traceback).toMatch(/2 \| import \{ area, Shape, nope \}.*\n\s+\^\n\s+at async Cell \d+:2:1$/);
  expect(await result("import { area, Shape, Side } from './shapes.ts'; area")).toBe("5");
  expect(await result("import { use } from './user.ts'; use({ a: 2 })")).toBe("10");
  expect((await kernel.execute("import { wrong } from './wrong.ts'")).error).toMatch(
    /^SyntaxError: No matching export in "shapes\.ts" for import "nothing" \(.*wrong\.ts:1:10\)$/,
  );
  expect((await kernel.execute("import { readfileSync } from 'node:fs'")).error).toMatch(
    /Did you mean 'readFileSync'\?$/,
  );
  expect((await kernel.execute("import { Nothing } from 'node:fs'; new Nothing()")).error).toMatch(/^SyntaxError: /);
  expect(await result("import { Stats } from 'node:fs'; let stats: Stats | undefined; stats === undefined")).toBe(
    "true",
  );
});

test("require tells a missing package and a missing file in one sentence", async () => {
  expect((await kernel.execute("require('not-there')")).error).toMatch(/^PackageMissing: .*%npm install not-there$/);
  expect((await kernel.execute("require('./not-there.cjs')")).error).toMatch(/^FileMissing: There is no file/);
});

test("a JSON file that was edited is read anew", async () => {
  write("edited.json", '{"a":1}');
  expect(await result("import edited from './edited.json'; edited.a")).toBe("1");
  write("edited.json", '{"a":2}');
  expect(await result("import edited from './edited.json'; edited.a")).toBe("2");
  expect(await result("(await import('./edited.json', { with: { type: 'json' } })).default.a")).toBe("2");
});

test("JSON needs no attribute: in a local module, of a package, and read anew when it was edited", async () => {
  write("node_modules/with-json/package.json", '{"name":"with-json","version":"7.0.0"}');
  write("inside.json", '{"n":1}');
  write(
    "reads.ts",
    "import inside from './inside.json';\nimport about from 'with-json/package.json';\nexport const read = [inside.n, about.version];\nexport const later = async () => (await import('./inside' + '.json')).default.n;",
  );
  expect(await result("import { read, later } from './reads.ts'; [...read, await later()]")).toBe("[ 1, '7.0.0', 1 ]");
  write("inside.json", '{"n":2}');
  expect(await result("import { read } from './reads.ts'; read[0]")).toBe("2");
  expect(await result("import about from 'with-json/package.json'; about.version")).toBe("'7.0.0'");
  expect(await result("(await import('with-json/package.json')).default.version")).toBe("'7.0.0'");
});

test("import.meta and the notebook's folder", async () => {
  expect(await result("import.meta.dirname === process.cwd() && import.meta.url.endsWith('/notebook.ts')")).toBe(
    "true",
  );
  expect(
    await result("[import.meta.resolve('fs'), import.meta.resolve('./not-there.ts').endsWith('/not-there.ts')]"),
  ).toBe("[ 'node:fs', true ]");
});

test("%npm refuses what it does not know", async () => {
  expect((await kernel.execute("%npm explode")).error).toMatch(
    /^LEPTON_OPTION_VALUE: %npm takes one of install, .*got "explode"/,
  );
});

test("%npm install brings a package of a folder with npm's output shown", async () => {
  write("packages/offline/package.json", '{"name":"offline","version":"1.0.0","type":"module","exports":"./index.js"}');
  write("packages/offline/index.js", "export const here = true;");
  const { error, stdout } = await kernel.execute("%npm install ./packages/offline --offline");
  expect(error).toBeUndefined();
  expect(stdout).toMatch(/added 1 package/);
  expect(await result("import { here } from 'offline'; here")).toBe("true");
});

test("a file that is not there is named, with nothing of ours and of Node in the trace", async () => {
  const missing = await kernel.execute('import "./missing.ts"');
  expect(missing.error).toContain('There is no file "./missing.ts"');
  expect(missing.traceback).not.toMatch(/node:|notebook\.ts/);
  const read = await kernel.execute('const fs = await import("node:fs");\nfs.readFileSync("/no/such/file")');
  expect(read.traceback).toMatch(/2 \|.*readFileSync/s);
  expect(read.traceback).not.toContain("node:");
});

test("a local module whose import was interrupted is run anew by the next one", async () => {
  write("state.ts", "export const state = { ready: false };");
  write(
    "long.ts",
    "import { state } from './state.ts';\nexport { state };\nconsole.log('begun');\nwhile (!globalThis.mayEnd) {}",
  );
  const interrupted = kernel.execute("import { state } from './long.ts'; state");
  await kernel.published(({ content }) => content.text === "begun\n");
  await kernel.request("control", "interrupt_request");
  expect((await interrupted).error).toMatch(/^KeyboardInterrupt/);
  await kernel.execute("globalThis.mayEnd = true");
  expect(await result("import { state } from './long.ts'; state")).toBe("{ ready: false }");
  expect(await result("import { state as again } from './long.ts'; state === again")).toBe("true");
});

test("what package.json's imports name is a local file: TypeScript as cells have it, and anew when it was edited", async () => {
  const fresh = await startKernel();
  const own = (name: string, text: string) => writeFileSync(path.join(fresh.folder, "notebook", name), text);
  try {
    own("package.json", '{"imports":{"#own/*":"./*.ts"}}');
    own("kind.ts", "export enum Kind { A = 3 }");
    own("uses.ts", "import { Kind } from '#own/kind';\nexport const a = Kind.A;");
    const both = "import { Kind } from '#own/kind'; import { a } from '#own/uses'; [Kind.A, a]";
    expect((await fresh.execute(both)).result).toBe("[ 3, 3 ]");
    own("kind.ts", "export enum Kind { A = 4 }");
    expect((await fresh.execute(both)).result).toBe("[ 4, 4 ]");
    expect((await fresh.execute("import '#none'")).error).toMatch(/"#none" is not defined/);
  } finally {
    await fresh.stop();
  }
});

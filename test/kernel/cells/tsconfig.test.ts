import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { readTsconfig } from "../../../kernel/cells/tsconfig.ts";

const folder = mkdtempSync(path.join(os.tmpdir(), "lepton-tsconfig-"));
const file = path.join(folder, "tsconfig.json");
let second = 1;
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** As an editor does; the times differ whatever the file system's clock. */
function write(text: string): void {
  writeFileSync(file, text);
  utimesSync(file, second, second++);
}

test("without a file, and with one that cannot be read, type errors are shown and nothing is set", () => {
  expect(readTsconfig(folder)).toEqual({ typeErrors: "show", transpile: {} });
  write('{ "lepton": { "typeErrors": "block" ');
  expect(readTsconfig(folder)).toEqual({ typeErrors: "show", transpile: {} });
});

test("comments and trailing commas are read past, and a setting that is commented out does not count", () => {
  write('{ // "typeErrors": "off"\n "lepton": { /* "typeErrors": "off", */ "typeErrors": "block", }, }');
  expect(readTsconfig(folder).typeErrors).toBe("block");
  write('{ "lepton": { // "typeErrors": "block"\n } }');
  expect(readTsconfig(folder).typeErrors).toBe("show");
});

test("what it extends counts, the nearest setting first, and so do edits of that", () => {
  const base = path.join(folder, "base.json");
  writeFileSync(base, '{ "extends": "./tsconfig.json", "compilerOptions": { "jsx": "react", "jsxFactory": "h" } }');
  write('{ "extends": ["./base", "./not-there", "no-package"], "compilerOptions": { "jsxFactory": "own" } }');
  const compilerOptions = { jsx: "react", jsxFactory: "own" };
  expect(readTsconfig(folder).transpile).toEqual({ compilerOptions, loader: "tsx" });
  writeFileSync(base, '{ "lepton": { "typeErrors": "block" } }');
  utimesSync(base, second, second++);
  expect(readTsconfig(folder)).toEqual({ typeErrors: "block", transpile: { compilerOptions: { jsxFactory: "own" } } });
});

test("an edit counts from the next reading on, a deleted file too", () => {
  write('{ "compilerOptions": { "jsx": "react", "target": "es5" }, "lepton": { "typeErrors": "off" } }');
  const transpile = { compilerOptions: { jsx: "react" }, loader: "tsx" };
  expect(readTsconfig(folder)).toEqual({ typeErrors: "off", transpile });
  rmSync(file);
  expect(readTsconfig(folder)).toEqual({ typeErrors: "show", transpile: {} });
});

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { makeOwnFolder } from "../../../magics/data/own-folder.ts";

function place(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), "lepton-own-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

test("git leaves out all of .lepton, also the tokens in it, unless its owner says otherwise", () => {
  const notebook = place();
  makeOwnFolder(path.join(notebook, ".lepton", "deployments", "credit"));
  const file = path.join(notebook, ".lepton", ".gitignore");
  expect(readFileSync(file, "utf8")).toBe("*\n");
  writeFileSync(file, "");
  makeOwnFolder(path.join(notebook, ".lepton", "runs"));
  expect(readFileSync(file, "utf8")).toBe("");
  makeOwnFolder(path.join(notebook, "elsewhere"));
  expect(existsSync(path.join(notebook, "elsewhere", ".gitignore"))).toBe(false);
});

test(".lepton that is a file is told in a sentence", () => {
  const notebook = place();
  writeFileSync(path.join(notebook, ".lepton"), "");
  expect(() => makeOwnFolder(path.join(notebook, ".lepton", "runs"))).toThrow(
    /^cannot write .*runs: a part of its path is a file, not a folder; correct it, then try again\.$/,
  );
});

import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { replaceFile } from "../../../magics/data/durable-file.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "lepton-durable-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("a file is replaced as a whole, who reads the old one reads on, and nothing stays beside it", () => {
  const file = path.join(folder, "a.json");
  writeFileSync(file, "old and longer");
  const reader = openSync(file, "r");
  replaceFile(file, ["new", new Uint8Array([33])]);
  expect(readFileSync(file, "utf8")).toBe("new!");
  expect(readFileSync(reader, "utf8")).toBe("old and longer");
  closeSync(reader);
  expect(readdirSync(folder)).toEqual(["a.json"]);
});

test.each([
  ["missing/a.csv", "its folder does not exist; make it"],
  ["file/a.csv", "a part of its path is a file"],
  ["folder", "it is a folder; name a file"],
  [`${"n".repeat(300)}.csv`, "its name is too long"],
])("a place that cannot be written, %s, is named in a sentence", (name, cause) => {
  writeFileSync(path.join(folder, "file"), "");
  mkdirSync(path.join(folder, "folder"));
  const file = path.join(folder, name);
  expect(() => replaceFile(file, ["x"])).toThrow(
    expect.objectContaining({
      code: "LEPTON_DISK",
      message: expect.stringContaining(`cannot write ${file}: ${cause}`),
    }),
  );
  expect(readdirSync(folder).sort()).toEqual(["file", "folder"]);
});

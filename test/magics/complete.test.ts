import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { completeMagic } from "../../magics/complete.ts";
import { leptonFolder } from "../../magics/folder.ts";
import { createPlugins } from "../../magics/plugins.ts";
import { type FakeHost, fakeHost } from "./fake-host.ts";
import { fakeVerbs } from "./fake-verbs.ts";

let host: FakeHost;
beforeAll(() => {
  const folder = mkdtempSync(path.join(os.tmpdir(), "lepton-complete-"));
  for (const name of ["credit.csv", "cars.parquet", "my rows.csv", ".hidden"])
    writeFileSync(path.join(folder, name), "");
  mkdirSync(path.join(folder, "data"));
  writeFileSync(path.join(folder, "data", "digits.csv"), "");
  host = fakeHost(folder, { credit: {}, myModel: () => 0 });
});
afterAll(() => rmSync(host.folder, { recursive: true, force: true }));

/** `|` marks the cursor. */
async function at(marked: string): Promise<{ texts: string[]; replaced: string }> {
  const cursor = marked.indexOf("|");
  const line = marked.replace("|", "");
  const about = { host, folder: leptonFolder(host.folder), plugins: createPlugins() };
  const { items, start, end } = await completeMagic(line, cursor, fakeVerbs, about);
  return { texts: items.map((item) => item.text), replaced: line.slice(start, end) };
}

test("verbs come first, by what is typed", async () => {
  expect(await at("|")).toEqual({ texts: ["features", "train", "sweep", "runs"], replaced: "" });
  expect(await at("tr|")).toEqual({ texts: ["train"], replaced: "tr" });
});

test("options that are used already are not offered again", async () => {
  const { texts } = await at("train credit --model mlp --no-background --|");
  expect(texts).toContain("--learning-rate");
  expect(texts).toContain("--as");
  expect(texts).not.toContain("--model");
  expect(texts).not.toContain("--background");
  expect(await at("train credit --ep|ochs")).toEqual({ texts: ["--epochs"], replaced: "--ep" });
});

test("an option's value: choices, and the notebook's names where a function may stand", async () => {
  expect(await at("train credit --model |")).toEqual({ texts: ["linear", "mlp", "credit", "myModel"], replaced: "" });
  expect(await at("train credit --model=m|")).toEqual({ texts: ["mlp", "myModel"], replaced: "m" });
  expect(await at("train credit --background=|")).toEqual({ texts: ["true", "false"], replaced: "" });
  expect((await at("train credit --epochs |")).texts).toEqual([]);
});

test("an argument: names of the notebook, or files of its folder, quoted where they need it", async () => {
  expect((await at("train --epochs 3 |")).texts).toEqual(["credit", "myModel"]);
  expect((await at("features c|")).texts.sort()).toEqual(["cars.parquet", "credit.csv"]);
  expect((await at("features |")).texts).not.toContain(".hidden");
  expect((await at("features |")).texts).toContain('"my rows.csv"');
  expect(await at("features data/d|")).toEqual({ texts: ["data/digits.csv"], replaced: "data/d" });
  expect((await at("features nowhere/|")).texts).toEqual([]);
});

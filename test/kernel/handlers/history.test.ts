import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { History } from "../../../kernel/handlers/history.ts";

/** Gone when the test ends; a history that was not waited for may still write into it. */
function newFolder(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), "lepton-history-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}
const tail = { hist_access_type: "tail", n: 10 };

test("a cell is found at once, and is on disk a moment later without anybody asking", async () => {
  const folder = newFolder();
  const history = new History(folder);
  history.add(1, "const a = 1");
  history.add(2, "a + 1");
  expect(await history.find(tail)).toEqual([
    [0, 1, "const a = 1"],
    [0, 2, "a + 1"],
  ]);
  const inputs = () => linesOf(folder).map((line) => JSON.parse(line).input);
  await expect.poll(inputs, { timeout: 10_000 }).toEqual(["const a = 1", "a + 1"]);
});

test("what this session wrote itself is not found twice, what a kernel of the moment before wrote is", async () => {
  const folder = newFolder();
  const before = new History(folder);
  before.add(1, "before");
  await before.saved();
  await new Promise((resolve) => setTimeout(resolve, 2)); // a kernel takes longer to start
  const history = new History(folder);
  history.add(1, "now");
  await history.saved();
  expect((await history.find(tail)).map((row) => row[2])).toEqual(["before", "now"]);
});

test("an ending kernel writes what waits", async () => {
  const folder = newFolder();
  const history = new History(folder);
  for (let line = 1; line <= 100; line++) history.add(line, `cell ${line}`);
  await history.saved();
  expect(linesOf(folder)).toHaveLength(100);
});

test("lines below 0 count from the end, and brackets are sets", async () => {
  const history = new History(newFolder());
  for (const line of [1, 2, 3, 4]) history.add(line, `x${line}`);
  const lines = async (request: object) => (await history.find({ ...request })).map((row) => row[1]);
  const range = (rest: object) => lines({ hist_access_type: "range", session: 0, ...rest });
  expect(await range({ start: -2 })).toEqual([3, 4]);
  expect(await range({ start: -3, stop: -1 })).toEqual([2, 3]);
  expect(await range({ start: 2, stop: 0 })).toEqual([2, 3, 4]);
  expect(await range({ start: 1, stop: 3 })).toEqual([1, 2]);
  expect(await lines({ hist_access_type: "search", pattern: "[x][2-3]" })).toEqual([2, 3]);
});

test("a file that grew large is put aside with all that is in it, and the oldest of three is deleted", async () => {
  const folder = newFolder();
  const long = "x".repeat(5 * 1024 * 1024);
  for (const [index, cell] of ["a", "b", "c"].entries()) {
    const kernel = new History(folder);
    kernel.add(1, `${cell}${long}`);
    await kernel.saved();
    await expect.poll(() => readdirSync(folder), { timeout: 10_000 }).toHaveLength(Math.min(index + 1, 2));
    await new Promise((resolve) => setTimeout(resolve, 2)); // a kernel takes longer to start
  }
  const history = new History(folder);
  history.add(1, "now");
  await history.saved();
  expect((await history.find(tail)).map((row) => String(row[2]).slice(0, 3))).toEqual(["bxx", "cxx", "now"]);
  expect(linesOf(folder)).toHaveLength(1);
});

function linesOf(folder: string): string[] {
  try {
    return readFileSync(path.join(folder, "history.jsonl"), "utf8").trimEnd().split("\n");
  } catch {
    return []; // not written yet
  }
}

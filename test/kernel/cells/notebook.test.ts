import { expect, test } from "vitest";
import { Notebook } from "../../../kernel/cells/notebook.ts";

test("a name that loads when first used is a global until a cell declares it", () => {
  const notebook = new Notebook();
  expect(notebook.bindLazily("keptEarlier", () => 7)).toBe(true);
  expect(notebook.lookup("keptEarlier")).toEqual({ value: 7 });
  expect((globalThis as Record<string, unknown>)["keptEarlier"]).toBe(7);
});

test("a name that a cell made before it is found again stays the cell's, and nothing is loaded", () => {
  const notebook = new Notebook();
  notebook.bind("madeByCell", 5);
  const load = () => {
    throw new Error("loaded");
  };
  expect(notebook.bindLazily("madeByCell", load)).toBe(false);
  expect(notebook.lookup("madeByCell")).toEqual({ value: 5 });
});

test("a name that was bound is bound anew, and read as it is now", () => {
  const notebook = new Notebook();
  notebook.bind("boundTwice", { n: 1 });
  const second = { n: 2 };
  notebook.bind("boundTwice", second);
  expect(notebook.lookup("boundTwice")?.value).toBe(second);
  expect(notebook.names()).toEqual(["boundTwice"]);
});

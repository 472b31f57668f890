import { expect, test } from "vitest";
import { cellUrl, Stacks } from "../../../kernel/cells/stack.ts";
import { failureOf } from "../../../kernel/display/failure.ts";

test("all errors of nested disposals are shown, and those of a class of one's own", () => {
  class Closing extends SuppressedError {}
  const inner = new SuppressedError(new Error("second"), new Error("body"), "inner");
  const [text] = failureOf({ error: new Closing(new Error("first"), inner, "outer") }, new Stacks(), "1").traceback;
  for (const message of ["first", "inner", "second", "body"]) expect(text).toContain(`: ${message}`);
});

test("the cell's line stands behind a message of several lines", () => {
  const stacks = new Stacks();
  stacks.add(cellUrl("1"), { map: { js: "", pieces: [], mappings: undefined }, code: "", source: "check(row)" });
  const error = new Error("first\nsecond");
  error.stack = "Error: first\nsecond\n    at Cell 1:1:1\n    at other";
  const text = failureOf({ error }, stacks, "1").traceback.join("\n");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ANSI colours begin with one
  expect(text.replace(/\u001b\[\d+m/g, "").split("\n")).toEqual([
    "Error: first",
    "second",
    "1 | check(row)",
    "    ^",
    "    at Cell 1:1:1",
    "    at other",
  ]);
});

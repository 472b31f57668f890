import { expect, test } from "vitest";
import { Stacks } from "../../../kernel/cells/stack.ts";
import { failureOf } from "../../../kernel/display/failure.ts";

test("all errors of nested disposals are shown, and those of a class of one's own", () => {
  class Closing extends SuppressedError {}
  const inner = new SuppressedError(new Error("second"), new Error("body"), "inner");
  const [text] = failureOf({ error: new Closing(new Error("first"), inner, "outer") }, new Stacks(), "1").traceback;
  for (const message of ["first", "inner", "second", "body"]) expect(text).toContain(`: ${message}`);
});

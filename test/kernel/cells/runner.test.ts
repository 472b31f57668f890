import { expect, test } from "vitest";
import { Notebook } from "../../../kernel/cells/notebook.ts";
import { Output } from "../../../kernel/cells/output.ts";
import { Runner } from "../../../kernel/cells/runner.ts";
import { Stacks } from "../../../kernel/cells/stack.ts";
import type { ExecuteTask, ToWire } from "../../../kernel/wire/link.ts";

const parent = { msg_id: "1", msg_type: "execute_request", session: "s", username: "u", date: "d", version: "5.5" };
const forever = "(async () => { await new Promise(() => undefined); })";
const script = { code: forever, names: [], used: [], magics: [], map: { js: "", pieces: [], mappings: undefined } };
const task: ExecuteTask = {
  id: 1,
  parent,
  count: 1,
  label: "1",
  script,
  source: "",
  silent: false,
  allowStdin: false,
  stopsAtUncaught: false,
  userExpressions: {},
  interrupts: 0,
};
const runnerOf = (post: (message: ToWire) => void, asked = 0) =>
  new Runner({
    post,
    output: new Output(post),
    stacks: new Stacks(),
    magics: new Map(),
    marks: { asked: () => asked },
    notebook: new Notebook(),
  });

test("a cell whose end was cut short, as V8 does when it is told to terminate, is ended by the next interrupt, once", () => {
  const told: ToWire[] = [];
  let cuts = 1;
  const post = (message: ToWire) => {
    if (message.kind === "done" && cuts-- > 0) throw new Error("terminated");
    told.push(message);
  };
  const runner = runnerOf(post);
  runner.execute(task);
  expect(() => runner.interrupt()).toThrow("terminated");
  runner.interrupt();
  runner.interrupt();
  expect(told.map(({ kind }) => kind)).toEqual(["done"]);
  expect(told[0]).toMatchObject({ outcome: { id: 1, interrupted: true }, last: { type: "error" } });
});

test("a cell that was sent before an interrupt, and comes after it was obeyed, does not begin", () => {
  const told: ToWire[] = [];
  const code = "(async () => { globalThis.begun = true; })";
  const runner = runnerOf((message) => told.push(message), 3);
  runner.execute({ ...task, script: { ...script, code }, interrupts: 2 });
  expect(told).toMatchObject([
    { kind: "done", outcome: { interrupted: true, failure: { ename: "KeyboardInterrupt" } } },
  ]);
  expect(globalThis).not.toHaveProperty("begun");
});

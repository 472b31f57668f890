import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Header } from "../../kernel/wire/frames.ts";
import { type KernelClient, startKernel } from "./kernel-client.ts";

let kernel: KernelClient;

beforeAll(async () => {
  kernel = await startKernel();
  await kernel.execute("const rows = [{ age: 31, name: 'Ada' }]; let count = 0;");
});
afterAll(() => kernel.stop());

async function complete(code: string) {
  const { content } = await kernel.request("shell", "complete_request", { code, cursor_pos: [...code].length });
  return content as unknown as {
    matches: string[];
    cursor_start: number;
    metadata: { _jupyter_types_experimental: { text: string; type: string; signature: string }[] };
  };
}

test("completion knows the types of earlier cells and gives them", async () => {
  const { matches, metadata } = await complete("rows[0].");
  expect(matches).toEqual(["age", "name"]);
  expect(metadata._jupyter_types_experimental[0]).toMatchObject({ text: "age", type: "property", signature: "number" });
});

test("behind a question mark names are completed too, and two show the source", async () => {
  const { matches, cursor_start } = await complete("?rows[0].na");
  expect([matches, cursor_start]).toEqual([["name"], 9]);
  await kernel.execute("/** Doubles. */\nfunction doubled(x: number) { return 2 * x; }");
  const { reply } = await kernel.execute("doubled??");
  const [page] = reply.content.payload as { data: Record<string, string> }[];
  expect(page!.data["text/plain"]).toMatch(/Doubles\.[\s\S]*return 2 \* x/);
  const unknown = (await kernel.execute("?nobodyKnows")).reply.content.payload as (typeof page)[];
  expect(unknown[0]!.data["text/plain"]).toBe('Nothing is known about "nobodyKnows".');
});

test("completion, inspection and is_complete answer while a cell loops", async () => {
  const running = kernel.execute("for (;;) {}");
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect((await complete("'😀'; rows[0].na")).matches).toEqual(["name"]);
  expect((await complete("'😀'; rows[0].na")).cursor_start).toBe(13);
  const inspected = await kernel.request("shell", "inspect_request", { code: "rows", cursor_pos: 4, detail_level: 0 });
  expect(inspected.content).toMatchObject({ found: true });
  const asked = await kernel.request("shell", "is_complete_request", { code: "if (a) {" });
  expect(asked.content).toEqual({ status: "incomplete", indent: "  " });
  await kernel.request("control", "interrupt_request");
  await running;
});

test("type errors are shown on stderr before idle, and the cell runs", async () => {
  const { result, stderr } = await kernel.execute("const text: string = rows[0].age;\ntext");
  expect(result).toBe("31");
  expect(stderr).toBe("TypeScript, line 1, column 7: Type 'number' is not assignable to type 'string'. (TS2322)\n");
});

test("tsconfig.json can make type errors block the cell, and can turn them off", async () => {
  const file = path.join(kernel.folder, "notebook", "tsconfig.json");
  writeFileSync(file, '{ "lepton": { "typeErrors": "block" } }');
  const blocked = await kernel.execute("count = 'text'; count");
  expect(blocked.error).toBe("TypeScriptError: Type 'string' is not assignable to type 'number'.");
  expect((await kernel.execute("count")).result).toBe("0");
  writeFileSync(file, '{ "lepton": { "typeErrors": "off" } }');
  const free = await kernel.execute("count = 'text'; count");
  expect([free.result, free.stderr]).toEqual(["'text'", ""]);
});

test("an opened page starts the service, a program that executes cells does not", async () => {
  const fresh = await startKernel();
  const mistyped = async () => (await fresh.execute("const wrong: string = 1;")).stderr;
  try {
    await fresh.execute("1+1");
    await new Promise((resolve) => setTimeout(resolve, 1000)); // longer than a page waits for
    expect(await mistyped()).toBe("");
    await fresh.request("control", "debug_request", { seq: 1, type: "request", command: "debugInfo" });
    await expect.poll(mistyped, { timeout: 20_000, interval: 1000 }).toContain("TS2322");
  } finally {
    await fresh.stop();
  }
});

test("the word of a magic is completed while it is typed", async () => {
  expect((await complete("%")).matches).toEqual(["npm"]);
  expect(await complete("const a = 1;\n  %n")).toMatchObject({ matches: ["npm"], cursor_start: 16, cursor_end: 17 });
  expect((await complete("10\n%Math.sqr")).matches).toContain("sqrt");
});

test("cells do not wait while the service starts; what it has against them comes after", async () => {
  const fresh = await startKernel();
  try {
    let answered = false;
    void fresh.request("shell", "complete_request", { code: "Math.", cursor_pos: 5 }).then(() => (answered = true));
    const first = await fresh.execute("const one = 1; one.nope");
    let cells = 1;
    for (; !answered; cells++) await fresh.execute("1+1");
    expect(cells).toBeGreaterThan(5);
    const told = await fresh.published(({ content }) => String(content.text).includes("TS2339"));
    expect((told.parent as Header).msg_id).toBe((first.reply.parent as Header).msg_id);
  } finally {
    await fresh.stop();
  }
});

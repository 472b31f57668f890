import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Message } from "../../kernel/wire/frames.ts";
import { type KernelClient, startKernel } from "./kernel-client.ts";

let kernel: KernelClient;
beforeAll(async () => {
  kernel = await startKernel();
});
afterAll(() => kernel.stop());

const types = (messages: readonly Message[]) => messages.map(({ header }) => header.msg_type);

describe("streams", () => {
  test("10,000 prints arrive before idle, in order, in few messages", async () => {
    const { stdout, messages } = await kernel.execute("for (let i = 0; i < 10_000; i++) console.log(i)");
    expect(stdout).toBe(Array.from({ length: 10_000 }, (_, i) => `${i}\n`).join(""));
    expect(messages.length).toBeLessThan(100);
    expect(messages.at(-1)!.content).toEqual({ execution_state: "idle" });
  });

  test("stdout, stderr and displays keep their order", async () => {
    const { messages } = await kernel.execute(
      "console.log(1); console.error(2); display(3); process.stdout.write('4'); 5",
    );
    expect(types(messages)).toEqual([
      "status",
      "execute_input",
      "stream",
      "stream",
      "display_data",
      "stream",
      "execute_result",
      "status",
    ]);
  });

  test("what is printed before a long loop is there while it runs", async () => {
    const code = `
      console.log("epoch 1"); console.log("loss 0.5");
      while (!require("node:fs").existsSync("go-on")); // blocks this thread; the test makes the file`;
    const running = kernel.execute(code);
    await kernel.published(({ content }) => content.name === "stdout" && String(content.text).includes("loss 0.5"));
    writeFileSync(path.join(kernel.folder, "notebook", "go-on"), "");
    expect((await running).stdout).toBe("epoch 1\nloss 0.5\n");
  });

  test("a line of 10 MB arrives whole", async () => {
    const { stdout } = await kernel.execute("console.log('x'.repeat(10_000_000))");
    expect(stdout.length).toBe(10_000_001);
  });

  test("of 100 MB the beginning and the end are kept, and the cut is said", async () => {
    const code = "for (let i = 0; i < 1000; i++) console.log(String(i).padEnd(100_000, '.')); console.log('the end')";
    const memory = async () =>
      Number((await kernel.request("control", "usage_request")).content.kernel_memory) / 2 ** 20;
    const before = await memory();
    const { stdout } = await kernel.execute(code);
    expect((await memory()) - before).toBeLessThan(100);
    expect(stdout.length).toBeLessThan(20_000_000);
    expect(stdout).toMatch(/… [\d,]+ characters left out/);
    expect(stdout.endsWith("the end\n")).toBe(true);
  });

  test("a child process's output is the cell's", async () => {
    const { stdout, stderr } = await kernel.execute(`
      const { spawn, execSync, spawnSync } = await import("node:child_process");
      execSync("echo one", { stdio: "inherit" });
      spawnSync("sh", ["-c", "echo two >&2"], { stdio: "inherit" });
      await new Promise((resolve) => spawn("echo", ["three"], { stdio: "inherit" }).on("close", resolve));
      execSync("echo four").toString()`);
    expect(stdout).toBe("one\nthree\n");
    expect(stderr).toBe("two\n");
  });

  test("stderr of a command that inherits it is shown once, whether the command went well or not", async () => {
    const run = (command: string) =>
      `require("node:child_process").execSync(${JSON.stringify(command)}, { stdio: "inherit" })`;
    const well = await kernel.execute(run("echo out; echo err >&2"));
    expect([well.stdout, well.stderr, well.result]).toEqual(["out\n", "err\n", "null"]);
    const badly = await kernel.execute(run("echo out; echo err >&2; exit 3"));
    expect([badly.stdout, badly.stderr]).toEqual(["out\n", "err\n"]);
    expect(badly.error).toMatch(/^Error: Command failed/);
  });

  test("what a child inherits has no bound and is no result", async () => {
    const { stdout, result, error } = await kernel.execute(`
      execSync("head -c 2000000 /dev/zero | tr '\\\\0' x", { stdio: "inherit" })`);
    expect(error).toBeUndefined();
    expect(stdout).toHaveLength(2_000_000);
    expect(result ?? "null").toBe("null");
  });

  test("a timer's output goes to the cell that began it", async () => {
    const first = await kernel.execute("setTimeout(() => console.log('late'), 80); 'began'");
    await kernel.execute("await new Promise((resolve) => setTimeout(resolve, 300)); console.log('mine')");
    const late = await kernel.published(({ content }) => content.text === "late\n");
    expect(late.parent.msg_id).toBe(first.reply.parent.msg_id);
  });

  test("characters beyond the basic plane and bytes in two writes", async () => {
    const code =
      "const b = Buffer.from('🎉'); process.stdout.write(b.subarray(0, 2)); process.stdout.write(b.subarray(2)); console.log('ü')";
    expect((await kernel.execute(code)).stdout).toBe("🎉ü\n");
  });

  test("bytes in any view, and the timer that calls", async () => {
    const { stdout } = await kernel.execute(`
      process.stdout.write(new Uint16Array([0x6968]));
      process.stdout.write(new DataView(new Uint8Array([33, 33, 33]).buffer, 1));
      await new Promise<void>((resolve) => {
        const timer = setTimeout(function (this: unknown) { console.log(this === timer); resolve(); }, 1);
      });`);
    expect(stdout).toBe("hi!!true\n");
  });

  test("console has what Node's has", async () => {
    const code = "require('node:console') && Object.keys(require('node:console')).filter((name) => !(name in console))";
    expect((await kernel.execute(code)).result).toBe("[]");
    expect((await kernel.execute("new console.Console(process.stdout).log('own')")).stdout).toBe("own\n");
  });

  test("console's other methods", async () => {
    const { stdout, stderr } = await kernel.execute(
      "console.table([{ a: 1 }]); console.group('g'); console.log('in'); console.groupEnd(); console.warn('w'); console.trace('t')",
    );
    expect(stdout).toContain("│ 0       │ 1 │");
    expect(stdout).toContain("g\n  in\n");
    expect(stderr).toMatch(/^w\nTrace: t\n {4}at Cell \d+:1:\d+\n$/);
  });
});

describe("displays", () => {
  test("each kind carries its type", async () => {
    const { messages } = await kernel.execute(`
      display.html("<b>"); display.svg("<svg/>"); display.markdown("# a"); display.json({ a: 1 });
      display.png(new Uint8Array([1, 2, 3])); display.mime({ "text/plain": "p", "application/x": { b: 1 } });`);
    const shown = messages
      .filter(({ header }) => header.msg_type === "display_data")
      .map(({ content }) => content.data);
    expect(shown).toEqual([
      { "text/html": "<b>" },
      { "image/svg+xml": "<svg/>" },
      { "text/markdown": "# a" },
      { "application/json": { a: 1 } },
      { "image/png": "AQID" },
      { "text/plain": "p", "application/x": { b: 1 } },
    ]);
  });

  test("texts are templates too", async () => {
    const { messages } = await kernel.execute(`display.html\`<b>\${1 + 1}</b>\\n\`; display.markdown\`*\${'a'}*\``);
    const data = messages.filter(({ header }) => header.msg_type === "display_data").map(({ content }) => content.data);
    expect(data).toEqual([{ "text/html": "<b>2</b>\n" }, { "text/markdown": "*a*" }]);
  });

  test("a handle updates its output from a later cell", async () => {
    const first = await kernel.execute("const shown = display.html('one')");
    const second = await kernel.execute("shown.update('two')");
    const id = first.messages.find(({ header }) => header.msg_type === "display_data")!.content.transient;
    const update =
      second.messages.find(({ header }) => header.msg_type === "update_display_data") ??
      (await kernel.published(({ header }) => header.msg_type === "update_display_data"));
    expect(update.content.data).toEqual({ "text/html": "two" });
    expect(update.content.transient).toEqual(id);
  });

  test("a value that renders itself, at once or later", async () => {
    const at = (body: string) => `({ [Symbol.for("Jupyter.display")]: ${body} })`;
    const now = await kernel.execute(at("() => ({ 'text/html': 'now' })"));
    const later = await kernel.execute(at("async () => ({ 'text/html': 'later' })"));
    const data = (messages: readonly Message[]) =>
      messages.find(({ header }) => header.msg_type === "execute_result")?.content.data;
    expect(data(now.messages)).toEqual({ "text/html": "now" });
    expect(data(later.messages)).toEqual({ "text/html": "later" });
  });

  test("a last line that displays is shown once", async () => {
    const { messages } = await kernel.execute("display.html('x')");
    expect(types(messages)).toEqual(["status", "execute_input", "display_data", "status"]);
  });

  test("clearOutput, with and without waiting", async () => {
    const { messages } = await kernel.execute("clearOutput(); clearOutput(true)");
    const cleared = messages
      .filter(({ header }) => header.msg_type === "clear_output")
      .map(({ content }) => content.wait);
    expect(cleared).toEqual([false, true]);
  });

  test.each([
    ["display.mime({ html: 'x' })", 'A MIME bundle maps types such as "text/html" to data, got the key "html".'],
    ["display.html(5)", '"text/html" is shown as text, got 5.'],
    ["display.svg(null)", '"image/svg+xml" is shown as text, got null.'],
    ["display.mime({ 'text/plain': undefined })", '"text/plain" is shown as text, got undefined.'],
    ["display.png('not base64 !!')", `"image/png" takes bytes (a Uint8Array) or their base64, got 'not base64 !!'.`],
    ["display.json(undefined)", '"application/json" is sent as JSON, which has no undefined.'],
    ["display.json({ a: 1n })", '"application/json" is sent as JSON: Do not know how to serialize a BigInt.'],
    [
      "const circle: any = {}; circle.x = circle; Jupyter.openComm('x', circle)",
      "A comm's message is sent as JSON: Converting circular structure to JSON.",
    ],
  ])("%s is refused with a sentence", async (code, sentence) => {
    const { error, traceback, messages } = await kernel.execute(code);
    expect(error).toBe(`TypeError: ${sentence}`);
    expect(traceback).not.toContain("Array.map");
    expect(types(messages)).toEqual(["status", "execute_input", "error", "status"]);
  });

  test("metadata that JSON cannot hold is told as such", async () => {
    const { error, messages } = await kernel.execute("display(1, { metadata: { big: 1n } })");
    expect(error).toMatch(/^TypeError: A display's metadata is sent as JSON: Do not know how to serialize a BigInt/);
    expect(types(messages)).not.toContain("display_data");
  });

  test("data URLs and JSON's own conversions are taken", async () => {
    const { messages } = await kernel.execute(
      "display.png('data:image/png;base64,iVBORw0KGgo='); display.json({ at: new Date(0), f() {} })",
    );
    const shown = messages
      .filter(({ header }) => header.msg_type === "display_data")
      .map(({ content }) => content.data);
    expect(shown).toEqual([
      { "image/png": "iVBORw0KGgo=" },
      { "application/json": { at: "1970-01-01T00:00:00.000Z" } },
    ]);
  });
});

describe("what nothing catches", () => {
  test("an unhandled rejection is shown under its cell and the kernel lives", async () => {
    const first = await kernel.execute("void Promise.resolve().then(() => { throw new Error('lost') }); 1");
    const shown = await kernel.published(({ content }) => String(content.text).includes("lost"));
    expect(shown.content.name).toBe("stderr");
    expect(shown.parent.msg_id).toBe(first.reply.parent.msg_id);
    expect((await kernel.execute("2")).result).toBe("2");
  });

  test("what is no error is shown as it is, and a rejection handled later adds no warning", async () => {
    const { stderr } = await kernel.execute(
      "const late = Promise.reject({ a: 1 }); setTimeout(() => late.catch(() => 0), 20); await new Promise((go) => setTimeout(go, 60));",
    );
    expect(stderr).toMatch(/^A promise was rejected and nothing handles it:\n.*Thrown.*: \{ a: 1 \}\n$/);
  });

  test("a library that removes all listeners leaves the kernel its own", async () => {
    await kernel.execute("process.removeAllListeners('uncaughtException'); process.removeAllListeners()");
    const code = "setTimeout(() => { throw new Error('late') }); await new Promise((go) => setTimeout(go, 50));";
    expect((await kernel.execute(code)).stderr).toMatch(/^Uncaught:\n.*late/);
    expect((await kernel.execute("'alive'")).result).toBe("'alive'");
  });

  test("an error in a timer too", async () => {
    const first = await kernel.execute("setTimeout(() => { throw new Error('in a timer') }, 20); 1");
    const shown = await kernel.published(({ content }) => String(content.text).includes("in a timer"));
    expect(shown.parent.msg_id).toBe(first.reply.parent.msg_id);
    expect((await kernel.execute("2")).result).toBe("2");
  });
});

test("process.exit() in a cell says so, answers the cell, and ends the process", async () => {
  const own = await startKernel();
  const { error, stderr } = await own.execute("process.exit(3)");
  expect(error).toMatch(/^ProcessExit: The cell called process\.exit\(3\)/);
  expect(stderr).toContain("this kernel ends");
  if (own.process.exitCode === null) await new Promise((resolve) => own.process.once("exit", resolve));
  expect(own.process.exitCode).toBe(3);
  await own.stop();
});

test("listeners of the process's exit are called by process.exit() and by a shutdown", async () => {
  for (const end of ["exit", "shutdown"] as const) {
    const own = await startKernel();
    const file = path.join(own.folder, `${end}.txt`);
    await own.execute(`process.on("exit", (code) => process.getBuiltinModule("fs").writeFileSync(${JSON.stringify(file)}, "left with " + code));
      process.on("exit", () => { throw new Error("in the end"); });`);
    const gone = new Promise((resolve) => own.process.once("exit", resolve));
    if (end === "exit") await own.execute("process.exit(3)");
    else await own.request("control", "shutdown_request", { restart: false });
    await gone;
    expect(readFileSync(file, "utf8")).toBe(end === "exit" ? "left with 3" : "left with 0");
    await own.stop();
  }
});

test("1,000 cells that print and return 1 MB objects leave memory flat", async () => {
  const own = await startKernel();
  const cell = "console.log({ printed: new Float64Array(131_072).fill(1) }); ({ big: new Array(131_072).fill(1) })";
  const run = async (cells: number) => {
    for (let i = 0; i < cells; i++) {
      await own.execute(cell);
      own.iopub.length = 0;
    }
    return Number((await own.execute("process.memoryUsage().rss / 2 ** 20")).result);
  };
  const before = await run(200);
  expect((await run(800)) - before).toBeLessThan(40);
  await own.stop();
});

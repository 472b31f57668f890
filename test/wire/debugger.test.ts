import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Header, Message } from "../../kernel/wire/frames.ts";
import { type KernelClient, startKernel } from "./kernel-client.ts";

interface Frame {
  readonly id: number;
  readonly name: string;
  readonly line: number;
  readonly source: { readonly path: string };
}
interface Variable {
  readonly name: string;
  readonly value: string;
  readonly variablesReference: number;
}

let kernel: KernelClient;
let sequence = 0;
/** Stops that were waited for already. */
let seen = 0;

beforeAll(async () => {
  kernel = await startKernel();
});
// A test that failed leaves no stop behind for the others.
afterEach(async ({ task }) => {
  if (task.result?.state !== "fail") return;
  await dap("disconnect");
  await dap("initialize");
  seen = kernel.iopub.filter(isStop).length;
});
afterAll(() => kernel.stop());

async function dap(command: string, args: Readonly<Record<string, unknown>> = {}) {
  const content = { type: "request", seq: ++sequence, command, arguments: args };
  const reply = await kernel.request("control", "debug_request", content);
  expect(reply.content).toMatchObject({ type: "response", request_seq: sequence, command });
  return reply.content as { success: boolean; message?: string; body: Record<string, never> };
}

const isStop = ({ header, content }: Message) => header.msg_type === "debug_event" && content.event === "stopped";

async function stopped(): Promise<{ reason: string; frames: Frame[] }> {
  const wanted = ++seen;
  const event = await kernel
    .published(() => kernel.iopub.filter(isStop).length >= wanted)
    .then(() => {
      return kernel.iopub.filter(isStop)[wanted - 1]!;
    });
  const { body } = await dap("stackTrace", { threadId: 1 });
  return { reason: String((event.content.body as { reason: string }).reason), frames: body.stackFrames! };
}

async function breakAt(
  code: string,
  ...breakpoints: { line: number; condition?: string; hitCondition?: string; logMessage?: string }[]
): Promise<string> {
  const { sourcePath } = (await dap("dumpCell", { code })).body;
  const { body } = await dap("setBreakpoints", { source: { path: sourcePath }, breakpoints, sourceModified: false });
  expect((body.breakpoints as unknown as unknown[]).length).toBe(breakpoints.length);
  await dap("configurationDone");
  return String(sourcePath);
}

async function scope(frame: Frame, name: string): Promise<Variable[]> {
  const { scopes } = (await dap("scopes", { frameId: frame.id })).body as unknown as {
    scopes: { name: string; variablesReference: number }[];
  };
  const found = scopes.find((one) => one.name === name)!;
  return variables(found.variablesReference);
}

async function variables(variablesReference: number): Promise<Variable[]> {
  return (await dap("variables", { variablesReference })).body.variables!;
}

const short = (list: readonly Variable[]) => list.map(({ name, value }) => `${name} = ${value}`);
const goOn = () => dap("continue", { threadId: 1 });

const typed = `const start: number = 1;
enum Unused { A }

function add(x: number): number {
  const sum = x + 1;
  return sum;
}
let total = add(start);
total`;

describe("debug_request", { timeout: 30_000 }, () => {
  test("kernel_info offers a debugger, and debugInfo says how cells are named", async () => {
    const info = await kernel.request("shell", "kernel_info_request");
    expect(info.content).toMatchObject({ debugger: true });
    expect(info.content.supported_features).toContain("debugger");
    const { body } = await dap("debugInfo");
    expect(body).toMatchObject({ isStarted: false, hashMethod: "Murmur2", breakpoints: [], stoppedThreads: [] });
  });

  test("what is declared between cells is the notebook's: a cell may declare it again", async () => {
    await dap("initialize");
    expect((await dap("evaluate", { expression: "let between = 5" })).success).toBe(true);
    expect((await dap("evaluate", { expression: "const { next } = { next: between + 1 }; next" })).body.result).toBe(
      "6",
    );
    expect((await kernel.execute("const between = 7; [between, next]")).result).toBe("[ 7, 6 ]");
    await dap("disconnect");
  });

  test("refuses what needs a started debugger, and unknown commands", async () => {
    expect(await dap("setBreakpoints", { source: { path: "x" }, breakpoints: [] })).toMatchObject({ success: false });
    expect((await dap("fly")).message).toBe('The debugger has no command "fly".');
  });

  test("starts", async () => {
    expect((await dap("initialize", { clientID: "test" })).success).toBe(true);
    expect((await dap("attach")).success).toBe(true);
    expect((await dap("debugInfo")).body.isStarted).toBe(true);
  });

  test("stops at a line of a cell, shows frames and variables, steps, and goes on", async () => {
    const path = await breakAt(typed, { line: 5 });
    const running = kernel.execute(typed);
    const at = await stopped();
    expect(at.reason).toBe("breakpoint");
    expect(at.frames.map(({ name, line }) => [name, line])).toEqual([
      ["add", 5],
      ["cell", 8],
    ]);
    expect(at.frames.every(({ source }) => source.path === path)).toBe(true);
    expect(short(await scope(at.frames[0]!, "Locals"))).toContain("x = 1");
    expect(short(await scope(at.frames[0]!, "Notebook"))).toContain("start = 1");
    expect((await dap("evaluate", { expression: "x + 41", frameId: 0 })).body).toMatchObject({ result: "42" });
    expect((await dap("evaluate", { expression: "nowhere", frameId: 0 })).message).toBe(
      "ReferenceError: nowhere is not defined",
    );
    await dap("next", { threadId: 1 });
    const next = await stopped();
    expect([next.reason, next.frames[0]!.line]).toEqual(["step", 6]);
    expect(short(await scope(next.frames[0]!, "Locals"))).toContain("sum = 2");
    await dap("stepOut", { threadId: 1 });
    expect((await stopped()).frames[0]).toMatchObject({ name: "cell", line: 9 });
    await goOn();
    expect((await running).result).toBe("2");
    expect((await dap("debugInfo")).body.stoppedThreads).toEqual([]);
  });

  test("stops in a function of an earlier cell, only where the condition holds", async () => {
    await breakAt(typed, { line: 6, condition: "x === 7" });
    const running = kernel.execute("for (const i of [5, 6, 7, 8]) add(i)");
    const { frames } = await stopped();
    expect(frames.map(({ name }) => name)).toEqual(["add", "cell"]);
    expect(short(await scope(frames[0]!, "Locals"))).toContain("x = 7");
    await goOn();
    await running;
    await breakAt(typed);
  });

  test("stops at the hit that was asked for, and tells a log message instead of stopping", async () => {
    await breakAt(typed, { line: 5, logMessage: "x is {x}" }, { line: 6, condition: "x > 5", hitCondition: "2" });
    const running = kernel.execute("for (const i of [5, 6, 7, 8]) add(i)");
    expect(short(await scope((await stopped()).frames[0]!, "Locals"))).toContain("x = 7");
    await goOn();
    await running;
    const told = kernel.iopub.filter(({ content }) => content.event === "output");
    expect(told.map(({ content }) => (content.body as { output: string }).output)).toEqual([
      "x is 5\n",
      "x is 6\n",
      "x is 7\n",
      "x is 8\n",
    ]);
    await breakAt(typed);
  });

  test("a step over a call that tells a message does not stop in it, nor does a later cell", async () => {
    await breakAt(typed, { line: 5, logMessage: "called" });
    const running = kernel.execute("debugger;\nadd(1);\nadd(2);");
    await stopped();
    const lines: number[] = [];
    while (lines.at(-1) !== 3) {
      await dap("next", { threadId: 1 });
      const { frames } = await stopped();
      expect(frames.map(({ name }) => name)).toEqual(["cell"]);
      lines.push(frames[0]!.line);
    }
    await dap("next", { threadId: 1 });
    await stopped();
    await goOn();
    await running;
    await kernel.execute("add(3)");
    await breakAt(typed);
    expect(kernel.iopub.filter(isStop).length).toBe(seen);
  });

  test("tells a condition that cannot be read when it is set, and one that fails where it fails", async () => {
    const { sourcePath } = (await dap("dumpCell", { code: typed })).body;
    const breakpoints = [{ line: 5, condition: "x ===" }];
    const { body } = await dap("setBreakpoints", { source: { path: sourcePath }, breakpoints });
    expect(body.breakpoints).toEqual([expect.objectContaining({ verified: false, message: expect.any(String) })]);
    await breakAt(typed, { line: 6, condition: "nobody === 1" });
    const running = kernel.execute("add(1)");
    await stopped();
    const { text } = kernel.iopub.filter(isStop).at(-1)!.content.body as { text: string };
    expect(text).toBe("The condition nobody === 1 failed: ReferenceError: nobody is not defined");
    await goOn();
    await running;
    await breakAt(typed);
  });

  test("moves a breakpoint from a line without code to the next that has some, once the cell has run", async () => {
    const { sourcePath } = (await dap("dumpCell", { code: typed })).body;
    const { body } = await dap("setBreakpoints", { source: { path: sourcePath }, breakpoints: [{ line: 3 }] });
    expect(body.breakpoints).toEqual([expect.objectContaining({ line: 4, verified: true })]);
    expect((await dap("debugInfo")).body.breakpoints).toEqual([{ source: sourcePath, breakpoints: [{ line: 4 }] }]);
    await breakAt(typed);
  });

  test("opens values, long arrays by their beginning", async () => {
    const code =
      "const deep = { list: [1, { a: 'x' }], map: new Map([['k', 1]]), long: new Float32Array(5000) };\ndebugger;";
    const running = kernel.execute(code);
    const { frames, reason } = await stopped();
    expect(reason).toBe("breakpoint");
    const deep = (await scope(frames[0]!, "Notebook")).find(({ name }) => name === "deep")!;
    const members = await variables(deep.variablesReference);
    expect(short(members)).toEqual(expect.arrayContaining(["list = Array(2) [1, Object]"]));
    const list = await variables(members.find(({ name }) => name === "list")!.variablesReference);
    expect(short(list)).toEqual(expect.arrayContaining(["0 = 1", '1 = { a: "x" }', "length = 2"]));
    const long = await variables(members.find(({ name }) => name === "long")!.variablesReference);
    expect(long.length).toBeLessThan(1010);
    const rich = await dap("richInspectVariables", { variableName: "deep", frameId: frames[0]!.id });
    expect(JSON.stringify(rich.body.data)).toContain("Map(1)");
    await goOn();
    await running;
  });

  test("lists the notebook's variables while nothing runs, and opens them", async () => {
    const found = (await dap("inspectVariables")).body.variables as unknown as Variable[];
    expect(short(found)).toEqual(expect.arrayContaining(["start = 1", "total = 2"]));
    const names = found.map(({ name }) => name);
    for (const name of ["__lepton__", "add"]) expect(names).not.toContain(name);
    const deep = found.find(({ name }) => name === "deep")!;
    expect((await variables(deep.variablesReference)).map(({ name }) => name)).toContain("list");
  });

  test("stops at exceptions when asked", async () => {
    await dap("setExceptionBreakpoints", { filters: ["all"] });
    const running = kernel.execute("try { throw new Error('caught') } catch {}\n'after'");
    expect((await stopped()).reason).toBe("exception");
    await dap("setExceptionBreakpoints", { filters: [] });
    await goOn();
    expect((await running).result).toBe("'after'");
  });

  test.each([
    ["at the top", "const a = 1;\nthrow new Error('boom')", 2],
    ["in a function", "function bad() {\n  throw new Error('boom');\n}\ntry { bad() } catch {}\nbad()", 2],
    ["after an await", "await null;\nthrow new Error('boom')", 2],
  ])("stops at an uncaught exception %s, and the cell then fails with it", async (_, code, line) => {
    await dap("setExceptionBreakpoints", { filters: ["uncaught"] });
    const running = kernel.execute(code);
    const { reason, frames } = await stopped();
    expect([reason, frames[0]!.line]).toEqual(["exception", line]);
    await goOn();
    expect((await running).error).toBe("Error: boom");
    await dap("setExceptionBreakpoints", { filters: [] });
  });

  test("does not stop at what the cell catches, when asked for uncaught exceptions", async () => {
    await dap("setExceptionBreakpoints", { filters: ["uncaught"] });
    const late = "const late = async () => { await 1; throw new Error('late') };\n";
    const caught = "try { null.x } catch {}\ntry { await late() } catch {}\nawait late().catch(() => 0)";
    expect((await kernel.execute(late + caught)).result).toBe("0");
    await dap("setExceptionBreakpoints", { filters: [] });
    expect(kernel.iopub.filter(isStop).length).toBe(seen);
  });

  test("refuses an exception filter that it does not have", async () => {
    const { success, message } = await dap("setExceptionBreakpoints", { filters: ["bogus"] });
    expect([success, message]).toEqual([false, 'There is no exception filter "bogus"; there are all, uncaught.']);
  });

  test("answers completion and interrupts while a cell stands at a breakpoint", async () => {
    await dap("initialize");
    await kernel.execute("let held = 2");
    const running = kernel.execute("debugger; held = 99; held");
    await stopped();
    const { content } = await kernel.request("shell", "complete_request", { code: "hel", cursor_pos: 3 });
    expect(content.matches).toContain("held");
    await kernel.request("control", "interrupt_request");
    expect((await running).error).toMatch(/^KeyboardInterrupt/);
    expect((await kernel.execute("held")).result).toBe("2");
  });

  test("an evaluation that does not end is ended, and the cell is interrupted", async () => {
    await dap("initialize");
    const running = kernel.execute("debugger; 1");
    await stopped();
    expect((await dap("evaluate", { expression: "while (true);", frameId: 0 })).success).toBe(false);
    const { content } = await kernel.request("control", "interrupt_request");
    expect(content.status).toBe("ok");
    expect((await running).error).toMatch(/^KeyboardInterrupt/);
  });

  test("shows neither frames nor variables that the compiler made", async () => {
    await dap("initialize");
    const code = "using _mine = { [Symbol.dispose]() { debugger; } };\n_mine;\n1";
    const running = kernel.execute(code);
    const { frames } = await stopped();
    expect(frames.map(({ name }) => name)).toEqual(["[Symbol.dispose]", "cell"]);
    const names = (await scope(frames[0]!, "Notebook")).map(({ name }) => name);
    expect(names).toContain("_mine");
    for (const name of ["_stack", "_error", "_hasError"]) expect(names).not.toContain(name);
    await goOn();
    await running;
    const found = (await dap("inspectVariables")).body.variables as unknown as Variable[];
    expect(found.map(({ name }) => name).filter((name) => name.startsWith("_"))).toEqual(["_mine"]);
  });

  test("stops in a local module, before and after it is loaded, shows its own lines and lists it", async () => {
    const file = path.join(kernel.folder, "notebook", "tool.ts");
    writeFileSync(
      file,
      "interface Tool { size: number }\n\nexport function use(tool: Tool): number {\n  const half = tool.size / 2;\n  return half;\n}\n",
    );
    const breakAtLine = (line: number) => dap("setBreakpoints", { source: { path: file }, breakpoints: [{ line }] });
    await breakAtLine(4);
    const running = kernel.execute("import { use } from './tool.ts'\nuse({ size: 8 })");
    const first = await stopped();
    expect(first.frames.map(({ name, line, source }) => [name, line, source.path === file])).toEqual([
      ["use", 4, true],
      ["cell", 2, false],
    ]);
    await goOn();
    expect((await running).result).toBe("4");
    await breakAtLine(5);
    const again = kernel.execute("use({ size: 10 })");
    const { frames } = await stopped();
    expect([frames[0]!.line, short(await scope(frames[0]!, "Locals"))]).toEqual([
      5,
      expect.arrayContaining(["half = 5"]),
    ]);
    await breakAtLine(5);
    expect((await dap("source", { source: { path: file } })).body.content).toContain("interface Tool");
    expect((await dap("modules")).body.modules).toEqual([{ id: 0, name: "tool.ts", path: file }]);
    await dap("setBreakpoints", { source: { path: file }, breakpoints: [] });
    await goOn();
    await again;
  });

  test("copies a variable of a frame to the notebook", async () => {
    const running = kernel.execute("(() => { const inner = [4, 2]; debugger; return inner; })()");
    const { frames } = await stopped();
    await dap("copyToGlobals", { srcVariableName: "inner", dstVariableName: "copied", srcFrameId: frames[0]!.id });
    await goOn();
    await running;
    expect((await kernel.execute("copied")).result).toBe("[ 4, 2 ]");
  });

  test("pauses a loop that runs", async () => {
    await kernel.execute("let rounds = 0");
    const running = kernel.execute("for (;;) { rounds++; if (rounds < 0) break; }\nrounds");
    await new Promise((resolve) => setTimeout(resolve, 200));
    await dap("pause", { threadId: 1 });
    expect((await stopped()).reason).toBe("pause");
    await dap("evaluate", { expression: "rounds = -10", frameId: 0 });
    await goOn();
    expect(Number((await running).result)).toBeLessThan(0);
  });

  test("lets the kernel run freely after it was disconnected, also from a stop", async () => {
    await breakAt(typed, { line: 5 });
    const running = kernel.execute("add(1)");
    await stopped();
    await dap("disconnect", { restart: false, terminateDebuggee: false });
    expect((await running).result).toBe("2");
    expect((await kernel.execute("add(2)")).result).toBe("3");
    expect((await dap("debugInfo")).body).toMatchObject({ isStarted: false, breakpoints: [] });
  });

  test("a kernel that stands at a breakpoint can be shut down", async () => {
    const other = await startKernel();
    await other.request("control", "debug_request", { type: "request", seq: 1, command: "initialize", arguments: {} });
    await other.send("shell", "execute_request", { code: "debugger" });
    await other.published(isStop);
    await other.stop();
    expect(other.process.exitCode).toBe(0);
  });

  test("events name the debug_request that came last", () => {
    const parent = kernel.iopub.find(isStop)!.parent as Header;
    expect(parent.msg_type).toBe("debug_request");
  });
});

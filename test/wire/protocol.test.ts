import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as zmq from "zeromq";
import type { Header, Message } from "../../kernel/wire/frames.ts";
import { childrenOf, isAlive } from "./children.ts";
import { type KernelClient, restartKernel, startKernel } from "./kernel-client.ts";

let kernel: KernelClient;
beforeAll(async () => {
  kernel = await startKernel();
});
afterAll(() => kernel.stop());

const shell = (type: string, content = {}) => kernel.request("shell", type, content);

describe("execute_request", () => {
  test("silent publishes only its status and counts nothing", async () => {
    const before = (await kernel.execute("1")).reply.content.execution_count;
    const { messages, reply } = await kernel.execute("console.log('x'); 5", { silent: true });
    expect(messages.map(({ header }) => header.msg_type)).toEqual(["status", "status"]);
    expect(reply.content.status).toBe("ok");
    expect((await kernel.execute("1")).reply.content.execution_count).toBe(Number(before) + 1);
  });

  test("store_history: false does not count", async () => {
    const before = (await kernel.execute("1")).reply.content.execution_count;
    await kernel.execute("2", { store_history: false });
    expect((await kernel.execute("1")).reply.content.execution_count).toBe(Number(before) + 1);
  });

  test("user_expressions are answered one by one", async () => {
    const { reply } = await kernel.execute("const ue = 4", {
      user_expressions: { good: "ue * 2", bad: "nothing.here", wrong: "let = =" },
    });
    const answers = reply.content.user_expressions as Record<string, Record<string, unknown>>;
    expect(answers.good).toEqual({ status: "ok", data: { "text/plain": "8" }, metadata: {} });
    expect(answers.bad).toMatchObject({ status: "error", ename: "ReferenceError" });
    expect(answers.wrong).toMatchObject({ status: "error", ename: "SyntaxError" });
  });

  test("an error aborts what was queued, unless stop_on_error is false", async () => {
    // Long enough for the cells behind it to be in the queue.
    const slowly = (name: string) =>
      `await new Promise((resolve) => setTimeout(resolve, 700)); throw new Error("${name}")`;
    const send = (code: string, stop_on_error = true) => shell("execute_request", { code, stop_on_error });
    const stopped = await Promise.all([send(slowly("a")), send("1"), send("2")]);
    expect(stopped.map(({ content }) => content.status)).toEqual(["error", "aborted", "aborted"]);
    const went = await Promise.all([send(slowly("b"), false), send("1"), send("2")]);
    expect(went.map(({ content }) => content.status)).toEqual(["error", "ok", "ok"]);
  });

  test("the cell after an error runs", async () => {
    await kernel.execute("throw new Error('a')");
    expect((await kernel.execute("'next'")).result).toBe("'next'");
  });
});

test("an interrupt that comes before the cell is compiled ends it", async () => {
  const own = await startKernel();
  own.process.kill("SIGKILL");
  // The first cell waits for the last words of the kernel before: here they come when the test writes them.
  const name = createHash("sha256").update(path.join(own.folder, "connection.json")).digest("hex").slice(0, 16);
  const words = path.join(own.folder, "state", `end-${name}.json`);
  execFileSync("mkfifo", [words]);
  const next = await restartKernel(own);
  const cell = next.execute("globalThis.ran = true");
  await next.published(({ header }) => header.msg_type === "execute_input");
  await next.request("control", "interrupt_request");
  await writeFile(words, "{}");
  expect((await cell).error).toMatch(/^KeyboardInterrupt/);
  expect((await next.execute("globalThis.ran")).result).toBeUndefined();
  await next.stop();
});

describe("while a cell runs", () => {
  const whileBusy = async <T>(code: string, action: () => Promise<T>): Promise<T> => {
    const running = kernel.execute(code);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const answer = await action();
    await kernel.request("control", "interrupt_request");
    await running;
    return answer;
  };

  test("kernel_info, comm_info, history, completion and is_complete answer", async () => {
    await kernel.execute("const wellKnownName = 1");
    const answers = await whileBusy("for (;;) {}", () =>
      Promise.all([
        shell("kernel_info_request"),
        shell("comm_info_request"),
        shell("history_request", { hist_access_type: "tail", n: 1 }),
        shell("complete_request", { code: "wellKnownN", cursor_pos: 10 }),
        shell("is_complete_request", { code: "f(" }),
      ]),
    );
    expect(answers.map(({ content }) => content.status)).toEqual(["ok", "ok", "ok", "ok", "incomplete"]);
    expect(answers[3]!.content.matches).toEqual(["wellKnownName"]);
  });

  test("subshells are made, listed and deleted while the main thread is blocked", async () => {
    const subshells = await whileBusy("for (;;) {}", async () => {
      const { subshell_id } = (await kernel.request("control", "create_subshell_request")).content;
      const listed = (await kernel.request("control", "list_subshell_request")).content.subshell_id;
      const deleted = await kernel.request("control", "delete_subshell_request", { subshell_id });
      return [listed, deleted.content.status, subshell_id];
    });
    expect(subshells).toEqual([[subshells[2]], "ok", expect.any(String)]);
  });

  test("a comm is answered while a cell awaits", async () => {
    await kernel.execute("Jupyter.onComm('busy', (comm) => comm.onMessage((data) => comm.send({ heard: data })))");
    const heard = await whileBusy("await new Promise(() => {})", async () => {
      await kernel.send("shell", "comm_open", { comm_id: "b1", target_name: "busy", data: {} });
      await kernel.send("shell", "comm_msg", { comm_id: "b1", data: { n: 7 } });
      return kernel.published(({ header, content }) => header.msg_type === "comm_msg" && content.comm_id === "b1");
    });
    expect(heard.content.data).toEqual({ heard: { n: 7 } });
    await kernel.send("shell", "comm_close", { comm_id: "b1", data: {} });
  });

  test("the heartbeat echoes", async () => {
    const heart = new zmq.Dealer({ linger: 0 });
    heart.connect(`tcp://127.0.0.1:${kernel.connection.hb_port}`);
    const beat = await whileBusy("for (;;) {}", async () => {
      await heart.send("ping");
      return (await heart.receive())[0];
    });
    heart.close();
    expect(String(beat)).toBe("ping");
  });
});

describe("completion and inspection", () => {
  test("positions count code points", async () => {
    const code = "const face = 1; '🎉'; Math.cb";
    const { content } = await shell("complete_request", { code, cursor_pos: [...code].length });
    expect(content.matches).toEqual(["cbrt"]);
    expect(content.cursor_start).toBe([...code].length - 2);
    expect(content.cursor_end).toBe([...code].length);
    const types = (content.metadata as { _jupyter_types_experimental: object[] })._jupyter_types_experimental;
    expect(types[0]).toMatchObject({ text: "cbrt", type: "method", start: [...code].length - 2 });
  });

  test("inspect says the type in markdown", async () => {
    const { content } = await shell("inspect_request", { code: "Math.sqrt", cursor_pos: 9, detail_level: 0 });
    expect(content.found).toBe(true);
    expect((content.data as Record<string, string>)["text/markdown"]).toContain("sqrt(x: number): number");
  });

  test("?name is a page", async () => {
    const { reply } = await kernel.execute("?Math.sqrt");
    expect(reply.content.payload).toMatchObject([
      { source: "page", data: { "text/plain": expect.stringContaining("sqrt") } },
    ]);
  });
});

describe("history", () => {
  test("tail, range and search; kept on disk", async () => {
    await kernel.execute("const marked = 123");
    const find = async (content: object) =>
      (await shell("history_request", { raw: true, output: false, ...content })).content.history as [
        number,
        number,
        string,
      ][];
    expect((await find({ hist_access_type: "tail", n: 1 })).map((row) => row[2])).toEqual(["const marked = 123"]);
    expect((await find({ hist_access_type: "search", pattern: "*marked*", unique: true })).length).toBe(1);
    expect((await find({ hist_access_type: "range", session: 0, start: 1, stop: 2 })).length).toBe(1);
    await kernel.execute("marked");
    await kernel.execute("'not stored'", { store_history: false });
    const withOutput = await find({ hist_access_type: "tail", n: 1, output: true });
    expect(withOutput.map((row) => row[2])).toEqual([["marked", "123"]]);
    const file = path.join(kernel.folder, "state", "history.jsonl");
    const kept = () => existsSync(file) && readFileSync(file, "utf8");
    await expect.poll(kept, { timeout: 10_000 }).toContain("const marked = 123");
  });
});

test("history of earlier kernels is found by the next one", async () => {
  const first = await startKernel();
  await first.execute("const rememberedFor = 'the next kernel'");
  const gone = new Promise((resolve) => first.process.once("exit", resolve));
  await first.request("control", "shutdown_request", { restart: true });
  await gone;
  const next = await restartKernel(first);
  const asked = { hist_access_type: "search", pattern: "*rememberedFor*", raw: true, output: false };
  const { history } = (await next.request("shell", "history_request", asked)).content as { history: unknown[][] };
  expect(history.map((row) => row[2])).toEqual(["const rememberedFor = 'the next kernel'"]);
  await next.stop();
});

describe("comms", () => {
  test("what a listener prints, sends and fails with has the comm message as its parent, also after an await", async () => {
    await kernel.execute(`Jupyter.onComm("tells", (comm) => comm.onMessage(async () => {
      console.log("heard");
      await new Promise((resolve) => setTimeout(resolve, 20));
      comm.send({ answer: true });
      throw new Error("listener");
    }))`);
    await kernel.send("shell", "comm_open", { comm_id: "t1", target_name: "tells", data: {} });
    const id = await kernel.send("shell", "comm_msg", { comm_id: "t1", data: {} });
    await kernel.published(({ content }) => String(content.text).includes("listener"));
    const told = kernel.of(id).filter(({ header }) => header.msg_type !== "status");
    expect(told.map(({ header }) => header.msg_type)).toEqual(["stream", "comm_msg", "stream"]);
    await kernel.send("shell", "comm_close", { comm_id: "t1", data: {} });
  });

  test("a listener's loop is interrupted, and its message is over: a widget goes on", async () => {
    await kernel.execute(
      'Jupyter.onComm("loops", (comm) => comm.onMessage(() => { console.log("loop"); for (;;) {} }))',
    );
    await kernel.send("shell", "comm_open", { comm_id: "l1", target_name: "loops", data: {} });
    const id = await kernel.send("shell", "comm_msg", { comm_id: "l1", data: {} });
    await kernel.published(({ content }) => content.text === "loop\n");
    expect((await kernel.request("control", "interrupt_request")).content.status).toBe("ok");
    await kernel.published(
      ({ parent, content }) => (parent as Header).msg_id === id && content.execution_state === "idle",
    );
    await kernel.send("shell", "comm_close", { comm_id: "l1", data: {} });
  });

  const send = (type: string, content: object) => kernel.send("shell", type, content as never);

  test("a cell's target answers, and comm_info lists it", async () => {
    await kernel.execute(`
      import { createRequire } from "node:module";
      Jupyter.onComm("echo", (comm, data) => { comm.onMessage((more) => comm.send({ back: more })); comm.send({ first: data }); });`);
    await send("comm_open", { comm_id: "c1", target_name: "echo", data: { a: 1 } });
    await kernel.published(
      ({ header, content }) => header.msg_type === "comm_msg" && "first" in (content.data as object),
    );
    await send("comm_msg", { comm_id: "c1", data: { b: 2 } });
    const back = await kernel.published(
      ({ header, content }) => header.msg_type === "comm_msg" && "back" in (content.data as object),
    );
    expect(back.content).toEqual({ comm_id: "c1", data: { back: { b: 2 } } });
    expect((await shell("comm_info_request", { target_name: "echo" })).content.comms).toEqual({
      c1: { target_name: "echo" },
    });
    await send("comm_close", { comm_id: "c1", data: {} });
    await kernel.execute("1");
    expect((await shell("comm_info_request")).content.comms).toEqual({});
  });

  test("a cell opens one itself; an unknown target is closed", async () => {
    const { messages } = await kernel.execute("Jupyter.openComm('page', { x: 1 }).id");
    expect(messages.find(({ header }) => header.msg_type === "comm_open")!.content).toMatchObject({
      target_name: "page",
      data: { x: 1 },
    });
    await send("comm_open", { comm_id: "c2", target_name: "nobody", data: {} });
    const closed = await kernel.published(
      ({ header, content }) => header.msg_type === "comm_close" && content.comm_id === "c2",
    );
    expect(closed).toBeDefined();
  });
});

describe("subshells", () => {
  test("one runs while another awaits, and they are listed and deleted", async () => {
    const create = await kernel.request("control", "create_subshell_request");
    const id = String(create.content.subshell_id);
    expect((await kernel.request("control", "list_subshell_request")).content.subshell_id).toEqual([id]);
    const long = kernel.execute("await new Promise((resolve) => globalThis.release = resolve); 'long'");
    const code =
      "while (!globalThis.release) await new Promise((resolve) => setTimeout(resolve, 5)); globalThis.release(); 'side'";
    const side = await kernel.execute(code, {}, id);
    expect(side.result).toBe("'side'");
    expect((await long).result).toBe("'long'");
    expect((await kernel.request("control", "delete_subshell_request", { subshell_id: id })).content.status).toBe("ok");
    const gone = await kernel.request("shell", "execute_request", { code: "1" }, id);
    expect(gone.content).toMatchObject({ status: "error", ename: "SubshellUnknown" });
  });

  test("an error in one aborts no cell of another", async () => {
    const id = String((await kernel.request("control", "create_subshell_request")).content.subshell_id);
    const first = kernel.execute("await new Promise((resolve) => globalThis.releaseFirst = resolve)");
    const second = kernel.execute("'second'");
    const code = `
      while (!globalThis.releaseFirst) await new Promise((resolve) => setTimeout(resolve, 5));
      setTimeout(globalThis.releaseFirst, 20);
      throw new Error("side")`;
    const side = await kernel.execute(code, {}, id);
    expect(side.error).toBe("Error: side");
    await first;
    expect((await second).result).toBe("'second'");
    await kernel.request("control", "delete_subshell_request", { subshell_id: id });
  });
});

describe("what is wrong is refused", () => {
  const raw = (frames: (string | Buffer)[]) => kernel.shell.send(frames);

  test("wrong signature, no delimiter, broken JSON, unknown types: the next cell runs", async () => {
    const parts = [
      JSON.stringify({ msg_id: "x", msg_type: "execute_request", session: "s" }),
      "{}",
      "{}",
      '{"code":"globalThis.hacked = 1"}',
    ];
    await raw(["<IDS|MSG>", "0".repeat(64), ...parts]);
    await raw(["nothing"]);
    await raw(["<IDS|MSG>", "short"]);
    await raw([Buffer.alloc(0), Buffer.from([0xff, 0xfe]), "<IDS|MSG>", "", "{", "{", "{", "{"]);
    await kernel.send("shell", "no_such_request", {});
    await kernel.send("control", "__proto__", {});
    expect((await kernel.execute("typeof globalThis.hacked")).result).toBe("'undefined'");
    expect(kernel.log).toContain("wrong signature");
  });
});

test("usage_request tells memory and load", async () => {
  const { content } = await kernel.request("control", "usage_request");
  expect(content).toMatchObject({ pid: kernel.process.pid, cpu_count: expect.any(Number) });
  expect(Number(content.kernel_memory)).toBeGreaterThan(1e7);
});

test("each reply and output carries its parent", async () => {
  const { reply, messages } = await kernel.execute("console.log(1); 2");
  const id = (reply.parent as Header).msg_id;
  expect(messages.every((message: Message) => (message.parent as Header).msg_id === id)).toBe(true);
});

test("shutdown answers, then the process ends with 0 and leaves none behind", async () => {
  const own = await startKernel();
  await own.execute("const n: number = 1; n");
  const children = process.platform === "linux" ? childrenOf(own.process.pid!) : [];
  const reply = await own.request("control", "shutdown_request", { restart: true });
  expect(reply.content).toMatchObject({ status: "ok", restart: true });
  if (own.process.exitCode === null) await new Promise((resolve) => own.process.once("exit", resolve));
  expect(own.process.exitCode).toBe(0);
  await expect.poll(() => children.filter(isAlive), { timeout: 10_000 }).toEqual([]);
  await own.stop();
});

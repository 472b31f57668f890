import { spawn } from "node:child_process";
import { createHmac, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { childrenOf, isAlive } from "./children.ts";
import { builtMain, joinKernel, type KernelClient, restartKernel, startKernel } from "./kernel-client.ts";

const seed = 20;

/** Requests with contents as clients send them, to be mutated: none that ends the kernel, none whose code runs. */
const valid: readonly [type: string, content: object][] = [
  ["execute_request", { code: 5, silent: false, store_history: true, user_expressions: {}, allow_stdin: true }],
  ["complete_request", { code: "Math.", cursor_pos: 5 }],
  ["inspect_request", { code: "Math.sqrt", cursor_pos: 6, detail_level: 1 }],
  ["is_complete_request", { code: "function f() {" }],
  ["history_request", { hist_access_type: "search", pattern: "*", n: 10, raw: true, output: true, session: 0 }],
  ["comm_open", { comm_id: "c", target_name: "t", data: { a: [1] } }],
  ["comm_msg", { comm_id: "c", data: {} }],
  ["comm_close", { comm_id: "c", data: {} }],
  ["comm_info_request", { target_name: "t" }],
  ["kernel_info_request", {}],
  ["usage_request", {}],
  ["input_reply", { value: "x" }],
  ["debug_request", { type: "request", seq: 1, command: "dumpCell", arguments: { code: "1" } }],
  [
    "debug_request",
    { type: "request", seq: 1, command: "setBreakpoints", arguments: { source: {}, breakpoints: [{}] } },
  ],
  ["create_subshell_request", {}],
  ["delete_subshell_request", { subshell_id: "x" }],
  ["list_subshell_request", {}],
  ["interrupt_request", {}],
  ["no_such_request", {}],
];

const rawFrame = fc.oneof(
  fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
  fc.constantFrom("<IDS|MSG>", "{}", "[]", "null", "").map((text) => Buffer.from(text)),
  fc.json().map((text) => Buffer.from(text)),
);

/** How one message is spoilt. */
interface Mutation {
  readonly which: number;
  /** Of header, parent, metadata and content. */
  readonly part: number;
  readonly at: number;
  readonly value: unknown;
  readonly bytes: Uint8Array;
  readonly how: "value" | "remove" | "bytes" | "cut" | "content";
  readonly isSigned: boolean;
}
const mutation: fc.Arbitrary<Mutation> = fc.record({
  which: fc.nat(valid.length - 1),
  part: fc.constantFrom(0, 1, 2, 3, 3, 3, 3),
  at: fc.nat(1000),
  value: fc.jsonValue(),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 6 }),
  how: fc.constantFrom("value", "value", "remove", "bytes", "cut", "content"),
  isSigned: fc.boolean(),
});

function mutated(key: string, { which, part, at, value, bytes, how, isSigned }: Mutation): Buffer[] {
  const [msg_type, content] = valid[which]!;
  const header = { msg_id: randomUUID(), msg_type, session: "fuzz", username: "", date: "2026-01-01", version: "5.5" };
  const parts: Record<string, unknown>[] = [header, {}, {}, { ...content }];
  const target = parts[part]!;
  const name = Object.keys(target)[at % Math.max(1, Object.keys(target).length)] ?? "extra";
  // Texts that would run, or a request that would end the kernel, are no test of the wire.
  const isHarmful = name === "code" && msg_type === "execute_request" && typeof value === "string";
  if (how === "value" && name !== "msg_type" && !isHarmful) target[name] = value;
  if (how === "remove") delete target[name];
  if (how === "content" && (msg_type !== "execute_request" || typeof value !== "string")) parts[part] = value as never;
  const signed = parts.map((one) => Buffer.from(JSON.stringify(one)));
  const before = sign(key, signed);
  if (how === "bytes") Buffer.from(bytes).copy(signed[part]!, at % Math.max(1, signed[part]!.length));
  if (how === "cut") signed[part] = signed[part]!.subarray(0, at % (signed[part]!.length + 1));
  const signature = isSigned ? sign(key, signed) : how === "bytes" || how === "cut" ? before : "0".repeat(64);
  return [Buffer.from("<IDS|MSG>"), Buffer.from(signature), ...signed];
}

function sign(key: string, parts: readonly Buffer[]): string {
  const hmac = createHmac("sha256", key);
  for (const part of parts) hmac.update(part);
  return hmac.digest("hex");
}

test("10,000 random and mutated messages, rightly and wrongly signed, leave a kernel that works", async () => {
  const kernel = await startKernel();
  await kernel.execute("let kept = 41");
  for (const frames of fc.sample(fc.array(rawFrame, { minLength: 1, maxLength: 9 }), { numRuns: 2000, seed })) {
    await kernel.shell.send(frames);
    await kernel.control.send(frames);
  }
  for (const one of fc.sample(mutation, { numRuns: 6000, seed })) {
    const channel = one.at % 3 === 0 ? kernel.control : kernel.shell;
    await channel.send(mutated(kernel.connection.key, one));
  }
  await kernel.execute("0"); // waits behind them all; a failed one before it may abort it
  expect((await kernel.request("control", "kernel_info_request")).content.status).toBe("ok");
  await expect.poll(async () => (await kernel.execute("kept")).result, { timeout: 20_000 }).toBe("41");
  expect((await kernel.request("shell", "complete_request", { code: "kep", cursor_pos: 3 })).content.matches).toContain(
    "kept",
  );
  await kernel.stop();
}, 300_000);

test("what is not ZeroMQ is closed at every port, and the kernel's log says why", async () => {
  const kernel = await startKernel();
  for (const name of ["shell", "control", "stdin", "iopub", "hb"]) {
    const socket = net.connect(Number(kernel.connection[`${name}_port`]), "127.0.0.1");
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.on("error", () => undefined).resume();
    socket.write(`GET / HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n${" ".repeat(100)}`);
    await closed;
  }
  expect((await kernel.execute("1 + 1")).result).toBe("2");
  expect(kernel.log.match(/no greeting of ZeroMQ/g)).toHaveLength(5);
  await kernel.stop();
});

const residentMb = (pid: number | undefined) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]) / 1024;

test.skipIf(process.platform !== "linux")(
  "a client that never reads costs bounded memory and stops no other",
  async () => {
    const kernel = await startKernel();
    const address = `tcp://127.0.0.1:${kernel.connection.iopub_port}`;
    const code = `const zmq = require("zeromq"); const s = new zmq.Subscriber({ receiveHighWaterMark: 1 });
    s.connect("${address}"); s.subscribe(); setInterval(() => {}, 1000); console.log("up");`;
    const deaf = spawn(process.execPath, ["-e", code], { stdio: ["ignore", "pipe", "inherit"] });
    onTestFinished(() => void deaf.kill("SIGKILL"));
    await new Promise((resolve) => deaf.stdout.once("data", resolve));
    await kernel.published(({ header }) => header.msg_type === "iopub_welcome");
    await new Promise((resolve) => setTimeout(resolve, 300));
    deaf.kill("SIGSTOP");
    const print = "for (let i = 0; i < 150; i++) console.log('x'.repeat(100_000))";
    for (let i = 0; i < 40; i++) {
      const { stdout } = await kernel.execute(print);
      expect(stdout.length).toBe(150 * 100_001);
      kernel.iopub.length = 0;
    }
    // 600 MB were printed; the deaf client's share is held to 256 MB.
    expect(residentMb(kernel.process.pid)).toBeLessThan(500);
    const flood = await kernel.execute("for (let i = 0; i < 3000; i++) display(i)");
    expect(flood.messages.filter(({ header }) => header.msg_type === "display_data")).toHaveLength(3000);
    await kernel.stop();
  },
  120_000,
);

test("two clients at once get each their own replies, and both see all output", async () => {
  const kernel = await startKernel();
  const other = await joinKernel(kernel);
  const both = [kernel, other].map((client, which) =>
    Promise.all(Array.from({ length: 20 }, (_, i) => client.execute(`console.log("client ${which}"); ${i}`))),
  );
  for (const outcomes of await Promise.all(both)) {
    expect(outcomes.map(({ result }) => Number(result))).toEqual(Array.from({ length: 20 }, (_, i) => i));
  }
  const seen = (client: KernelClient, text: string) =>
    client.iopub.some(({ content }) => String(content.text).includes(text));
  expect([seen(kernel, "client 1"), seen(other, "client 0")]).toEqual([true, true]);
  other.leave();
  await kernel.stop();
});

test("ports that are taken: one sentence, exit code 1", async () => {
  const kernel = await startKernel();
  const file = path.join(kernel.folder, "connection.json");
  const second = spawn(process.execPath, [builtMain(), file], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  second.stderr.on("data", (chunk) => (said += chunk));
  const code = await new Promise((resolve) => second.on("close", resolve));
  expect(code).toBe(1);
  expect(said).toMatch(/^lepton: the kernel cannot go on: the ports of the connection file cannot be opened/);
  await kernel.stop();
});

test.skipIf(process.platform !== "linux")("a kernel killed in mid-cell leaves no process behind", async () => {
  const kernel = await startKernel();
  await kernel.execute("const typed: number = 1");
  const { result } = await kernel.execute("process.pid");
  const children = childrenOf(kernel.process.pid!);
  expect(children.length).toBeGreaterThan(0); // esbuild's service, which ends when its input closes
  const gone = new Promise((resolve) => kernel.process.once("exit", resolve));
  const id = await kernel.send("shell", "execute_request", { code: "for (;;) {}" });
  await kernel.published(({ header, parent }) => header.msg_type === "execute_input" && parent.msg_id === id);
  process.kill(Number(result), "SIGKILL");
  await gone;
  await expect.poll(() => children.filter(isAlive), { timeout: 10_000 }).toEqual([]);
  await kernel.stop();
});

test.each([
  [
    "strings",
    "const all: string[] = []; for (;;) all.push('x'.repeat(50) + Math.random());",
    "--max-old-space-size=250",
  ],
  [
    "objects after an await",
    "const all: object[] = []; await null; for (;;) all.push({ a: [1, 2, 3] });",
    "--max-old-space-size=250",
  ],
  ["typed arrays", "const all: Float64Array[] = []; for (;;) all.push(new Float64Array(1e6).fill(1));", ""],
])(
  "a cell that fills memory with %s is stopped with its reason, and variables keep their values",
  async (_, code, flags) => {
    const kernel = await startKernel({ env: flags ? { NODE_OPTIONS: flags } : { LEPTON_MEMORY_MB: "450" } });
    await kernel.execute("let kept = 41");
    expect((await kernel.execute(code)).error).toMatch(
      /^OutOfMemory: The cell was stopped because memory runs out: the kernel holds [\d,]+ MB of the [\d,]+ MB that .* Variables keep/,
    );
    expect((await kernel.execute("kept")).result).toBe("41");
    const after = await kernel.execute("all.length = 0; let sum = 0; for (let i = 0; i < 1e9; i++) sum++; sum");
    expect([after.error, after.result]).toEqual([undefined, "1000000000"]);
    await kernel.stop();
  },
  120_000,
);

test("memory that is gone in one allocation ends the kernel, and the next one says why", async () => {
  const kernel = await startKernel({ env: { NODE_OPTIONS: "--max-old-space-size=100" } });
  await kernel.send("shell", "execute_request", { code: "new Array(4e7).fill(0).map((_, i) => ({ i }))" });
  await new Promise((resolve) => kernel.process.once("exit", resolve));
  expect(kernel.log).toMatch(/heap out of memory/);
  const next = await restartKernel(kernel);
  expect((await next.execute("1 + 1")).stderr).toMatch(
    /^The kernel before this one ran out of memory at [\d,]+ MB; its variables are gone\.\n$/,
  );
  expect((await next.execute("2")).stderr).toBe("");
  await next.stop();
}, 120_000);

const mixed: readonly ((i: number) => string)[] = [
  (i) => `const a${i} = ${i}; a${i} + 1`,
  (i) => `interface Row${i} { id: number }\nconst rows: Row${i}[] = [{ id: ${i} }]; rows[0]!.id`,
  (i) => `console.log("line ${i}"); console.error("err")`,
  () => `await new Promise((resolve) => setTimeout(resolve, 1)); "slept"`,
  (i) => `function again(x: number) { return x * ${i} }\nagain(2)`,
  () => `display.html("<b>x</b>")`,
  (i) => `throw new Error("wrong ${i}")`,
  () => `import { join } from "node:path"; join("a", "b")`,
  (i) => `class Shape { side = ${i} }; new Shape()`,
  () => `let = 5 =`,
];

test("2,000 cells of mixed work end each as they should, and memory stays flat", async () => {
  const kernel = await startKernel();
  const failed = new Set([6, 9]);
  let early = 0;
  for (let i = 0; i < 2000; i++) {
    const { error } = await kernel.execute(mixed[i % mixed.length]!(i));
    expect(error !== undefined).toBe(failed.has(i % mixed.length));
    kernel.iopub.length = 0;
    if (i === 499) early = residentMb(kernel.process.pid);
  }
  expect((await kernel.execute("again(1)")).result).toBe("1994");
  expect(residentMb(kernel.process.pid)).toBeLessThan(early * 1.2);
  await kernel.stop();
}, 120_000);

import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import path from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import * as zmq from "zeromq";
import { builtMain, type KernelClient, startKernel } from "./kernel-client.ts";

const types = [
  "execute_request",
  "complete_request",
  "comm_msg",
  "history_request",
  "input_reply",
  "debug_request",
  "nothing_request",
];

test("2,000 random and mutated messages leave a kernel that works", async () => {
  const kernel = await startKernel();
  await kernel.execute("let kept = 41");
  const frame = fc.oneof(
    fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
    fc.constantFrom("<IDS|MSG>", "{}", "[]", "null", "").map((text) => Buffer.from(text)),
    fc.json().map((text) => Buffer.from(text)),
  );
  for (const frames of fc.sample(fc.array(frame, { minLength: 1, maxLength: 9 }), 1000)) {
    await kernel.shell.send(frames);
    await kernel.control.send(frames);
  }
  const contents = fc.sample(
    fc.dictionary(
      fc.constantFrom("code", "cursor_pos", "comm_id", "data", "n", "hist_access_type", "value", "arguments"),
      fc.jsonValue(),
    ),
    300,
  );
  for (const [index, content] of contents.entries()) {
    const type = types[index % types.length]!;
    // A cell of random text may do anything; what is wanted is a content of wrong types.
    const safe = type === "execute_request" && typeof content.code === "string" ? { ...content, code: 5 } : content;
    await kernel.send(index % 2 ? "shell" : "control", type, safe);
  }
  await kernel.execute("0"); // waits behind them all; a failed one before it may abort it
  expect((await kernel.execute("kept")).result).toBe("41");
  await kernel.stop();
}, 300_000);

test("a client that never reads does not stop another", async () => {
  const kernel = await startKernel();
  const deaf = new zmq.Subscriber({ receiveHighWaterMark: 1, linger: 0 });
  deaf.connect(`tcp://127.0.0.1:${kernel.connection.iopub_port}`);
  deaf.subscribe();
  await kernel.execute("await new Promise((resolve) => setTimeout(resolve, 200))");
  const { stdout } = await kernel.execute("for (let i = 0; i < 100; i++) console.log('x'.repeat(100_000))");
  expect(stdout.length).toBe(100 * 100_001);
  expect((await kernel.execute("1 + 1")).result).toBe("2");
  deaf.close();
  await kernel.stop();
});

test("two clients at once each get their own replies", async () => {
  const kernel = await startKernel();
  const other = new zmq.Dealer({ linger: 0 });
  other.connect(`tcp://127.0.0.1:${kernel.connection.shell_port}`);
  const mine = Promise.all(Array.from({ length: 20 }, (_, i) => kernel.execute(`${i}`)));
  expect((await mine).map(({ result }) => Number(result))).toEqual(Array.from({ length: 20 }, (_, i) => i));
  other.close();
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

test("a kernel killed in mid-cell leaves no process behind", async () => {
  const kernel = await startKernel();
  await kernel.execute("const typed: number = 1");
  const { result } = await kernel.execute("process.pid");
  void kernel.send("shell", "execute_request", { code: "for (;;) {}" });
  await new Promise((resolve) => setTimeout(resolve, 100));
  process.kill(Number(result), "SIGKILL");
  await new Promise((resolve) => kernel.process.once("exit", resolve));
  await expect.poll(() => childrenWith(kernel), { timeout: 10_000 }).toBe(0);
  await kernel.stop();
});

/** Processes whose command names this build's esbuild service and whose parent is gone; esbuild ends when its input closes. */
async function childrenWith(kernel: KernelClient): Promise<number> {
  const { execFileSync } = await import("node:child_process");
  const list = execFileSync("ps", ["-eo", "ppid,args"], { encoding: "utf8" });
  return list.split("\n").filter((line) => line.trim().startsWith(`${kernel.process.pid} `)).length;
}

test("memory that runs out ends the kernel with a reason", async () => {
  const kernel = await startKernel({ env: { NODE_OPTIONS: "--max-old-space-size=120" } });
  const code = `const all: string[] = []; for (;;) all.push("${randomBytes(50).toString("hex")}".repeat(50) + Math.random());`;
  await kernel.send("shell", "execute_request", { code });
  await new Promise((resolve) => kernel.process.once("exit", resolve));
  expect(kernel.log).toMatch(/heap|memory/i);
  await kernel.stop();
}, 120_000);

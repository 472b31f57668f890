import { afterAll, beforeAll, expect, test } from "vitest";
import { type KernelClient, startKernel } from "./kernel-client.ts";

let kernel: KernelClient;

beforeAll(async () => {
  kernel = await startKernel();
  await kernel.execute(`
    let kept = 41;
    let late = 0;
    const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
    const { setTimeout: nodeSleep } = await import("node:timers/promises");
    const { EventEmitter } = await import("node:events");
    const { Readable } = await import("node:stream");
    const server = (await import("node:http")).createServer(() => undefined).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));`);
});
afterAll(() => kernel.stop());

const scenarios: Readonly<Record<string, string>> = {
  "a loop": "for (;;) {}",
  "a loop after an await": "await sleep(5); for (;;) {}",
  "a loop of microtasks": "for (;;) await null;",
  "a loop in a timer": "setTimeout(() => { for (;;) {} }, 5); await sleep(60_000);",
  "a timer that blocks again and again": "setInterval(() => { for (;;) {} }, 1); await sleep(60_000);",
  "a loop in an event listener":
    "const e = new EventEmitter(); e.on('x', () => { for (;;) {} }); await null; e.emit('x');",
  "a loop in a stream": "Readable.from(['a']).on('data', () => { for (;;) {} }); await sleep(60_000);",
  "an awaited sleep": "await sleep(60_000); late++;",
  "an awaited sleep of node:timers/promises": "await nodeSleep(60_000); late++;",
  "an awaited fetch": "await fetch('http://127.0.0.1:' + (server.address() as any).port); late++;",
  "Atomics.wait": "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);",
  "a loop that catches everything": "for (;;) { try { await null; throw 1; } catch {} }",
  "a synchronous loop that catches everything": "for (;;) { try { throw 1; } catch {} finally {} }",
  "an optimised loop of built-in calls":
    "(() => { let l: unknown[] = []; for (;;) { l.push(new Array(100).fill(0.5)); if (l.length > 1e5) l = []; } })();",
  "a loop that prints": "for (;;) console.log('x');",
  "a timer that would fire later": "setInterval(() => late++, 1); await sleep(60_000);",
};

test.each(Object.entries(scenarios))("%s is interrupted and variables keep their values", async (_, code) => {
  const running = kernel.execute(code);
  await new Promise((resolve) => setTimeout(resolve, code.includes("fill") ? 1500 : 150)); // V8 optimises a hot loop
  const reply = await kernel.request("control", "interrupt_request");
  expect(reply.content.status).toBe("ok");
  const { error } = await running;
  expect(error).toMatch(/^KeyboardInterrupt: /);
  expect((await kernel.execute("kept")).result).toBe("41");
});

test("timers that interrupted cells began are stopped", async () => {
  await kernel.execute("await sleep(50); late = 0; await sleep(50);");
  expect((await kernel.execute("late")).result).toBe("0");
});

test("cells that wait behind an interrupted one are aborted", async () => {
  const first = kernel.execute("for (;;) {}");
  const second = kernel.request("shell", "execute_request", { code: "kept = 0" });
  await new Promise((resolve) => setTimeout(resolve, 150));
  await kernel.request("control", "interrupt_request");
  expect((await first).error).toMatch(/^KeyboardInterrupt/);
  expect((await second).content.status).toBe("aborted");
  expect((await kernel.execute("kept")).result).toBe("41");
});

test("an interrupt while nothing runs does no harm", async () => {
  expect((await kernel.request("control", "interrupt_request")).content.status).toBe("ok");
  expect((await kernel.execute("kept")).result).toBe("41");
});

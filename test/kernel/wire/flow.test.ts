import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { FLOW_BYTES, inflow, outflow } from "../../../kernel/wire/flow.ts";

/** The main thread's side in a thread of its own, which may sleep. It posts as many as it is told and says how many it has. */
function poster(shared: SharedArrayBuffer, count: number): { posted: Int32Array; over: Promise<unknown> } {
  const posted = new Int32Array(new SharedArrayBuffer(4));
  const file = new URL("../../../kernel/wire/flow.ts", import.meta.url).href;
  const code = `const { workerData: { shared, posted, count } } = require("node:worker_threads");
    import(${JSON.stringify(file)}).then(({ inflow }) => {
      const keepUp = inflow(shared);
      for (let i = 0; i < count; i++) { Atomics.add(posted, 0, 1); keepUp(); }
    });`;
  const worker = new Worker(code, { eval: true, workerData: { shared, posted, count } });
  return { posted, over: new Promise((resolve) => worker.once("exit", resolve)) };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test("the main thread is never further ahead than the wire allows, and ends when all were taken", async () => {
  const shared = new SharedArrayBuffer(FLOW_BYTES);
  const { took } = outflow(shared);
  const { posted, over } = poster(shared, 1000);
  let taken = 0;
  let furthest = 0;
  let isOver = false;
  void over.then(() => (isOver = true));
  while (!isOver) {
    for (const all = posted[0]!; taken < all; taken++) took();
    await turn();
    furthest = Math.max(furthest, posted[0]! - taken);
  }
  expect(taken).toBe(1000);
  expect(furthest).toBeGreaterThan(32);
  expect(furthest).toBeLessThanOrEqual(65);
});

test("what was taken in one turn is told at its end: the wire hears its sockets between", async () => {
  const shared = new SharedArrayBuffer(FLOW_BYTES);
  const { took } = outflow(shared);
  took();
  took();
  expect(new Int32Array(shared)[0]).toBe(0);
  await turn();
  expect(new Int32Array(shared)[0]).toBe(2);
});

test("a wire that has ended keeps nobody waiting", () => {
  const shared = new SharedArrayBuffer(FLOW_BYTES);
  outflow(shared).end();
  const keepUp = inflow(shared);
  const began = performance.now();
  for (let i = 0; i < 10_000; i++) keepUp();
  expect(performance.now() - began).toBeLessThan(1000); // one wait alone takes so long
});

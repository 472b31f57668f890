import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type LiveMessage, unpackSteps } from "@lepton/contract";
import { afterEach, beforeEach, expect, test } from "vitest";
import { streamEvents } from "../../../magics/train/live-events.ts";

const slowly = { timeout: 30_000 };
let folder: string;
beforeEach(() => void (folder = mkdtempSync(path.join(tmpdir(), "lepton-stream-"))));
afterEach(() => rmSync(folder, { recursive: true }));

let written = 0;
function write(count: number): void {
  const lines = Array.from({ length: count }, () => {
    const seq = ++written;
    const rest = { epoch: seq / 1000, loss: Math.sin(seq), learningRate: 0.001, rowsPerSecond: 1e6 };
    return `${JSON.stringify({ seq, time: 1_790_000_000_000 + seq, type: "step", step: seq, ...rest })}\n`;
  });
  appendFileSync(path.join(folder, "events.jsonl"), lines.join(""));
}

/** A kernel whose turns to send are given one by one, as when its cores are busy with something else. */
function starved() {
  const sent: { count: number; more: boolean; last: number }[] = [];
  let waiting: (() => void)[] = [];
  const pace = () => new Promise<void>((resolve) => waiting.push(resolve));
  const take = (message: LiveMessage) => {
    if (message.type !== "events") return;
    const events = unpackSteps(message.events);
    sent.push({ count: events.length, more: message.more === true, last: events.at(-1)?.seq ?? 0 });
  };
  const stream = streamEvents(folder, { from: 0 }, take, pace);
  const turn = async () => {
    const before = sent.length;
    await expect.poll(() => waiting.length, slowly).toBe(1);
    const [go] = waiting;
    waiting = [];
    go!();
    await expect.poll(() => sent.length, slowly).toBe(before + 1);
    return sent.at(-1)!;
  };
  return { stream, turn, turns: () => waiting.length };
}

test("what was written while a kernel had no turn goes in few full messages, and then only what is new is sent", async () => {
  written = 0;
  write(10);
  const { stream, turn, turns } = starved();
  expect(await turn()).toEqual({ count: 10, more: false, last: 10 });
  // The load: tens of thousands of steps and not one turn.
  for (let part = 0; part < 40; part++) write(1000);
  const full = await turn();
  expect(full.more).toBe(true);
  expect(full.count).toBeGreaterThan(10_000);
  // It is over: steps come as fast as before, with each turn as many as a message may hold are sent.
  let given = 1;
  for (let message = full; message.more; given++) {
    write(1000);
    message = await turn();
  }
  expect(given).toBeLessThanOrEqual(Math.ceil(written / full.count) + 1);
  write(1000);
  expect(await turn()).toEqual({ count: 1000, more: false, last: written });
  write(300);
  write(700);
  expect(await turn()).toEqual({ count: 1000, more: false, last: written });
  expect(turns()).toBe(0);
  stream.close();
  await stream.done;
}, 60_000);

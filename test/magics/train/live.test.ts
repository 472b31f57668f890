import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Comm, type LiveMessage, liveMessageFault, type RunEvent, unpackSteps } from "@lepton/contract";
import { afterAll, expect, test } from "vitest";
import { leptonFolder } from "../../../magics/folder.ts";
import { createPlugins } from "../../../magics/plugins.ts";
import { openEventLog, readEvents } from "../../../magics/train/event-log.ts";
import { serveLiveRuns } from "../../../magics/train/live.ts";
import { readNotes } from "../../../magics/train/notes.ts";
import { fakeHost } from "../fake-host.ts";

/** Under load a process may take seconds to start. */
const slowly = { timeout: 30_000 };

const root = mkdtempSync(path.join(tmpdir(), "lepton-live-"));
afterAll(() => rmSync(root, { recursive: true }));
const place = leptonFolder(root);
mkdirSync(place.runs("r1"), { recursive: true });
const log = openEventLog(place.runs("r1"), 0);
const say = (text: string) => log.append({ type: "message", level: "info", text });

/** A page that opens comms on a kernel which answers them. */
function page() {
  const host = fakeHost(root);
  let answer: (comm: Comm, data: unknown) => void = () => undefined;
  serveLiveRuns({ ...host, onComm: (_target, listener) => void (answer = listener) }, place, createPlugins());
  return (data: unknown) => {
    const messages: LiveMessage[] = [];
    const times: number[] = [];
    let ask: (data: unknown) => void = () => undefined;
    let leave: () => void = () => undefined;
    let closed = false;
    const comm: Comm = {
      id: "c",
      target: "lepton.run",
      send(message) {
        times.push(performance.now());
        messages.push(message as LiveMessage);
      },
      onMessage: (listener) => void (ask = listener),
      onClose: (listener) => void (leave = listener),
      close: () => void (closed = true),
    };
    answer(comm, data);
    const events = () =>
      messages.flatMap((message): readonly RunEvent[] =>
        message.type === "events" ? unpackSteps(message.events) : [],
      );
    return {
      messages,
      times,
      events,
      ask: (request: unknown) => ask(request),
      leave: () => leave(),
      closed: () => closed,
    };
  };
}

test("a page gets what it lacks, then what is new, in batches with sequence numbers", async () => {
  for (let index = 0; index < 1500; index++) say(`m${index}`);
  const open = page();
  const all = open({ run: "r1", from: 0 });
  const late = open({ run: "r1", from: 1490 });
  await expect.poll(() => all.events().length, slowly).toBe(1500);
  say("new");
  await expect.poll(() => [all.events().length, late.events().length], slowly).toEqual([1501, 11]);
  expect(all.events().map(({ seq }) => seq)).toEqual(Array.from({ length: 1501 }, (_, index) => index + 1));
  expect(late.events()[0]!.seq).toBe(1491);
  expect(all.messages[0]).toEqual({ type: "notes", notes: { text: "", tags: [] } });
  for (const message of all.messages) expect(liveMessageFault(message)).toBeNull();
  const before = all.events().length;
  all.ask({ type: "sync", from: 1499 });
  await expect.poll(() => all.events().length, slowly).toBe(before + 2);
  all.leave();
  late.leave();
});

test("a page whose events are no longer those of the file is told so and gets all anew", async () => {
  mkdirSync(place.runs("cut"), { recursive: true });
  const first = openEventLog(place.runs("cut"), 0);
  for (let step = 1; step <= 40; step++) first.append(stepEvent(step, 1 / step));
  first.close();
  const open = page();
  const here = open({ run: "cut", from: 0 });
  await expect.poll(() => here.events().length, slowly).toBe(40);
  const seen = here.events()[29]!;
  const resumed = openEventLog(place.runs("cut"), 20);
  for (let step = 21; step <= 45; step++) resumed.append(stepEvent(step, 2));
  resumed.close();
  await expect.poll(() => here.messages.at(-1), slowly).toMatchObject({ type: "events", reset: true });
  // Another page comes back with the old events: seq 30 is in the file, at another time.
  const back = open({ run: "cut", from: 30, time: seen.time - 1 });
  const same = open({ run: "cut", from: 30, time: readEvents(place.runs("cut"))[29]!.time });
  const beyond = open({ run: "cut", from: 300, time: 1 });
  for (const one of [back, beyond]) {
    await expect.poll(() => one.events().map(({ seq }) => seq), slowly).toEqual(count(1, 45));
    expect(one.messages.find((message) => message.type === "events")).toMatchObject({ reset: true });
  }
  await expect.poll(() => same.events().map(({ seq }) => seq), slowly).toEqual(count(31, 45));
  for (const one of [here, back, same, beyond]) one.leave();
});

test("thousands of steps travel in few messages and arrive to the last digit", async () => {
  mkdirSync(place.runs("fast"), { recursive: true });
  const fast = openEventLog(place.runs("fast"), 0);
  for (let step = 1; step <= 30_000; step++)
    fast.append(stepEvent(step, step % 997 === 0 ? Number.NaN : Math.sin(step) / 3));
  fast.close();
  const one = page()({ run: "fast", from: 0 });
  await expect.poll(() => one.events().length, slowly).toBe(30_000);
  expect(one.events()).toEqual(readEvents(place.runs("fast")));
  expect(one.messages.filter((message) => message.type === "events").length).toBeLessThan(8);
  // Only the last says that the page has all.
  const more = one.messages.flatMap((message) => (message.type === "events" ? [message.more === true] : []));
  expect(more.length).toBeGreaterThan(1);
  expect(more).toEqual(more.map((_, at) => at < more.length - 1));
  one.leave();
});

test("a page that lacks nothing is told so when it asks, once", async () => {
  mkdirSync(place.runs("level"), { recursive: true });
  const level = openEventLog(place.runs("level"), 0);
  for (let step = 1; step <= 5; step++) level.append(stepEvent(step, 1));
  level.close();
  const one = page()({ run: "level", from: 5 });
  const answers = () => one.messages.filter((message) => message.type === "events");
  await expect.poll(answers, slowly).toEqual([{ type: "events", events: [] }]);
  one.ask({ type: "sync", from: 3 });
  await expect.poll(() => one.events().map(({ seq }) => seq), slowly).toEqual([4, 5]);
  one.ask({ type: "sync", from: 5 });
  await expect.poll(answers, slowly).toHaveLength(3);
  expect(answers().at(-1)).toEqual({ type: "events", events: [] });
  one.leave();
});

test("a line that its process never ended does not keep a page waiting for more", async () => {
  mkdirSync(place.runs("torn"), { recursive: true });
  const torn = openEventLog(place.runs("torn"), 0);
  torn.append(stepEvent(1, 1));
  torn.close();
  appendFileSync(path.join(place.runs("torn"), "events.jsonl"), `{"seq":2,${" ".repeat(3 << 20)}`);
  const one = page()({ run: "torn", from: 0 });
  await expect.poll(() => one.messages.at(-1), slowly).toEqual({ type: "events", events: [] });
  expect(one.messages.filter((message) => message.type === "events")).toMatchObject([{ more: true }, { events: [] }]);
  one.leave();
});

const stepEvent = (step: number, loss: number) =>
  ({ type: "step", step, epoch: step / 7, loss, learningRate: 1e-3, rowsPerSecond: 1000 + (step % 3) }) as const;
const count = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

test("messages of all pages together come at most 20 times a second", async () => {
  const open = page();
  const pages = Array.from({ length: 5 }, () => open({ run: "r1", from: 0 }));
  await expect.poll(() => pages.every((one) => one.events().length > 1000), slowly).toBe(true);
  const times = pages.flatMap((one) => one.times).sort((a, b) => a - b);
  for (let index = 1; index < times.length; index++) expect(times[index]! - times[index - 1]!).toBeGreaterThan(45);
  for (const one of pages) one.leave();
});

test("a run that is not there, or a name that leads elsewhere, is gone and the comm closes", () => {
  const open = page();
  for (const run of ["nobody", "../runs/r1", 7]) {
    const one = open({ run, from: 0 });
    expect(one.messages).toMatchObject([{ type: "gone" }]);
    expect(one.closed()).toBe(true);
  }
});

test("what one page writes about a run is kept in its folder and told to every page of that run; too much is refused", async () => {
  mkdirSync(place.runs("r2"), { recursive: true });
  const open = page();
  const [writer, reader, other] = ["r1", "r1", "r2"].map((run) => open({ run, from: 1_000_000 }));
  await expect.poll(() => other!.messages, slowly).toHaveLength(1);
  const notes = { text: "雨 <b>first</b>", tags: ["baseline", " keep ", "keep"] };
  writer!.ask({ type: "notes", notes });
  const kept = { type: "notes", notes: { text: notes.text, tags: ["baseline", "keep"] } };
  await expect.poll(() => reader!.messages.at(-1), slowly).toEqual(kept);
  expect(writer!.messages.at(-1)).toEqual(kept);
  expect(other!.messages).toEqual([{ type: "notes", notes: { text: "", tags: [] } }]);
  expect(readNotes(place.runs("r1"))).toEqual(kept.notes);

  writer!.ask({ type: "notes", notes: { text: "x".repeat(20_001), tags: [] } });
  await expect.poll(() => writer!.messages.at(-1), slowly).toMatchObject({ type: "refused", request: "notes" });
  writer!.ask({ type: "pause" });
  await expect.poll(() => writer!.messages.at(-1), slowly).toMatchObject({ type: "refused", request: "pause" });
  for (const message of writer!.messages) expect(liveMessageFault(message)).toBeNull();
  expect(readNotes(place.runs("r1"))).toEqual(kept.notes);
  for (const one of [writer, reader, other]) one!.leave();
});

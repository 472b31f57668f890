import type { RunEvent, RunSpec, Tracker } from "@lepton/contract";
import { expect, test } from "vitest";
import { trackRun } from "../../../magics/train/trackers.ts";

const spec = {} as RunSpec;
const event = (seq: number): RunEvent => ({ seq, time: 0, type: "checkpoint", step: seq });
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function tracker(name: string, parts: Partial<Tracker> = {}): Tracker & { readonly seen: number[] } {
  const seen: number[] = [];
  return {
    name,
    seen,
    onStart: async () => undefined,
    onEvent: async ({ seq }) => void seen.push(seq),
    onEnd: async () => undefined,
    ...parts,
  };
}

test("events reach a tracker in order, each when the last was done, and the end waits for them", async () => {
  const seen: string[] = [];
  const slow = tracker("slow", {
    async onEvent({ seq }) {
      seen.push(`${seq} begins`);
      await sleep(seq === 1 ? 20 : 1);
      seen.push(`${seq} ends`);
    },
    onEnd: async () => void seen.push("end"),
  });
  const tracking = trackRun([slow], { onFault: (sentence) => seen.push(sentence) });
  await tracking.start(spec);
  tracking.event(event(1));
  tracking.event(event(2));
  expect(seen).toEqual([]); // the training does not wait
  await tracking.end();
  expect(seen).toEqual(["1 begins", "1 ends", "2 begins", "2 ends", "end"]);
});

test("a tracker that fails is told once and left out, the others go on", async () => {
  const faults: string[] = [];
  const failing = tracker("failing", {
    onEvent() {
      throw new Error("full");
    },
    onEnd: () => Promise.reject(new Error("not asked any more")),
  });
  const good = tracker("good");
  const tracking = trackRun([failing, good], { onFault: (sentence) => faults.push(sentence) });
  await tracking.start(spec);
  tracking.event(event(1));
  tracking.event(event(2));
  await tracking.end();
  expect(faults).toEqual(["tracker failing failed and sees no more of this run: full."]);
  expect(good.seen).toEqual([1, 2]);
});

test("where one cannot start, it and those after it see nothing, and those before are ended", async () => {
  const ended: string[] = [];
  const first = tracker("first", { onEnd: async () => void ended.push("first") });
  const refusing = tracker("refusing", { onStart: () => Promise.reject(new Error("no server")) });
  const third = tracker("third", { onEnd: async () => void ended.push("third") });
  const tracking = trackRun([first, refusing, third], { onFault: () => undefined });
  await expect(tracking.start(spec)).rejects.toThrow("tracker refusing could not start: no server.");
  tracking.event(event(1));
  await tracking.end();
  expect([first.seen, third.seen, ended]).toEqual([[1], [], ["first"]]);
});

test("a tracker that never comes to an end is given up, and what that means is said", async () => {
  const faults: string[] = [];
  const begun: number[] = [];
  let release = () => {};
  const stuck = tracker("stuck", {
    onEvent({ seq }) {
      begun.push(seq);
      return new Promise((resolve) => (release = resolve));
    },
  });
  const tracking = trackRun([stuck], { onFault: (sentence) => faults.push(sentence), endMs: 30 });
  await tracking.start(spec);
  tracking.event(event(1));
  tracking.event(event(2));
  await tracking.end();
  release();
  await sleep(5);
  expect(begun).toEqual([1]); // a warm process may be in its next run by now
  expect(faults).toEqual(["tracker stuck was not done 0.03 s after the run's end; what it had not written is lost."]);
});

test("a tracker that never starts ends the start with a sentence", async () => {
  const waiting = tracker("waiting", { onStart: () => new Promise(() => undefined) });
  const tracking = trackRun([waiting], { onFault: () => undefined, startMs: 20 });
  await expect(tracking.start(spec)).rejects.toThrow(
    "tracker waiting could not start: it had not done so after 0.02 s.",
  );
});

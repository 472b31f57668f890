import { expect, test } from "vitest";

/** What of LiveRun is used here. Its own types are JupyterLab's, which are not installed where these tests are compiled. */
interface Live {
  readonly isOpen: boolean;
  request(request: { type: "pause" }): boolean;
  askAgain(): void;
  reopen(): void;
  close(): void;
}
const file = "../../extension/src/run/live.ts";
const { LiveRun } = (await import(/* @vite-ignore */ file)) as {
  LiveRun: new (run: string, source: object, place: () => object, listener: object) => Live;
};

/** A page that follows a run of a kernel that only remembers what it was told. */
function page() {
  const sent: unknown[] = [];
  const levels: boolean[] = [];
  const comm = {
    isDisposed: false,
    onMsg: (_message: unknown): void => undefined,
    onClose: (): void => undefined,
    open: () => undefined,
    send: (data: unknown) => void sent.push(data),
    close: () => undefined,
    dispose: () => undefined,
  };
  const info = Promise.resolve({ implementation: "lepton" });
  const kernel = { status: "idle", isDisposed: false, info, createComm: () => comm };
  const listener = {
    lost: () => undefined,
    events: (_events: unknown, isLevel: boolean) => {
      levels.push(isLevel);
      return null;
    },
  };
  const source = { kernel: () => kernel, onChange: () => () => undefined };
  const live = new LiveRun("r1", source, () => ({ from: 7 }), listener);
  return {
    live,
    kernel,
    sent,
    levels,
    refuse: () => comm.onClose(),
    say: (data: unknown) => comm.onMsg({ content: { data } }),
  };
}

test("a kernel that has died is nobody to ask", () => {
  const { live, kernel, sent } = page();
  expect([live.isOpen, live.request({ type: "pause" })]).toEqual([true, true]);
  kernel.status = "dead";
  expect([live.isOpen, live.request({ type: "pause" })]).toEqual([false, false]);
  expect(sent).toHaveLength(1);
  live.close();
});

test("a page is level with its run after a message that has no more behind it", () => {
  const { live, levels, say } = page();
  say({ type: "events", events: [], more: true });
  say({ type: "events", events: [] });
  expect(levels).toEqual([false, true]);
  live.close();
});

test("a question for what is missing goes out whatever comes meanwhile", () => {
  const { live, sent, say } = page();
  live.askAgain();
  say({ type: "events", events: [] });
  expect(sent).toEqual([{ type: "sync", from: 7 }]);
  live.close();
});

test("who asks while a kernel that has just started is waited for is heard at once, and opens nothing twice", () => {
  const { live, sent, refuse } = page();
  refuse();
  expect([live.isOpen, live.request({ type: "pause" })]).toEqual([false, false]);
  live.reopen();
  expect([live.isOpen, live.request({ type: "pause" })]).toEqual([true, true]);
  live.reopen();
  expect(sent).toHaveLength(1);
  live.close();
});

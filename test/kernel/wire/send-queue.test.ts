import { afterEach, expect, test, vi } from "vitest";
import { decodeMessage, type Frame, type Message } from "../../../kernel/wire/frames.ts";
import { SendQueue } from "../../../kernel/wire/send-queue.ts";

const signer = { key: "secret", hash: "sha256" };

function message(msg_type: string, content: Message["content"]): Message {
  const header = { msg_id: "1", msg_type, session: "s", username: "u", date: "d", version: "5.5" };
  return { identities: [], header, parent: { msg_id: "cell" }, metadata: {}, content, buffers: [] };
}

/** A socket that keeps what it is given, and refuses a second send while one waits, as zeromq.js does. */
function socket() {
  const sent: unknown[] = [];
  let isBusy = false;
  const send = async (frames: Frame[]) => {
    if (isBusy) throw new Error("EBUSY");
    isBusy = true;
    const { header, content } = decodeMessage(
      frames.map((frame) => Buffer.from(frame)),
      signer,
    );
    sent.push(content.text ?? header.msg_type);
    await new Promise((resolve) => setImmediate(resolve));
    isBusy = false;
  };
  return { sent, send };
}

test("a message that nothing waits before is sent in the same turn", () => {
  const to = socket();
  new SendQueue(signer, () => undefined).push(to, message("status", {}));
  expect(to.sent).toEqual(["status"]);
});

test("all are sent in order, one at a time, and neighbouring pieces of a stream as one", async () => {
  const to = socket();
  const errors: unknown[] = [];
  const queue = new SendQueue(signer, (error) => errors.push(error));
  for (const text of ["a", "b"]) queue.push(to, message("stream", { name: "stdout", text }));
  for (const type of ["execute_result", "status"]) queue.push(to, message(type, {}));
  await queue.empty();
  for (const text of ["c", "d"]) queue.push(to, message("stream", { name: "stdout", text }));
  await queue.empty();
  expect(to.sent).toEqual(["ab", "execute_result", "status", "cd"]);
  expect(errors).toEqual([]);
});

afterEach(() => vi.useRealTimers());

test("a piece of a stream waits a moment for the next one, but never when something else is to be sent", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const to = socket();
  const queue = new SendQueue(signer, () => undefined);
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  const print = (text: string) => queue.push(to, message("stream", { name: "stdout", text }));
  print("a");
  await turn();
  print("b");
  await turn();
  expect(to.sent).toEqual([]);
  vi.advanceTimersByTime(5);
  await queue.empty();
  expect(to.sent).toEqual(["ab"]);
  print("c");
  await turn();
  queue.push(to, message("status", {}));
  await queue.empty();
  expect(to.sent).toEqual(["ab", "c", "status"]);
});

test("a message that cannot be sent is told, and the next ones are sent", async () => {
  const to = socket();
  const errors: unknown[] = [];
  const queue = new SendQueue(signer, (error) => errors.push(error));
  queue.push(to, message("status", { never: 1n }));
  await queue.empty();
  queue.push(to, message("status", {}));
  await queue.empty();
  expect([errors.length, to.sent]).toEqual([1, ["status"]]);
});

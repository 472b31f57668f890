import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Message } from "../../../kernel/wire/frames.ts";
import { Gathering } from "../../../kernel/wire/gathering.ts";

function message(msg_type: string, content: Message["content"], cell = "cell"): Message {
  const header = { msg_id: "1", msg_type, session: "s", username: "u", date: "d", version: "5.5" };
  return { identities: [], header, parent: { msg_id: cell }, metadata: {}, content, buffers: [] };
}

function gathering() {
  const sent: unknown[] = [];
  const all = new Gathering(({ header, content }) => sent.push(content.text ?? header.msg_type));
  const print = (text: string, name = "stdout", cell = "cell") => all.push(message("stream", { name, text }, cell));
  return { all, sent, print };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("what is no stream is sent at once, in order, after what was printed before", () => {
  const { all, sent, print } = gathering();
  all.push(message("status", {}));
  expect(sent).toEqual(["status"]);
  for (const text of ["a", "b"]) print(text);
  all.push(message("execute_result", {}));
  expect(sent).toEqual(["status", "ab", "execute_result"]);
});

test("a piece of a stream waits a moment for the next one, which does not wait for a third", () => {
  const { sent, print } = gathering();
  print("a");
  vi.advanceTimersByTime(3);
  print("b");
  expect(sent).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(sent).toEqual(["ab"]);
  print("c");
  vi.advanceTimersByTime(3);
  expect(sent).toEqual(["ab"]);
  vi.advanceTimersByTime(1);
  expect(sent).toEqual(["ab", "c"]);
});

test("another stream and another cell's are other messages", () => {
  const { all, sent, print } = gathering();
  print("a");
  print("b", "stderr");
  print("c", "stderr", "the next");
  all.flush();
  expect(sent).toEqual(["a", "b", "c"]);
});

test("messages of streams have about a million characters at the most", () => {
  const { all, sent, print } = gathering();
  for (let i = 0; i < 25; i++) print("x".repeat(100_000));
  print("y".repeat(3_000_000));
  all.flush();
  expect(sent.map((text) => String(text).length)).toEqual([1_000_000, 1_000_000, 500_000, 3_000_000]);
});

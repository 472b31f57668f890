import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeMessage, encodeMessage, FrameError, type Message } from "../../../kernel/wire/frames.ts";
import type { Signer } from "../../../kernel/wire/signing.ts";

const signer = { key: "secret", hash: "sha256" };
const header = { msg_id: "1", msg_type: "t", session: "s", username: "u", date: "d", version: "5.5" };
const message = (content: object): Message => ({
  identities: [Buffer.from("id")],
  header,
  parent: {},
  metadata: {},
  content: content as Message["content"],
  buffers: [Buffer.from([0, 255])],
});

/** As ZeroMQ hands it over. */
const sent = (content: object, by: Signer) => encodeMessage(message(content), by).map((frame) => Buffer.from(frame));

test("what is encoded is decoded", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (content) => {
      const decoded = decodeMessage(sent(content, signer), signer);
      expect(JSON.stringify(decoded.content)).toBe(JSON.stringify(content));
      expect(decoded.buffers).toEqual([new Uint8Array([0, 255])]);
      expect(decoded.identities).toEqual([Buffer.from("id")]);
    }),
    { numRuns: 50 },
  );
});

test("half a character, which no file can hold, becomes U+FFFD; whole ones and texts that look like escapes stay", () => {
  const content = {
    text: ["a\ud83d", "\ude00b", "😀", "\\ud83d", `${"x".repeat(20_000)}\ud83d`],
    deep: { n: 1, none: null },
  };
  const decoded = decodeMessage(sent(content, signer), signer);
  const text = ["a\ufffd", "\ufffdb", "😀", "\\ud83d", `${"x".repeat(20_000)}\ufffd`];
  expect(decoded.content).toEqual({ ...content, text });
});

test("long and short parts are signed alike, in any script", () => {
  for (const text of ["é😀", "é😀".repeat(10_000)]) {
    expect(decodeMessage(sent({ text }, signer), signer).content).toEqual({ text });
  }
});

test("one changed byte of a signed part is refused", () => {
  const frames = sent({ a: 1 }, signer);
  for (const index of [2, 3, 4, 5, 6]) {
    const changed = frames.map((frame) => Buffer.from(frame));
    changed[index]![0]! ^= 1;
    expect(() => decodeMessage(changed, signer)).toThrow(FrameError);
  }
});

test("a part that is not UTF-8, no JSON or no object is refused, and said", () => {
  const open = { key: "", hash: "sha256" };
  const wrong = {
    "not UTF-8": Buffer.from([0x22, 0xff, 0x22]),
    "not JSON": Buffer.from("{]"),
    "no object": Buffer.from("[]"),
  };
  for (const [reason, part] of Object.entries(wrong)) {
    const frames = sent({ a: 1 }, open).with(6, part);
    expect(() => decodeMessage(frames, open)).toThrow(new FrameError(`a part is ${reason}`));
  }
});

test("without a key nothing is signed or checked", () => {
  const open = { key: "", hash: "sha256" };
  expect(decodeMessage(sent({}, open), open).header).toEqual(header);
});

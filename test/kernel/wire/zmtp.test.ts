import fc from "fast-check";
import { expect, test } from "vitest";
import { command, encodeFrames, greeting, readyCommand, ZmtpError, ZmtpReader } from "../../../kernel/wire/zmtp.ts";

/** Reads bytes in pieces of the given sizes. */
function read(bytes: Uint8Array, sizes: readonly number[] = []): { heard: unknown[]; error: unknown } {
  const heard: unknown[] = [];
  const reader = new ZmtpReader({
    onGreeting: () => heard.push("greeting"),
    onReady: (properties) => heard.push([...properties].map(([name, value]) => `${name}=${value}`)),
    onMessage: (frames) => heard.push(frames.map((frame) => frame.toString("latin1"))),
    onCommand: (name, body) => heard.push(`${name} ${body.toString("latin1")}`),
  });
  try {
    for (let at = 0, i = 0; at < bytes.length; i++) {
      const size = sizes[i % sizes.length] ?? bytes.length;
      reader.push(Buffer.from(bytes.subarray(at, at + size)));
      at += size;
    }
  } catch (error) {
    return { heard, error };
  }
  return { heard, error: undefined };
}

const hello = Buffer.concat([greeting, readyCommand("DEALER")]);
const bytesOf = (frames: readonly (string | Uint8Array)[]) => encodeFrames(frames.map((one) => Buffer.from(one)));
const begun = ["greeting", ["socket-type=DEALER", "identity="]];

test("messages of any frames, cut anywhere, come as they were sent", () => {
  const frame = fc.oneof(fc.string(), fc.uint8Array({ maxLength: 600 }), fc.constant("é".repeat(130)));
  const message = fc.array(frame, { minLength: 1, maxLength: 6 });
  const sizes = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(fc.array(message, { maxLength: 4 }), sizes, (messages, cuts) => {
      const bytes = Buffer.concat([hello, ...messages.flatMap(bytesOf)]);
      const sent = messages.map((frames) => frames.map((one) => Buffer.from(one).toString("latin1")));
      expect(read(bytes, cuts)).toEqual({ heard: [...begun, ...sent], error: undefined });
    }),
    { seed: 20 },
  );
});

test("long frames are not copied, whatever stands around them", () => {
  const long = [Buffer.alloc(20_000, 1), Buffer.alloc(70_000, 2)] as const;
  const frames = [Buffer.from("a"), long[0], Buffer.from("b"), Buffer.from("é".repeat(20_000)), long[1], Buffer.of()];
  const parts = encodeFrames(frames);
  expect(parts).toContain(long[0]);
  expect(parts).toContain(long[1]);
  const heard = [frames.map((one) => Buffer.from(one).toString("latin1"))];
  expect(read(Buffer.concat([hello, ...parts]), [4096]).heard).toEqual([...begun, ...heard]);
});

test("a message of no bytes, and one of a single empty frame", () => {
  expect(bytesOf([""]).map((part) => [...part])).toEqual([[0, 0]]);
  expect(read(Buffer.concat([hello, ...bytesOf(["", ""])])).heard).toEqual([...begun, ["", ""]]);
});

test("the handshake's properties, and commands between messages", () => {
  const ready = Buffer.concat([
    Buffer.from("\x05READY\x0bSocket-Type\0\0\0\x06DEALER\x08Identity\0\0\0\x02me", "latin1"),
  ]);
  const bytes = Buffer.concat([
    greeting,
    Buffer.from([4, ready.length]),
    ready,
    ...bytesOf(["x"]),
    command("PING", Buffer.from("\0\x0ahi")),
    ...bytesOf(["y"]),
  ]);
  expect(read(bytes).heard).toEqual(["greeting", ["socket-type=DEALER", "identity=me"], ["x"], "PING \0\nhi", ["y"]]);
});

const old = Buffer.from(greeting);
old[10] = 1;
const curve = Buffer.from(greeting);
curve.write("CURVE", 12);
const broken: [what: string, bytes: Buffer, says: RegExp][] = [
  ["HTTP", Buffer.from(`GET / HTTP/1.1\r\nHost: localhost\r\n${"x".repeat(50)}`), /no greeting/],
  ["HTTP of a few bytes", Buffer.from("GET /"), /no greeting/],
  ["an older version", old, /version 1/],
  ["an older version, which waits after its first bytes", old.subarray(0, 11), /version 1/],
  ["another mechanism", curve, /mechanism CURVE/],
  ["a message instead of the handshake", Buffer.concat([greeting, ...bytesOf(["x"])]), /before the handshake/],
  ["an error instead of the handshake", Buffer.concat([greeting, command("ERROR", Buffer.of())]), /says ERROR/],
  ["unknown flags", Buffer.concat([hello, Buffer.from([0x10, 0])]), /flags 16/],
  ["a command with more to come", Buffer.concat([hello, Buffer.from([5, 0])]), /flags 5/],
  ["a frame of 2 ** 62 bytes", Buffer.concat([hello, Buffer.from([2, 64, 0, 0, 0, 0, 0, 0, 0])]), /at most/],
  [
    "endless empty frames",
    Buffer.concat([hello, Buffer.alloc(2 * 100_001).fill(Buffer.from([1, 0]))]),
    /more than 100000 frames/,
  ],
  ["a command without a name", Buffer.concat([hello, Buffer.from([4, 1, 9])]), /without its name/],
  ["a property that is cut", Buffer.concat([greeting, command("READY", Buffer.from([3, 65]))]), /without its value/],
];
test.each(broken)("%s: the peer is refused, and it is said why", (_, bytes, says) => {
  const { error } = read(bytes);
  expect(error).toBeInstanceOf(ZmtpError);
  expect((error as Error).message).toMatch(says);
});

test("random bytes end in a refusal or in silence, never in another error", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (bytes, afterHandshake) => {
      const { error } = read(Buffer.concat([afterHandshake ? hello : greeting, bytes]), [7]);
      expect(error === undefined || error instanceof ZmtpError).toBe(true);
    }),
    { seed: 20, numRuns: 2000 },
  );
});

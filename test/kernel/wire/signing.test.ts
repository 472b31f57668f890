import { createHmac } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { isSigned, sign } from "../../../kernel/wire/signing.ts";

const part = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.constantFrom(new Uint8Array(16_000), new Uint8Array(20_000)),
);

test.each(["sha256", "sha512", "md5"])(
  "signatures are those of OpenSSL's HMAC with %s, for keys and parts of any length",
  (hash) => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, maxLength: 150, unit: "binary" }),
        fc.array(part, { maxLength: 5 }),
        (key, parts) => {
          const hmac = createHmac(hash, key);
          for (const one of parts) hmac.update(one);
          const signer = { key, hash };
          const signature = hmac.digest("hex");
          expect(sign(parts, signer)).toBe(signature);
          expect(isSigned(Buffer.from(signature), parts, signer)).toBe(true);
        },
      ),
      { seed: 20 },
    );
  },
);

test("RFC 4231's second case", () => {
  const signer = { key: "Jefe", hash: "sha256" };
  expect(sign([Buffer.from("what do ya "), Buffer.from("want for nothing?")], signer)).toBe(
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  );
});

test("one changed bit, one byte less or more is another signature", () => {
  const signer = { key: "secret", hash: "sha256" };
  const parts = [Buffer.from("{}"), Buffer.from('{"a":1}')];
  const right = Buffer.from(sign(parts, signer));
  for (let bit = 0; bit < right.length * 8; bit++) {
    const wrong = Buffer.from(right);
    wrong[bit >> 3]! ^= 1 << (bit & 7);
    expect(isSigned(wrong, parts, signer)).toBe(false);
  }
  expect(isSigned(right.subarray(1), parts, signer)).toBe(false);
  expect(isSigned(Buffer.concat([right, right]), parts, signer)).toBe(false);
  expect(isSigned(Buffer.of(), parts, signer)).toBe(false);
});

test("a long message between short ones leaves nothing behind", () => {
  const signer = { key: "secret", hash: "sha256" };
  const short = [Buffer.from("a")];
  const before = sign(short, signer);
  sign([Buffer.alloc(10_000, 7), Buffer.alloc(5_000, 8)], signer);
  sign([Buffer.alloc(100_000, 9)], signer);
  expect(sign(short, signer)).toBe(before);
});

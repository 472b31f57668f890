import { expect, test } from "vitest";
import { Backlog } from "../../../kernel/wire/backlog.ts";

/** What a client that reads nothing costs at the most, in MB, once messages of `size` bytes followed others of `before`. */
function worstAfter(before: number, size: number): number {
  const backlog = new Backlog();
  for (let i = 0; i < 300; i++) backlog.sent(before);
  for (let i = 0; i < 300; i++) backlog.sent(size);
  return (backlog.limit * size) / 2 ** 20;
}

test.each([
  [500, 1_000_000],
  [540_000, 1_000_000],
  [700_000, 1_000_000],
  [1_000_000, 540_000],
  [2_000_000, 100_000],
])("messages of %i bytes, then of %i: about 256 MB are kept for a client that does not read", (before, size) => {
  expect(Math.abs(worstAfter(before, size) / 256 - 1)).toBeLessThan(0.12);
});

test("a flood of small messages is kept whole up to 20,000", () => {
  const backlog = new Backlog();
  for (let i = 0; i < 20_000; i++) backlog.sent(600);
  expect(backlog.limit).toBe(20_000);
});

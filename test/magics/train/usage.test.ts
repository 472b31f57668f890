import { expect, test } from "vitest";
import { watchUsage } from "../../../magics/train/usage.ts";

test("a sample that cannot be written is told, and ends no process", { timeout: 60_000 }, async () => {
  const full = new Error("the disk is full");
  const failed = Promise.withResolvers<unknown>();
  const alive = setInterval(() => undefined, 1000); // its own timer keeps nothing alive
  const stop = watchUsage(() => {
    throw full;
  }, failed.resolve);
  expect(await failed.promise).toBe(full);
  clearInterval(alive);
  stop();
});

import { expect, test, vi } from "vitest";
import { type Collecting, collectAtRest } from "../../../kernel/cells/garbage.ts";

const base: Collecting = { worth: 3, restMs: 10, mostBytes: Number.POSITIVE_INFINITY, isFree: () => true };
const rest = () => new Promise((resolve) => setTimeout(resolve, 60));

test("garbage is collected once, at a rest after enough was done", async () => {
  const collect = vi.fn();
  const done = collectAtRest({ ...base, collect });
  for (let i = 0; i < 2; i++) done();
  await rest();
  expect(collect).toHaveBeenCalledTimes(0);
  done();
  expect(collect).toHaveBeenCalledTimes(0);
  await vi.waitFor(() => expect(collect).toHaveBeenCalledTimes(1));
  done();
  await rest();
  expect(collect).toHaveBeenCalledTimes(1);
});

test("not while something goes on, and not of a large heap", async () => {
  const collect = vi.fn();
  const busy = collectAtRest({ ...base, collect, isFree: () => false });
  const large = collectAtRest({ ...base, collect, mostBytes: 0 });
  for (let i = 0; i < 3; i++) {
    busy();
    large();
  }
  await rest();
  expect(collect).toHaveBeenCalledTimes(0);
});

/** Made in a call of its own, so that no register of the test holds it. */
const forgotten = () => new WeakRef({ big: new Array(1000) });

test("V8's collection frees what nothing holds, and leaves no flag behind", async () => {
  const weak = forgotten();
  collectAtRest({ ...base, worth: 1 })();
  await rest();
  await vi.waitFor(() => expect(weak.deref() === undefined).toBe(true));
  expect("gc" in globalThis).toBe(false);
});

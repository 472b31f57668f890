import { expect, test } from "vitest";
import { Redraw } from "../../extension/src/chart/redraw.ts";

/** A page whose frames and drawings end when the test says so. */
function page() {
  const frames: (() => void)[] = [];
  const drawings: (() => void)[] = [];
  const state = { hasPlace: true, drawn: 0 };
  const redraw = new Redraw(
    () => state.hasPlace,
    () => {
      state.drawn++;
      return new Promise((resolve) => drawings.push(resolve));
    },
    (callback) => frames.push(callback),
  );
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  const next = async (from: (() => void)[]) => {
    from.shift()?.();
    await settled();
  };
  return { redraw, state, frames, frame: () => next(frames), drawingEnds: () => next(drawings) };
}

test("a hundred wishes before a frame are one drawing", async () => {
  const { redraw, state, frames, frame, drawingEnds } = page();
  for (let wish = 0; wish < 100; wish++) redraw.ask();
  expect([frames.length, state.drawn]).toEqual([1, 0]);
  await frame();
  await drawingEnds();
  expect([state.drawn, redraw.isDue]).toEqual([1, false]);
});

test("wishes while a slow drawing goes on are one more drawing, after it", async () => {
  const { redraw, state, frame, drawingEnds } = page();
  redraw.ask();
  await frame();
  for (let wish = 0; wish < 3; wish++) {
    redraw.ask();
    await frame();
  }
  expect(state.drawn).toBe(1);
  await drawingEnds();
  expect(state.drawn).toBe(2);
  await drawingEnds();
  expect([state.drawn, redraw.isDue]).toEqual([2, false]);
});

test("what is asked for while there is no place for it stays due, and is drawn when there is", async () => {
  const { redraw, state, frame, drawingEnds } = page();
  state.hasPlace = false;
  redraw.ask();
  await frame();
  expect([state.drawn, redraw.isDue]).toEqual([0, true]);
  state.hasPlace = true;
  const all = redraw.now();
  await drawingEnds();
  await all;
  expect([state.drawn, redraw.isDue]).toEqual([1, false]);
});

import { expect, test } from "vitest";
import { PointsFile } from "../../extension/src/run/points-file.ts";

/** A page whose kernel answers when the test says so. */
function page(steps: number | null = null, isOpen = false) {
  const said: (string | null)[] = [];
  const state = { files: 0, asked: 0 };
  let answer: (whole: boolean) => void = () => undefined;
  const file = new PointsFile({
    isWhole: () => false,
    have: () => {
      state.asked++;
      return new Promise((resolve) => (answer = resolve));
    },
    isOpen: () => isOpen,
    steps: () => steps,
    say: (text) => void said.push(text),
    write: () => void state.files++,
  });
  return { file, said, state, answer: (whole: boolean) => answer(whole) };
}

test("presses while the kernel is asked are one: the page says that it asks, then one file comes", async () => {
  const { file, said, state, answer } = page();
  const presses = [file.save(), file.save(), file.save()];
  expect(said).toEqual([expect.stringContaining("is asked for every point")]);
  answer(true);
  await Promise.all(presses);
  expect([state, said.at(-1)]).toEqual([{ files: 1, asked: 1 }, null]);
  const again = file.save();
  answer(true);
  await again;
  expect(state.files).toBe(2);
});

test("a panel that is closed while the kernel is asked saves no file", async () => {
  const { file, said, state, answer } = page();
  const press = file.save();
  file.dispose();
  answer(false);
  await press;
  expect([state.files, said]).toEqual([0, [expect.stringContaining("is asked")]]);
});

test("what is said of a file without all points is what is in it, and what helps", async () => {
  const cases: [steps: number | null, isOpen: boolean, words: string[]][] = [
    [null, false, ["saved output, at most 500", "Start a kernel"]],
    [15_000, false, ["the first 15,000 steps", "Start a kernel"]],
    [null, true, ["did not tell", "saved output, at most 500", "when the kernel is free"]],
    [15_000, true, ["did not tell", "the first 15,000 steps", "when the kernel is free"]],
  ];
  for (const [steps, isOpen, words] of cases) {
    const { file, said, state, answer } = page(steps, isOpen);
    const press = file.save();
    answer(false);
    await press;
    expect(state.files).toBe(1);
    for (const word of words) expect(said.at(-1)).toContain(word);
  }
});

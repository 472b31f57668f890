import { expect, test } from "vitest";
import { assertTrainable } from "../../../magics/train/make-run.ts";

test("a variable's name in quotes is told to be a text, another text the nearest name", () => {
  expect(() => assertTrainable("wine", "train", ["wine", "run"])).toThrow(
    'train: needs a data set, got "wine", a text: give the variable itself, without quotes. Make one with',
  );
  expect(() => assertTrainable("wyne", "train", ["wine", "run"])).toThrow('got "wyne"; did you mean "wine"? Make one');
});

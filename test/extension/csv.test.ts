import { expect, test } from "vitest";
import { csvCell, csvOf } from "../../extension/src/run/csv.ts";
import type { PointSeries } from "../../extension/src/run/points.ts";

test("a text that begins like a formula is text to a spreadsheet; commas, quotes and ends of lines are quoted", () => {
  expect(["=HYPERLINK(1)", "+1", "-a", "@sum", "\tx"].map(csvCell)).toEqual([
    "'=HYPERLINK(1)",
    "'+1",
    "'-a",
    "'@sum",
    "'\tx",
  ]);
  expect(["a,b", 'say "no"', "two\nlines", "two\rlines", '=A1,"x"'].map(csvCell)).toEqual([
    '"a,b"',
    '"say ""no"""',
    '"two\nlines"',
    '"two\rlines"',
    '"\'=A1,""x"""',
  ]);
  expect(csvCell("accuracy")).toBe("accuracy");
});

test("a file of points has a row a point; what is not known is empty", () => {
  const line = (name: string): PointSeries => ({
    name,
    split: "validation",
    step: [2, 4],
    epoch: [1, 2],
    seconds: [Number.NaN, 3],
    y: [null, 0.5],
  });
  expect(csvOf([line("=f1")], [line("memory")])).toBe(
    [
      "split,name,step,epoch,seconds,value",
      "validation,'=f1,2,1,,",
      "validation,'=f1,4,2,3,0.5",
      ",memory,2,1,,",
      ",memory,4,2,3,0.5",
      "",
    ].join("\n"),
  );
});

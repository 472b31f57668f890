import fc from "fast-check";
import { expect, test } from "vitest";
import { splitWords } from "../../magics/words.ts";

const texts = (line: string) => splitWords(line).map((word) => word.text);

test("blanks part words, quotes hold them together", () => {
  expect(texts(`train  "my data.csv" --note='it is "so"' end`)).toEqual([
    "train",
    "my data.csv",
    '--note=it is "so"',
    "end",
  ]);
  expect(texts('a "say \\"hi\\" \\\\ x"')).toEqual(["a", 'say "hi" \\ x']);
});

test("JSON goes on to its closing bracket and keeps its quotes", () => {
  expect(texts('predict run [{"age": 3, "job": "a ] b"}] --as p')).toEqual([
    "predict",
    "run",
    '[{"age": 3, "job": "a ] b"}]',
    "--as",
    "p",
  ]);
  expect(splitWords("[1]x y {}")).toEqual([
    { text: "[1]x", start: 0, end: 4 },
    { text: "y", start: 5, end: 6 },
    { text: "{}", start: 7, end: 9 },
  ]);
});

test("what was never closed is told, with what was read so far", () => {
  expect(splitWords('train "my da')).toEqual([
    { text: "train", start: 0, end: 5 },
    { text: "my da", start: 6, end: 12, unclosed: '"' },
  ]);
  expect(splitWords("[1, 2")[0]?.unclosed).toBe("[");
});

test("places never overlap and every word that is quoted in full comes back as it was", () => {
  const word = fc.string({ minLength: 1 }).filter((text) => !/[\r\n]/.test(text));
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 6 }), (given) => {
      const line = given.map((text) => `"${text.replaceAll(/["\\]/g, "\\$&")}"`).join(" ");
      const words = splitWords(line);
      expect(words.map((one) => one.text)).toEqual(given);
      for (const [index, one] of words.entries()) expect(one.start).toBe(index === 0 ? 0 : words[index - 1]!.end + 1);
    }),
  );
});

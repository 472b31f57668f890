import { expect, test } from "vitest";
import { Cell } from "../../../kernel/cells/cell.ts";
import { Output } from "../../../kernel/cells/output.ts";
import type { ToWire } from "../../../kernel/wire/link.ts";

test("what the timers of an ended cell print beyond the limit is left out, which is said once", () => {
  const texts: string[] = [];
  const output = new Output((sent: ToWire) => {
    if (sent.kind === "publish") texts.push(String((sent.message.content as { text: string }).text));
  });
  const cell = new Cell({} as never, "1", { shown: true, allowStdin: false });
  const million = "x".repeat(1024 * 1024);
  for (let k = 0; k < 16; k++) output.write(cell, "stdout", million);
  output.flush(cell);
  for (let k = 0; k < 3; k++) output.write(cell, "stdout", million);
  output.flush();
  const said = texts.filter((text) => !text.startsWith("x"));
  expect(said).toEqual(["\n… more is left out: a cell's output is kept to 16 million …\n"]);
  expect(texts.join("")).toHaveLength(16 * 1024 * 1024 + said[0]!.length);
});

test("after a flood the next cell's first line is not held back", () => {
  const texts: string[] = [];
  const output = new Output((sent: ToWire) => {
    if (sent.kind === "publish") texts.push(String((sent.message.content as { text: string }).text));
  });
  const [first, second] = ["1", "2"].map((label) => new Cell({} as never, label, { shown: true, allowStdin: false }));
  for (let k = 0; k < 1000; k++) output.write(first, "stdout", `${k}\n`);
  output.flush(first);
  expect(texts.length).toBeLessThan(100);
  output.write(second, "stdout", "first line\n");
  expect(texts.at(-1)).toBe("first line\n");
});

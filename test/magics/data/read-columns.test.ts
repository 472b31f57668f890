import type { Block, Table } from "@lepton/contract";
import { expect, test } from "vitest";
import { missingCode, readColumns } from "../../../magics/data/read-columns.ts";

function tableOf(rows: number, blocks: readonly Block[]): Table {
  return {
    uri: "test",
    rows,
    columns: [],
    skipped: 0,
    async *scan() {
      yield* blocks;
    },
    statistics: async () => [],
    head: async () => [],
    close: async () => undefined,
  };
}

const dictionary = ["a", "b"];
const blocks: readonly Block[] = [
  {
    rows: 2,
    columns: [
      { as: "f32", values: Float32Array.of(1, 2) },
      { as: "category", codes: Uint8Array.of(0, 1), dictionary },
    ],
  },
  {
    rows: 1,
    columns: [
      { as: "f32", values: Float32Array.of(Number.NaN) },
      { as: "category", codes: Uint8Array.of(0), dictionary, valid: Uint8Array.of(0) },
    ],
  },
];
const wanted = [
  { name: "x", as: "f32" as const },
  { name: "c", as: "category" as const },
];

test("blocks become whole columns in shared memory, with a code for missing", async () => {
  const [x, c] = await readColumns(tableOf(3, blocks), wanted);
  expect(x).toEqual({ as: "f32", values: Float32Array.of(1, 2, Number.NaN) });
  if (c?.as !== "codes") throw new Error("codes expected");
  expect([...c.codes]).toEqual([0, 1, missingCode(c.codes)]);
  expect(c.codes.buffer).toBeInstanceOf(SharedArrayBuffer);
});

test("the caller can stop between blocks", async () => {
  let asked = 0;
  const stop = () => {
    if (++asked === 2) throw new Error("stopped");
  };
  await expect(readColumns(tableOf(3, blocks), wanted, stop)).rejects.toThrow("stopped");
});

test("a source that announces other rows than it gives is found out", async () => {
  await expect(readColumns(tableOf(4, blocks), wanted)).rejects.toThrow("4 rows announced, 3 read");
});

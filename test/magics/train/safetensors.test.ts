import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { replaceFile } from "../../../magics/data/durable-file.ts";
import { decodeTensors, encodeTensors } from "../../../magics/train/safetensors.ts";

const folder = mkdtempSync(path.join(tmpdir(), "lepton-tensors-"));
afterAll(() => rmSync(folder, { recursive: true }));

const tensors = {
  "dense1.weight": { dtype: "f32", shape: [2, 2], data: Float32Array.of(1.5, -0, Number.NaN, 3e-45) },
  "adam.step": { dtype: "i64", shape: [], data: BigInt64Array.of(7n) },
  "über.flag": { dtype: "bool", shape: [3], data: Uint8Array.of(1, 0, 1) },
  odd: { dtype: "f64", shape: [1], data: Float64Array.of(Math.PI) },
} as const;

test("tensors come back bit for bit, with their metadata", () => {
  const file = path.join(folder, "a.safetensors");
  replaceFile(file, encodeTensors({ tensors, metadata: { epoch: "3" } }));
  const back = decodeTensors(readFileSync(file), file);
  expect(back.metadata).toEqual({ epoch: "3" });
  expect(back.tensors).toEqual(tensors);
});

test("the header is padded so that the data starts at a multiple of 8 bytes", () => {
  const [length] = encodeTensors({ tensors, metadata: {} });
  expect(Number(new DataView(length!.buffer).getBigUint64(0, true)) % 8).toBe(0);
});

test("a truncated file is an error that names it and what is missing", () => {
  const file = path.join(folder, "b.safetensors");
  replaceFile(file, encodeTensors({ tensors, metadata: {} }));
  const bytes = readFileSync(file);
  for (const length of [0, 5, 40, bytes.length - 1]) {
    expect(() => decodeTensors(bytes.subarray(0, length), file)).toThrow(/b\.safetensors is damaged/);
  }
});

test("a file that cannot be replaced keeps its old content and no rest", () => {
  const file = path.join(folder, "c");
  writeFileSync(file, "old");
  expect(() => replaceFile(path.join(folder, "none", "c"), ["new"])).toThrow(
    /cannot write .*: its folder does not exist/,
  );
  expect(() => replaceFile(file, ["new", undefined as never])).toThrow();
  expect(readFileSync(file, "utf8")).toBe("old");
  expect(readdirSync(folder).filter((name) => name.endsWith(".new"))).toEqual([]);
});

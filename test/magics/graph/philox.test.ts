import { keepMask, normal, permutation, philox4x32, uniform, words } from "@lepton/graph";
import { expect, test } from "vitest";

const hex = (block: Uint32Array): string => [...block].map((word) => word.toString(16).padStart(8, "0")).join(" ");

function block(counter: readonly number[], key: readonly number[]): string {
  const out = new Uint32Array(4);
  const [c0, c1, c2, c3, k0, k1] = [...counter, ...key] as [number, number, number, number, number, number];
  philox4x32(c0, c1, c2, c3, k0, k1, out, 0);
  return hex(out);
}

test("philox4x32-10 gives Random123's known answers", () => {
  const ones = 0xffffffff;
  expect(block([0, 0, 0, 0], [0, 0])).toBe("6627e8d5 e169c58d bc57ac4c 9b00dbd8");
  expect(block([ones, ones, ones, ones], [ones, ones])).toBe("408f276d 41c83b0e a20bc7c6 6d5451fd");
  const pi = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344];
  expect(block(pi, [0xa4093822, 0x299f31d0])).toBe("d16cfe09 94fdcceb 5001e420 24126ea1");
});

test("numbers depend on seed, step, key and purpose, and on nothing else", () => {
  const first = uniform(7, 3, 1, 50);
  uniform(7, 4, 1, 1000);
  expect(uniform(7, 3, 1, 50)).toEqual(first);
  expect(uniform(7, 3, 1, 20)).toEqual(first.slice(0, 20));
  const others = [uniform(8, 3, 1, 50), uniform(7, 4, 1, 50), uniform(7, 3, 2, 50), uniform(7, 3, 1, 50, "initial")];
  for (const other of others) expect(other).not.toEqual(first);
  expect(uniform(2 ** 40 + 7, 3, 1, 50)).not.toEqual(first);
  expect(uniform(7, 2 ** 40 + 3, 1, 50)).not.toEqual(first);
});

test("uniform numbers lie in [0, 1) and spread evenly", () => {
  const numbers = uniform(1, 0, 0, 100_000);
  const tenths = new Array<number>(10).fill(0);
  for (const number of numbers) {
    expect(number >= 0 && number < 1).toBe(true);
    tenths[Math.floor(number * 10)]! += 1;
  }
  for (const tenth of tenths) expect(Math.abs(tenth - 10_000)).toBeLessThan(400); // four deviations
});

test("normal numbers have mean 0, deviation 1 and no excess in the tails", () => {
  const numbers = normal(1, 0, 0, 100_001);
  const mean = numbers.reduce((a, b) => a + b, 0) / numbers.length;
  const square = numbers.reduce((a, b) => a + b * b, 0) / numbers.length;
  const beyond2 = numbers.filter((z) => Math.abs(z) > 2).length / numbers.length;
  expect(numbers.length).toBe(100_001);
  expect(Math.abs(mean)).toBeLessThan(0.013);
  expect(Math.abs(square - 1)).toBeLessThan(0.018);
  expect(Math.abs(beyond2 - 0.0455)).toBeLessThan(0.003);
});

test("a keep mask is 0 or 1 / (1 - rate), in the right proportion", () => {
  const mask = keepMask(1, 5, 2, 50_000, 0.3);
  expect(new Set(mask)).toEqual(new Set([0, Math.fround(1 / 0.7)]));
  expect(Math.abs(mask.filter((kept) => kept > 0).length / 50_000 - 0.7)).toBeLessThan(0.01);
  expect(keepMask(1, 5, 2, 10, 0)).toEqual(new Float32Array(10).fill(1));
});

test("a permutation holds each number once, another order each epoch, every place as likely", () => {
  const order = permutation(3, 0, 1000);
  expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
  expect(permutation(3, 0, 1000)).toEqual(order);
  expect(permutation(3, 1, 1000)).not.toEqual(order);
  const places = new Array<number>(4).fill(0);
  for (let epoch = 0; epoch < 4000; epoch++) places[permutation(3, epoch, 4).indexOf(0)]! += 1;
  for (const place of places) expect(Math.abs(place - 1000)).toBeLessThan(120);
  expect([...permutation(1, 0, 0)]).toEqual([]);
});

test("words are counted across blocks of four", () => {
  expect(words(1, "feed", 0, 0, 7)).toEqual(words(1, "feed", 0, 0, 100).slice(0, 7));
});

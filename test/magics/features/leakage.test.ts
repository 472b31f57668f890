import { displaySymbol } from "@lepton/contract";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Dataset } from "../../../magics/features/index.ts";
import { tellsTarget } from "../../../magics/features/leakage.ts";
import { csv, openWorkshop, type Workshop } from "./workshop.ts";

let shop: Workshop;
beforeAll(async () => {
  shop = await openWorkshop();
});
afterAll(() => shop.close());

const warnings = (made: Dataset) =>
  String(made[displaySymbol]()["text/plain"])
    .split("\n")
    .filter((line) => line.startsWith("Warning"));

test("columns that alone tell the target are warned of, whatever their kind", async () => {
  const text = csv(120, {
    noise: (i) => (i * 37) % 101,
    refund: (i) => (i % 2 === 0 ? 5 + (i % 7) : -3 - (i % 5)),
    "closed on": (i) => (i % 2 === 0 ? "" : i % 11),
    state: (i) => (i % 2 === 0 ? ["left", "gone"][(i / 2) % 2] : "stays"),
    size: (i) => ["S", "M", "L"][i % 3],
    churn: (i) => (i % 2 === 0 ? "yes" : "no"),
  });
  const made = await shop.features(await shop.write("churn.csv", text), { target: "churn" });
  expect(warnings(made)).toEqual([
    'Warning: each of refund, closed on, state by itself tells churn in every training row. Leave out what is not known when a prediction is made: --ignore "refund,closed on,state"',
  ]);
});

test("a number that is the target in another unit is warned of, one that goes along with it is not", async () => {
  const text = csv(120, {
    euros: (i) => ((i * 37) % 101) * 1.08 + 3,
    rooms: (i) => ((i * 37) % 101) + (i % 9),
    price: (i) => (i * 37) % 101,
  });
  const made = await shop.features(await shop.write("prices.csv", text), { target: "price", task: "regression" });
  expect(warnings(made)).toEqual([
    "Warning: euros by itself tells price in every training row. Leave out what is not known when a prediction is made: --ignore euros",
  ]);
});

test("a rare class and a file that is sorted by class are seen in a large table too", () => {
  const codes = Int32Array.from({ length: 50_000 }, (_, row) => (row < 100 ? 1 : 0));
  const rows = Uint32Array.from(codes.keys());
  const target = { codes, values: undefined, classes: ["no", "yes"] };
  const leak = Float32Array.from(codes, (code, row) => code * 100 + (row % 50));
  expect(tellsTarget(leak, false, target, rows)).toBe(true);
  leak[40_001] = 120;
  expect(tellsTarget(leak, false, target, rows)).toBe(false);
});

test("a few rows tell nothing, and neither does one value out of its range", () => {
  const raw = Float32Array.from({ length: 40 }, (_, row) => (row % 2) * 10 + (row % 5));
  const target = { codes: Int32Array.from(raw, (_, row) => row % 2), values: undefined, classes: ["a", "b"] };
  const rows = (count: number) => Uint32Array.from({ length: count }, (_, row) => row);
  expect(tellsTarget(raw, false, target, rows(40))).toBe(true);
  expect(tellsTarget(raw, false, target, rows(16))).toBe(false);
  raw[7] = 1;
  expect(tellsTarget(raw, false, target, rows(40))).toBe(false);
});

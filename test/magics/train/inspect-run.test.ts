import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import onnx from "@lepton/engine-onnx";
import duckdb from "@lepton/source-duckdb";
import { afterAll, expect, test } from "vitest";
import { createPlugins } from "../../../magics/plugins.ts";
import { samplesOf, statisticsOf, weightsOf } from "../../../magics/train/inspect-run.ts";
import { runFolder } from "../../../magics/train/process.ts";
import { writeSpec } from "../../../magics/train/run-folder.ts";
import { imageOf, pixelsOf } from "../../../magics/train/sample-pixels.ts";
import { makeSpec, type TrainSettings } from "../../../magics/train/spec.ts";
import { openWorkshop } from "../features/workshop.ts";
import { makeSmallDataset, type SmallOptions } from "./small-data.ts";

const root = mkdtempSync(path.join(tmpdir(), "lepton-inspect-"));
afterAll(() => rmSync(root, { recursive: true }));
const plugins = createPlugins();
plugins.add(onnx, "test");

async function trained(id: string, data: SmallOptions, settings: TrainSettings): Promise<string> {
  const manifest = makeSmallDataset(path.join(root, `${id}-data`), data);
  const folder = path.join(root, id);
  mkdirSync(folder);
  writeSpec(
    folder,
    makeSpec(settings, { id, name: id, manifest, datasetFolder: path.join(root, `${id}-data`), source: "" }),
  );
  expect(await runFolder(folder, plugins, { leaseGraceMs: null })).toMatchObject({ state: "finished" });
  return folder;
}

test("weights and gradients of a run are counted at its last checkpoint; rows are shown with what the model makes of them", async () => {
  const folder = await trained(
    "rows",
    { task: "binary" },
    { model: "mlp", hidden: [16], epochs: 3, dropout: 0.2, device: "auto" },
  );
  const { step, rows, parameters, more } = await weightsOf(folder, plugins);
  expect({ step, rows, more }).toEqual({ step: 30, rows: 32, more: 0 });
  expect(parameters.map(({ name }) => name)).toEqual(["dense1.weight", "dense1.bias", "dense2.weight", "dense2.bias"]);
  const [first] = parameters;
  const total = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count, 0);
  expect(total(first!.weight.histogram.counts)).toBe(6 * 16);
  expect(total(first!.gradient!.histogram.counts)).toBe(6 * 16);
  expect(first!.gradient!.deviation).toBeGreaterThan(0);

  const { split, image, features, samples } = await samplesOf(folder, plugins, root);
  expect({ split, image, features }).toEqual({
    split: "test",
    image: null,
    features: ["x0", "x1", "x2", "x3", "x4", "x5"],
  });
  expect(samples).toHaveLength(24);
  for (const { actual, predicted, isRight, probability } of samples) {
    expect(isRight).toBe(actual === predicted);
    expect(probability).toBeGreaterThanOrEqual(0.5);
  }
  const worst = samples.slice(0, 12).filter(({ isRight }) => !isRight);
  const wrong = worst.map(({ probability }) => probability!);
  expect(wrong).toEqual([...wrong].sort((a, b) => b - a));
}, 60_000);

test("rows of a file are shown in the file's own values while it is there, else as training saw them", async () => {
  const shop = await openWorkshop();
  try {
    plugins.add(duckdb, "test");
    const { manifest, folder: data } = await shop.features("credit.csv", { target: "Status" });
    const folder = path.join(root, "credit");
    const settings = { model: "linear", epochs: 1 } as const;
    const place = { id: "credit", name: "credit", manifest, datasetFolder: data, source: "" };
    mkdirSync(folder);
    writeSpec(folder, makeSpec(settings, place));
    expect(await runFolder(folder, plugins, { leaseGraceMs: null })).toMatchObject({ state: "finished" });

    const { columns, samples } = await samplesOf(folder, plugins, shop.folder);
    expect(columns).toEqual(manifest.columns.map(({ name }) => name));
    const age = columns!.indexOf("Age");
    for (const { raw } of samples) {
      expect(raw).toHaveLength(columns!.length);
      expect(raw![age]).toBeGreaterThanOrEqual(18);
    }
    const elsewhere = await samplesOf(folder, plugins, root);
    expect(elsewhere.columns).toBeUndefined();
    expect(elsewhere.samples[0]).not.toHaveProperty("raw");
    expect(elsewhere.samples[0]!.values).toHaveLength(elsewhere.features.length);
  } finally {
    await shop.close();
  }
}, 60_000);

test("rows that are images are sent as bytes", async () => {
  const folder = await trained(
    "images",
    { task: "multiclass", rowShape: [8, 8, 1] },
    { model: "cnn", filters: [4], hidden: [8], epochs: 1 },
  );
  const { image, samples } = await samplesOf(folder, plugins, root);
  expect(image).toEqual([8, 8, 1]);
  expect(Buffer.from(samples[0]!.pixels!, "base64")).toHaveLength(64);
  expect(samples[0]!.actual).toMatch(/^c[012]$/);
}, 60_000);

test("large images are sent smaller; a row of features is no image", () => {
  expect(imageOf([200, 100, 3])).toEqual([50, 25, 3]);
  expect(Buffer.from(pixelsOf(new Float32Array(200 * 100 * 3), [200, 100, 3]), "base64")).toHaveLength(50 * 25 * 3);
  expect([imageOf([12]), imageOf([8, 8, 2]), imageOf([2, 40]), imageOf([8, 8, 8, 1])]).toEqual([
    null,
    null,
    null,
    null,
  ]);
  const bytes = (row: number[]) => [...Buffer.from(pixelsOf(Float32Array.from(row), [1, row.length]), "base64")];
  expect(bytes([0, 0.5, 1])).toEqual([0, 128, 255]);
  expect(bytes([0, 51, 255])).toEqual([0, 51, 255]);
  expect(bytes([-1, 0, 1])).toEqual([0, 128, 255]);
});

test("values that are not finite are counted and left out of a tensor's statistics", () => {
  expect(statisticsOf(Float32Array.of(1, 3, Number.NaN))).toMatchObject({
    mean: 2,
    deviation: 1,
    low: 1,
    high: 3,
    notFinite: 1,
  });
  expect(statisticsOf(Float32Array.of(Number.NaN))).toMatchObject({ mean: null, low: null, notFinite: 1 });
});

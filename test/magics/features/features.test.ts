import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { displaySymbol, MIME } from "@lepton/contract";
import { encodeRows, rawWidth } from "@lepton/graph/stages";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  applyPlan,
  type Dataset,
  datasetVerb,
  describeVerb,
  headVerb,
  loadDataset,
} from "../../../magics/features/index.ts";
import { csv, openWorkshop, type Workshop } from "./workshop.ts";

let shop: Workshop;
let credit: Dataset;
beforeAll(async () => {
  shop = await openWorkshop();
  credit = await shop.features("credit.csv", { target: "Status" });
});
afterAll(() => shop.close());

test("credit data becomes a binary data set of all its columns", () => {
  expect(credit).toMatchObject({ task: "binary", target: "Status", classes: ["bad", "good"], name: "credit" });
  expect(credit.manifest.target.positive).toBe("good");
  expect(credit.columns.map(({ name, kind }) => `${name}:${kind}`).join(" ")).toBe(
    "Seniority:number Home:category Time:number Age:number Marital:category Records:category Job:category Expenses:number Income:number Assets:number Debt:number Amount:number Price:number",
  );
  expect(credit.columns.find(({ name }) => name === "Income")!.nullable).toBe(true);
  expect(credit.columns.find(({ name }) => name === "Age")!.nullable).toBe(false);
  expect(credit.features).toContain("Home=owner");
  expect(credit.features).toContain("Income_missing");
});

test("the split has the asked shares of each class", () => {
  expect(credit.rows).toEqual({ train: 3118, validation: 668, test: 668 });
  expect(credit.manifest.classCounts).toEqual([878, 2240]);
  expect(credit.manifest.split).toEqual({
    seed: 42,
    stratified: true,
    fractions: { train: 0.7, validation: 0.15, test: 0.15 },
  });
});

test("numbers have mean 0 and deviation 1 in training, and nothing is NaN anywhere", async () => {
  const { x, y, rows } = await credit.arrays("train");
  const width = credit.features.length;
  const age = credit.features.indexOf("Age");
  const ages = Array.from({ length: rows }, (_, row) => x[row * width + age]!);
  const mean = ages.reduce((sum, value) => sum + value, 0) / rows;
  expect(mean).toBeCloseTo(0, 5);
  expect(Math.sqrt(ages.reduce((sum, value) => sum + (value - mean) ** 2, 0) / rows)).toBeCloseTo(1, 5);
  expect(Array.from(y).reduce((sum, value) => sum + value, 0)).toBe(2240);
  for (const split of ["train", "validation", "test"] as const) {
    expect((await credit.arrays(split)).x.every(Number.isFinite)).toBe(true);
  }
});

test("a named row gives the same features as the row in the file did", async () => {
  const { plan } = credit;
  const rows = credit.head(100).map((row) => ({ ...row, extra: "ignored" }));
  const features = applyPlan(plan!, encodeRows(plan!.stages, rows), rawWidth(plan!.stages));
  const known = new Set<string>();
  for (const split of ["train", "validation", "test"] as const) {
    const { x, rows: count } = await credit.arrays(split);
    for (let row = 0; row < count; row++)
      known.add(x.subarray(row * credit.features.length, (row + 1) * credit.features.length).join());
  }
  for (let row = 0; row < rows.length; row++) {
    expect(known).toContain(features.subarray(row * credit.features.length, (row + 1) * credit.features.length).join());
  }
});

test("equal inputs and seed give the same folder, byte for byte; another seed gives another", async () => {
  const again = await openWorkshop();
  try {
    const same = await again.features("credit.csv", { target: "Status" });
    expect(same.id).toBe(credit.id);
    for (const name of (await readdir(credit.folder)).filter((file) => file !== "dataset.json")) {
      expect(await readFile(path.join(same.folder, name))).toEqual(await readFile(path.join(credit.folder, name)));
    }
    const other = await again.features("credit.csv", { target: "Status", seed: 7 });
    expect(other.id).not.toBe(credit.id);
    expect((await other.arrays("train")).y).not.toEqual((await credit.arrays("train")).y);
  } finally {
    await again.close();
  }
});

test("two notebooks that make the same data set at once share it", async () => {
  const shared = await openWorkshop();
  try {
    const made = await Promise.all([1, 2].map(() => shared.features("credit.csv", { target: "Status" })));
    expect(made.map(({ id }) => id)).toEqual([credit.id, credit.id]);
    expect(await readdir(path.join(shared.folder, ".lepton", "datasets"))).toEqual([credit.id]);
  } finally {
    await shared.close();
  }
});

test("the manifest's hashes are those of the files", async () => {
  for (const { x, y } of Object.values(credit.manifest.arrays)) {
    for (const { file, sha256, shape } of [x, y]) {
      const bytes = await readFile(path.join(credit.folder, file));
      expect(createHash("sha256").update(bytes).digest("hex")).toBe(sha256);
      expect(bytes.length).toBe(4 * shape.reduce((size, part) => size * part, 1));
    }
  }
});

test("a data set is loaded from its folder as it was", async () => {
  const loaded = loadDataset(credit.folder);
  expect(loaded.manifest).toEqual(credit.manifest);
  expect((await loaded.arrays("test")).x).toEqual((await credit.arrays("test")).x);
  expect(() => loadDataset(shop.folder)).toThrow(expect.objectContaining({ code: "LEPTON_FILE_MISSING" }));
});

test("it shows itself as our MIME type, escaped HTML and text", async () => {
  const file = await shop.write(
    "wild.csv",
    csv(60, { "<b>": (i) => i % 5, kind: (i) => (i % 2 ? "<script>" : "&"), y: (i) => i % 3 }),
  );
  const wild = await shop.features(file, { target: "y" });
  const bundle = wild[displaySymbol]();
  expect(Object.keys(bundle)).toEqual([MIME.table, "text/html", "text/plain"]);
  expect(bundle["text/html"]).not.toContain("<script>");
  expect(bundle["text/html"]).toContain("&lt;script&gt;");
  expect(String(bundle["text/plain"])).toMatch(/wild: multiclass of y, 60 rows/);
  expect(String(credit[displaySymbol]()["text/plain"])).toMatch(
    /Income +number +\d+ +6 \.\. \d+ \.\. \d+ +standardised, missing = median and an indicator/,
  );
});

test("head and describe show a file's and a data set's rows", async () => {
  const head = await shop.run<readonly Record<string, unknown>[]>(headVerb, "credit.csv", { rows: 2 });
  expect(head).toHaveLength(2);
  expect(head[0]).toMatchObject({ Status: "good", Seniority: 9, Home: "rent" });
  expect(credit.head(2)).toEqual([...head]);
  expect(() => credit.head(1000)).toThrow(expect.objectContaining({ code: "LEPTON_OPTION_RANGE" }));
  const described = await shop.run<readonly { name: string; missing: number }[]>(describeVerb, "credit.csv");
  expect(described.find(({ name }) => name === "Income")!.missing).toBe(381);
  expect(credit.describe().find(({ name }) => name === "Income")!.missing).toBe(261);
});

test("its TypeScript type names the columns and their values", async () => {
  const { featuresVerb } = await import("../../../magics/features/index.ts");
  const type = featuresVerb.typeOf!(credit);
  expect(type).toMatch(/^Lepton\.Dataset<\{ Seniority: number; Home: "ignore" \| "other" \| "owner"/);
  expect(type).toMatch(/Income: number \| null; .*, "bad" \| "good">$/);
});

test("numbers too close together for f32 keep their differences, in the file and in a row", async () => {
  const text = csv(100, { stamp: (i) => 1_700_000_000 + (i % 7), y: (i) => i % 2 });
  const made = await shop.features(await shop.write("stamps.csv", text), { target: "y" });
  const plan = made.plan!;
  expect(plan.report.find(({ name }) => name === "stamp")).toMatchObject({ min: 1_700_000_000, max: 1_700_000_006 });
  expect(plan.report.find(({ name }) => name === "stamp")!.note).toMatch(/counted from 170000000\d/);
  const rows = Array.from({ length: 7 }, (_, i) => ({ stamp: 1_700_000_000 + i }));
  const steps = applyPlan(plan, encodeRows(plan.stages, rows), 1);
  expect(new Set(steps).size).toBe(7);
  const { x } = await made.arrays("train");
  expect(new Set(x)).toEqual(new Set(steps));
});

test("its example is a row that can be predicted", () => {
  expect(credit.example).toMatchObject({ Seniority: 5, Home: "owner", Records: "no" });
  expect(encodeRows(credit.plan!.stages, [credit.example])).toHaveLength(13);
});

test("arrays from a cell become a data set with their own shape", async () => {
  const x = Float32Array.from({ length: 100 * 4 }, (_, i) => i);
  const y = Int32Array.from({ length: 100 }, (_, i) => i % 4);
  const made = await shop.run<Dataset>(
    datasetVerb,
    { x, y, shape: [100, 2, 2, 1], classes: ["n", "e", "s", "w"] },
    { name: "wind" },
  );
  expect([made.name, made.task, made.classes]).toEqual(["wind", "multiclass", ["n", "e", "s", "w"]]);
  expect(made.rows).toEqual({ train: 72, validation: 12, test: 16 });
  const { x: rows, y: classes, shape } = await made.arrays("train");
  expect(shape).toEqual([72, 2, 2, 1]);
  for (let row = 0; row < 72; row++) expect(classes[row]).toBe((rows[row * 4]! / 4) % 4);
  expect(String(made[displaySymbol]()["text/plain"])).toContain("[2, 2, 1] a row, as they came");
});

test("nested arrays and class names are taken as they are", async () => {
  const x = Array.from({ length: 40 }, (_, i) => [i, -i]);
  const made = await shop.run<Dataset>(
    datasetVerb,
    { x, y: x.map((_, i) => (i % 2 ? "odd" : "even")) },
    { positive: "even" },
  );
  expect([made.task, made.classes]).toEqual(["binary", ["odd", "even"]]);
  expect((await made.arrays("test")).y).toBeInstanceOf(Float32Array);
});

test.each([
  [{ x: [[1, 2]], y: [1, 2] }, "LEPTON_SHAPE", /x has 1 rows, y has 2/],
  [
    { x: new Float32Array(24), y: [1, 2, 3], shape: [4, 2] },
    "LEPTON_SHAPE",
    /needs 8 numbers .* x has 24 numbers; the rows come first: shape: \[3, 4, 2\]\./,
  ],
  [{ x: [1, 2, 3], y: [1], shape: [1, 2] }, "LEPTON_SHAPE", /needs 2 numbers.*x has 3/],
  [
    { x: [[1, 2], [3], [4, 5, 6]], y: [1, 2, 3] },
    "LEPTON_SHAPE",
    /x\[1\] must hold 2 values as the first row does, got 1 values/,
  ],
  [
    {
      x: [
        [[1], [2]],
        [[3], 4],
      ],
      y: [1, 2],
    },
    "LEPTON_SHAPE",
    /x\[1\]\[1\] must hold 1 values as the first row does, got 4/,
  ],
  [{ x: [[1], [2]], z: 1, y: [1, 2] }, "LEPTON_OPTION_UNKNOWN", /no key "z"/],
  [{ x: [["a"]], y: [1] }, "LEPTON_OPTION_VALUE", /position 0 holds "a"/],
  [{ x: [[1], [Number.NaN], [3]], y: [1, 2, 3] }, "LEPTON_COLUMN_TYPE", /NaN in row 1/],
  [{ x: [[1], [2], [3]], y: ["a", "a", "a"] }, "LEPTON_TARGET", /"a" in every row/],
  ["credit", "LEPTON_OPTION_VALUE", /an object \{ x, y, shape \} is expected, got "credit"/],
])("arrays that do not fit are refused: %j", async (arrays, code, message) => {
  await expect(shop.run(datasetVerb, arrays)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
});

test("interrupting the cell ends the work and leaves nothing behind", async () => {
  const stopped = await openWorkshop();
  try {
    const work = stopped.features("credit.csv", { target: "Status" });
    stopped.host.stop.abort();
    await expect(work).rejects.toMatchObject({ code: "LEPTON_INTERRUPTED" });
    expect((await readdir(stopped.folder)).filter((name) => name !== "credit.csv")).toEqual([]);
  } finally {
    await stopped.close();
  }
});

test("a missing value of an ordinal stays missing when the order names a value that the file lacks", async () => {
  const sizes = ["S", "M", "L", undefined];
  const text = csv(80, { size: (row) => sizes[row % 4], target: (row) => row % 2, other: (row) => row });
  await shop.write("sizes.csv", text);
  const data = await shop.features("sizes.csv", {
    target: "target",
    ordinal: ["size=XS<S<M<L<XL"],
    split: [50, 25, 25],
  });
  expect(data.features).toContain("size_missing");
  const { x } = await data.arrays("train");
  const place = data.features.indexOf("size_missing");
  const missing = Array.from({ length: data.rows.train }, (_, row) => x[row * data.features.length + place]!);
  const [low, high] = [Math.min(...missing), Math.max(...missing)];
  expect(low).toBeLessThan(high); // some rows are missing, and some are not
});

test("a data set of which a power cut left a part is made anew", async () => {
  const again = () => shop.features("credit.csv", { target: "Status", seed: 77 });
  const { manifest, folder } = await again();
  await writeFile(path.join(folder, "dataset.json"), "");
  expect(() => loadDataset(folder)).toThrow("dataset.json is damaged; make the data set again.");
  expect((await again()).manifest.arrays).toEqual(manifest.arrays);
});

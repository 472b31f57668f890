import { afterAll, beforeAll, expect, test } from "vitest";
import { csv, openWorkshop, type Workshop } from "./workshop.ts";

let shop: Workshop;
beforeAll(async () => {
  shop = await openWorkshop();
});
afterAll(() => shop.close());

async function refusal(text: string, options: Readonly<Record<string, unknown>>): Promise<string> {
  const file = await shop.write("bad.csv", text);
  return await shop.features(file, { target: "y", ...options }).then(
    () => "nothing was refused",
    (error: { code: string; message: string }) => `${error.code}: ${error.message}`,
  );
}

const plain = {
  a: (i: number) => i % 10,
  c: (i: number) => ["u", "v", "w"][i % 3],
  y: (i: number) => (i % 2 ? "yes" : "no"),
};

test("a missing file is named with the nearest one there", async () => {
  await expect(shop.features("creditt.csv", { target: "Status" })).rejects.toMatchObject({
    code: "LEPTON_FILE_MISSING",
    message: expect.stringContaining('did you mean "credit.csv"?'),
  });
  await expect(shop.features("no/such/folder.csv", { target: "y" })).rejects.toThrow(/does not exist/);
  await expect(shop.features("notes.docx", { target: "y" })).rejects.toMatchObject({ code: "LEPTON_FILE_MISSING" });
});

test("a file that no source reads is named with what can be read", async () => {
  await shop.write("notes.docx", "hello");
  await expect(shop.features("notes.docx", { target: "y" })).rejects.toMatchObject({
    code: "LEPTON_FILE_FORMAT",
    message: expect.stringContaining("CSV, TSV, Parquet and JSON"),
  });
});

test("an unknown target, split column or column of an option is named with the nearest", async () => {
  expect(await refusal(csv(50, plain), { target: "Y" })).toMatch(
    /LEPTON_COLUMN_UNKNOWN: features: no column "Y"; did you mean "y"\? Columns: a, c, y\./,
  );
  expect(await refusal(csv(50, plain), { ignore: ["b"] })).toMatch(/LEPTON_COLUMN_UNKNOWN/);
  expect(await refusal(csv(50, plain), { splitBy: "dates" })).toMatch(/LEPTON_COLUMN_UNKNOWN/);
  expect(await refusal(csv(50, plain), { kinds: { a: "catgory" } })).toMatch(
    /LEPTON_OPTION_VALUE.*did you mean "category"/,
  );
  expect(await refusal(csv(50, plain), { split: [50, 50] })).toMatch(/LEPTON_OPTION_VALUE.*adding up to 100/);
  expect(await refusal(csv(50, plain), { positive: "Yes" })).toMatch(/no class "Yes"; did you mean "yes"\?/);
  expect(await refusal(csv(50, plain), { ordinal: ["c=u<v"] })).toMatch(/lacks "w"; name every value/);
});

test("a target that cannot be learnt is refused with the reason", async () => {
  expect(await refusal(csv(50, { ...plain, y: () => "same" }), {})).toMatch(/LEPTON_TARGET.*"same" in every row/);
  expect(await refusal(csv(50, { ...plain, y: () => 3 }), {})).toMatch(/LEPTON_TARGET.*"3" in every row/);
  expect(await refusal(csv(50, { ...plain, y: () => null }), {})).toMatch(/LEPTON_TARGET.*only missing values/);
  expect(await refusal(csv(50, { ...plain, y: (i) => (i === 7 ? 1e308 : i / 3) }), {})).toMatch(
    /LEPTON_TARGET.*1e\+308 in row 8/,
  );
  expect(await refusal(csv(50, { ...plain, y: (i) => (i === 7 ? "inf" : i / 3) }), {})).toMatch(
    /LEPTON_TARGET.*Infinity in row 8/,
  );
  expect(await refusal(csv(50, { ...plain, y: (i) => "abc"[i % 3] }), { task: "binary" })).toMatch(
    /LEPTON_TARGET.*3 classes.*multiclass/,
  );
  expect(await refusal(csv(50, { ...plain, y: (i) => "ab"[i % 2] }), { task: "regression" })).toMatch(
    /LEPTON_TARGET.*holds text/,
  );
  expect(await refusal(csv(2, plain), {})).toMatch(/LEPTON_TARGET.*only 2 rows/);
});

test("rows without a target are left out and counted", async () => {
  const file = await shop.write(
    "gaps.csv",
    csv(100, { ...plain, y: (i) => (i % 10 === 0 ? null : i % 2 ? "yes" : "no") }),
  );
  const made = await shop.features(file, { target: "y" });
  expect(Object.values(made.rows).reduce((a, b) => a + b)).toBe(90);
  expect(made.withoutTarget).toBe(10);
});

test("columns that say nothing are left out, each with its reason", async () => {
  const text = csv(60, {
    id: (i) => i + 1,
    user_id: (i) => 7919 * i + 13,
    name: (i) => `person ${i}`,
    constant: () => 5,
    one: () => "x",
    empty: () => null,
    a: (i) => i % 7,
    y: (i) => i % 2,
  });
  const made = await shop.features(await shop.write("ids.csv", text), { target: "y" });
  expect(made.columns.map(({ name }) => name)).toEqual(["a"]);
  const reasons = Object.fromEntries(made.plan!.report.map(({ name, note }) => [name, note]));
  expect(reasons).toMatchObject({
    id: "counts the rows",
    user_id: "an identifier: 60 different values in 60 rows",
    name: "text with 60 different values in 60 rows",
    constant: "one value only",
    one: "one value only",
    empty: "only missing values",
  });
  expect(await refusal(csv(60, { id: (i) => i, y: (i) => i % 2 }), {})).toMatch(
    /LEPTON_DATA_EMPTY.*id: counts the rows/,
  );
});

test("a bad row stops with its line, or is skipped and counted", async () => {
  const text = `${csv(50, plain)}1,u\n2,v,no,extra\n`;
  expect(await refusal(text, {})).toMatch(/LEPTON_ROW_BAD.*line 52.*2 rows cannot be read, 50 can.*--on-bad-row skip/);
  const made = await shop.features("bad.csv", { target: "y", onBadRow: "skip" });
  expect(made.manifest.source).toMatchObject({ rows: 50, skipped: 2 });
});

test("a column that changes its type half-way stops, or becomes a category when the user says so", async () => {
  const text = csv(100, { ...plain, a: (i) => (i < 60 ? i % 5 : "old") });
  expect(await refusal(text, {})).toMatch(/LEPTON_ROW_BAD.*line 62: column "a" holds numbers elsewhere, here "old"/);
  const made = await shop.features("bad.csv", { target: "y", kinds: { a: "category" } });
  expect(made.columns[0]).toMatchObject({ name: "a", kind: "category", categories: ["0", "1", "2", "3", "4", "old"] });
});

test("1e308, infinities and NaN in a column leave its other values apart", async () => {
  const wild: Readonly<Record<number, unknown>> = { 3: 1e308, 20: "inf", 30: "-inf", 40: "NaN" };
  const made = await shop.features(
    await shop.write("wild.csv", csv(400, { a: (i) => wild[i] ?? i % 10, y: (i) => i % 2 })),
    { target: "y" },
  );
  const { x, rows } = await made.arrays("train");
  const values = Array.from({ length: rows }, (_, row) => x[row * made.features.length]!);
  expect(values.every(Number.isFinite)).toBe(true);
  const ordinary = [...new Set(values)].sort((a, b) => a - b).slice(1, -1);
  expect(ordinary.length).toBeGreaterThanOrEqual(9);
  expect(ordinary.at(-1)! - ordinary[0]!).toBeGreaterThan(0.5);
  expect(made.plan!.report.find(({ name }) => name === "a")!.note).toMatch(/extreme values? cut/);
});

test("a split by words or by time is taken as it is, and one that leaves nothing to learn is refused", async () => {
  const words = csv(90, { ...plain, part: (i) => (i < 60 ? "train" : i < 75 ? "val" : "test") });
  const given = await shop.features(await shop.write("words.csv", words), { target: "y", splitBy: "part" });
  expect(given.rows).toEqual({ train: 60, validation: 15, test: 15 });
  expect(given.columns.map(({ name }) => name)).not.toContain("part");
  const day = (i: number) => new Date(Date.UTC(2024, 0, 200 - i)).toISOString().slice(0, 10);
  const dated = await shop.features(await shop.write("dated.csv", csv(100, { ...plain, day, row: (i) => i * i })), {
    target: "y",
    splitBy: "day",
    split: [60, 20, 20],
    scale: "none",
    clip: 0,
  });
  const at = dated.features.indexOf("row");
  const rows = async (split: "train" | "test") => {
    const { x, rows: count } = await dated.arrays(split);
    return Array.from({ length: count }, (_, row) => Math.sqrt(x[row * dated.features.length + at]!));
  };
  expect(Math.min(...(await rows("train")))).toBe(40); // later rows have earlier days
  expect(Math.max(...(await rows("test")))).toBe(19);
  expect(await refusal(csv(90, { ...plain, day: (i) => (i === 41 ? null : day(i)) }), { splitBy: "day" })).toMatch(
    /LEPTON_COLUMN_TYPE: features: splitBy "day" has no value in row 42; every row needs one/,
  );
  expect(await refusal(csv(90, { ...plain, part: (i) => (i < 60 ? "train" : "tset") }), { splitBy: "part" })).toMatch(
    /row 61 says "tset"/,
  );
  expect(await refusal(csv(90, { ...plain, part: (i) => (i % 2 ? "train" : "test") }), { splitBy: "part" })).toMatch(
    /LEPTON_TARGET.*1 class/,
  );
});

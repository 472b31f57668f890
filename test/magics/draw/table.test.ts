import { MIME } from "@lepton/contract";
import { expect, test } from "vitest";
import { type TableView, tableBundle } from "../../../magics/draw/table.ts";

test("a table comes as our own type, as html and as text", () => {
  const bundle = tableBundle({
    columns: ["name", "rows"],
    rows: [
      ["credit", 4454],
      ["数字", null],
    ],
    caption: "Data sets",
  });
  expect(bundle["text/plain"]).toBe("Data sets\nname    rows\n────────────\ncredit  4454\n数字");
  expect(bundle["text/html"]).toContain('<td style="text-align: right">4454</td>');
  expect((bundle[MIME.table] as TableView).columns[1]).toEqual({ name: "rows", doc: null, align: "right" });
});

test("cells and names never become markup", () => {
  const html = tableBundle({ columns: ["<i>"], rows: [["<script>alert(1)</script>"]], caption: "<b>" })[
    "text/html"
  ] as string;
  expect(html).not.toMatch(/<(script|i|b)>/);
});

test("what JSON lacks becomes text", () => {
  const view = tableBundle({ columns: ["x"], rows: [[Number.NaN], [10n], [new Date(0)], [{ a: 1n }]] })[
    MIME.table
  ] as TableView;
  expect(view.rows.flat()).toEqual(["NaN", "10", "1970-01-01T00:00:00.000Z", '{"a":"1"}']);
});

test("a long table is cut and says how many rows are left out", () => {
  const bundle = tableBundle({ columns: ["i"], rows: Array.from({ length: 1500 }, (_, i) => [i]), total: 10_000 });
  expect(bundle["text/plain"]).toContain("… 9,800 more of 10,000 rows");
  expect((bundle[MIME.table] as TableView).rows).toHaveLength(1000);
});

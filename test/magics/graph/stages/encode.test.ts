import {
  datePart,
  dateParts,
  encodeRows,
  namedRows,
  parseDate,
  type RawRow,
  rawWidth,
  type Stages,
} from "@lepton/graph/stages";
import fc from "fast-check";
import { expect, test } from "vitest";

const stages: Stages = {
  version: 1,
  columns: [
    { kind: "number", column: "age" },
    { kind: "category", column: "home", categories: ["owner", "rent"] },
    { kind: "ordinal", column: "size", categories: ["S", "M", "L"] },
    { kind: "boolean", column: "member" },
    { kind: "date", column: "since", parts: ["year", "weekday"] },
  ],
};
const row = { age: 30, home: "rent", size: "M", member: true, since: "2024-05-01" };
const none = Number.NaN;

test("a row becomes its raw numbers in the order of the columns; other keys are ignored", () => {
  expect(rawWidth(stages)).toBe(6);
  expect([...encodeRows(stages, [{ ...row, extra: {} }])]).toEqual([30, 1, 1, 1, 2024, 2]);
});

test("null, undefined and NaN are missing; an unseen category is -1, an unseen ordinal missing", () => {
  const missing = { age: null, home: undefined, size: null, member: null, since: null };
  expect([...encodeRows(stages, [missing])]).toEqual([none, none, none, none, none, none]);
  expect([...encodeRows(stages, [{ ...row, home: "boat", size: "XL", age: none }])].slice(0, 3)).toEqual([
    none,
    -1,
    none,
  ]);
});

test("what a row inherits is no column of it: a Map has a size, and every object a constructor", () => {
  const stages = {
    version: 1,
    columns: ["size", "constructor"].map((column) => ({ kind: "number", column })),
  } as Stages;
  expect(() => encodeRows(stages, [new Map() as unknown as RawRow])).toThrowError(/row 0 lacks "size", "constructor"/);
  expect([...encodeRows(stages, [{ size: 1, constructor: 2 } as unknown as RawRow])]).toEqual([1, 2]);
});

test("a row that lacks columns names all of them, and the row", () => {
  const { age: _, since: __, ...rest } = row;
  expect(() => encodeRows(stages, [row, rest])).toThrow(
    expect.objectContaining({
      code: "LEPTON_COLUMN_MISSING",
      message: 'row 1 lacks "age", "since"; give null where a value is not known.',
    }),
  );
});

test.each([
  [{ age: "30" }, 'row 0, column "age": a number or null expected, got "30".'],
  [{ home: ["rent"] }, 'row 0, column "home": text or null expected, got ["rent"].'],
  [{ member: "yes" }, 'row 0, column "member": true, false or null expected, got "yes".'],
  [{ since: "yesterday" }, /row 0, column "since": a date such as .* got "yesterday"/],
  [{ since: "2024-02-30" }, /got "2024-02-30"/],
])("a value of the wrong type names row, column and value: %j", (wrong, message) => {
  const expected = typeof message === "string" ? message : expect.stringMatching(message);
  expect(() => encodeRows(stages, [{ ...row, ...wrong }])).toThrow(
    expect.objectContaining({ code: "LEPTON_COLUMN_TYPE", message: expected }),
  );
});

test("what is no row is said to be none", () => {
  expect(() => encodeRows(stages, [row, 3 as never], 2048)).toThrow(/^row 2049: /);
  expect(() => encodeRows(stages, [3 as never])).toThrow(expect.objectContaining({ code: "LEPTON_COLUMN_TYPE" }));
});

test("rows may come as values in column order; another width is an error with the order", () => {
  expect(namedRows(stages, [[30, "rent", "M", true, "2024-05-01"]])).toEqual([row]);
  expect(() => namedRows(stages, [[30]])).toThrow(
    expect.objectContaining({
      code: "LEPTON_SHAPE",
      message: expect.stringContaining("In order: age, home, size, member, since"),
    }),
  );
});

test("numbers stand for categories by their text", () => {
  const numeric: Stages = { version: 1, columns: [{ kind: "category", column: "floor", categories: ["1", "2"] }] };
  expect([...encodeRows(numeric, [{ floor: 2 }, { floor: "1" }])]).toEqual([1, 0]);
});

test("a number finds the category that a file writes otherwise: 32.0, as pandas writes whole numbers with gaps, or 007", () => {
  const categories = ["32.0", "007", "1e3", "5", "5.0", "", "north"];
  const floors: Stages = { version: 1, columns: [{ kind: "category", column: "floor", categories }] };
  const codesOf = (values: readonly (string | number)[]) => [
    ...encodeRows(
      floors,
      values.map((floor) => ({ floor })),
    ),
  ];
  expect(codesOf([32, 7, 1000, 5, "5.0", 0, 33])).toEqual([0, 1, 2, 3, 4, -1, -1]);
  expect(codesOf(["32"])).toEqual([-1]); // a text is taken by its letters
});

test("parts of any instant are those of the calendar", () => {
  fc.assert(
    fc.property(fc.integer({ min: -60_000_000_000, max: 200_000_000_000 }), (seconds) => {
      const date = new Date(seconds * 1000);
      const newYear = new Date(date).setUTCMonth(0, 1);
      const days = Math.floor(seconds / 86_400) - Math.floor(newYear / 86_400_000);
      expect(dateParts.map((part) => datePart(part, seconds))).toEqual([
        date.getUTCFullYear(),
        date.getUTCMonth() + 1,
        (date.getUTCDay() + 6) % 7,
        days + 1,
        date.getUTCHours(),
      ]);
    }),
    { seed: 3, numRuns: 2000 },
  );
});

test("dates are ISO text with or without time and zone; nothing else is guessed", () => {
  expect(parseDate("2024-05-01")).toBe(Date.UTC(2024, 4, 1) / 1000);
  expect(parseDate("2024-05-01 12:30")).toBe(Date.UTC(2024, 4, 1, 12, 30) / 1000);
  expect(parseDate("2024-05-01T12:30:15.5+02:00")).toBe(Date.UTC(2024, 4, 1, 10, 30, 15, 500) / 1000);
  for (const text of ["05/01/2024", "2024-13-01", "2024-02-30", "2024-05-01T25:00", "", "1714521600"])
    expect(parseDate(text)).toBeUndefined();
});

import { inspect } from "node:util";
import { expect, test } from "vitest";
import { shownValue } from "../../../magics/data/shown-value.ts";

test("a value that prints as a table is told by its title, others on one line", () => {
  const table = { [inspect.custom]: () => "wine: multiclass of kind, 178 rows\ncolumn  kind\nash     number" };
  expect(shownValue(table)).toBe("wine: multiclass of kind, 178 rows");
  expect(shownValue({ a: 1, b: "two" })).toBe("{ a: 1, b: 'two' }");
  expect(shownValue("wine")).toBe('"wine"');
  expect(shownValue("x".repeat(100)).length).toBeLessThan(110);
});

import { expect, test } from "vitest";
import { globPattern } from "../../../kernel/handlers/glob.ts";

// Each row as SQLite answers `SELECT text GLOB pattern`.
test.each([
  ["1+1", "[h]1+1", false],
  ["h1+1", "[h]1+1", true],
  ["h1+1", "[a-i]1*", true],
  ["h1+1", "[^a-g]*", true],
  ["h1+1", "[^h]*", false],
  ["]x", "[]]x", true],
  ["-x", "[a-]x", true],
  ["bx", "[a-]x", false],
  ["bx", "[z-a]x", false],
  ["a", "[a", false],
  ["a\nb", "a?b", true],
  ["😀", "?", true],
  ["x.y", "x.y", true],
  ["xzy", "x.y", false],
  ["x[1]", "*[[]1]", true],
  ["Ab", "a*", false],
])("%j is matched by %j: %s", (text, pattern, matches) => {
  expect(globPattern(pattern).test(text)).toBe(matches);
});

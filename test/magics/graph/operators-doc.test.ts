import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";

const root = path.resolve(import.meta.dirname, "../../..");
const { operatorsMarkdown } = (await import(path.join(root, ".house", "operators-doc.mjs"))) as {
  operatorsMarkdown(): string;
};

test("docs/operators.md is what the operators say", () => {
  const written = readFileSync(path.join(root, "docs", "operators.md"), "utf8");
  expect(written === operatorsMarkdown(), "docs/operators.md is out of date; run: npm run docs").toBe(true);
});

import { expect, test } from "vitest";
import { isBeingWritten } from "../../extension/src/run/notes-draft.ts";

const kept = { text: "first try", tags: ["baseline"] };

test("tags that are being typed stay when the same text comes again", () => {
  expect(isBeingWritten({ text: "first try", tags: "baseline, ke" }, kept, kept)).toBe(true);
  expect(isBeingWritten({ text: "first try, again", tags: "baseline" }, kept, kept)).toBe(true);
});

test("fields that nobody touched take what comes, and so do those that say the same in other words", () => {
  const coming = { text: "first try", tags: ["baseline", "keep"] };
  expect(isBeingWritten({ text: "first try", tags: "baseline" }, kept, coming)).toBe(false);
  expect(isBeingWritten({ text: "first try", tags: " baseline ,keep,,keep" }, kept, coming)).toBe(false);
});

import type { CardView } from "@lepton/contract";
import { expect, test } from "vitest";
import { withText } from "../../extension/src/card/kept-text.ts";
import { checkCardView } from "../../extension/src/card/view-check.ts";
import { cardWord, columnWords } from "../../extension/src/card/words.ts";
import { useTranslator } from "../../extension/src/translation.ts";

const human = (key: string, text: string | null) => ({ kind: "human" as const, key, title: key, asks: "?", text });
const card: CardView = {
  version: 1,
  run: "r",
  name: "r",
  createdAt: "2026-01-01T00:00:00Z",
  metadata: {},
  sections: [
    { title: "A", blocks: [{ kind: "facts", facts: [] }, human("license", null)] },
    { title: "B", blocks: [human("contact", "me")] },
  ],
};

test("the card's file has the text that was kept last, and no other part changes", () => {
  const written = withText(card, "license", "MIT");
  expect(written.sections[0]!.blocks[1]).toEqual(human("license", "MIT"));
  expect(written.sections[1]).toEqual(card.sections[1]);
  expect(withText(written, "license", null)).toEqual(card);
});

test("a table of a card that nobody could read is cut in both directions", () => {
  const wide = new Array(5000).fill("x");
  const block = { kind: "table", title: "t", table: { columns: wide, rows: new Array(2000).fill(wide) } };
  const checked = checkCardView({ ...card, sections: [{ title: "A", blocks: [block] }] });
  const kept = "view" in checked ? checked.view.sections[0]!.blocks[0] : null;
  if (kept?.kind !== "table") throw new Error("no table");
  expect([kept.table.columns.length, kept.table.rows.length, kept.table.rows[0]!.length]).toEqual([100, 500, 100]);
});

test("titles are in the reader's language; a text too long for one is shown as it is, and not looked through", () => {
  useTranslator({ load: () => ({ __: () => "translated", _n: () => "translated" }) });
  try {
    expect([cardWord("Metrics"), cardWord("ROC (area 0.8)")]).toEqual(["translated", "translated"]);
    const long = `${" (area ".repeat(3500)})`;
    expect(cardWord(long)).toBe(long);
    // Classes may be called like titles; they are the run's words.
    expect(columnWords(["true \\ predicted", "test", "rows"], true)).toEqual(["translated", "test", "rows"]);
    expect(columnWords(["metric", "test"], false)).toEqual(["translated", "translated"]);
  } finally {
    useTranslator(null);
  }
});

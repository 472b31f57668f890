/** The door for model cards: a value enters; a CardView whose blocks can be drawn leaves, or the sentence that refuses it. */

import type { CardBlock, CardLine, CardSection, CardView } from "../../../kernel/contract/card.ts";
import { finite, isFields, shown } from "../data-check.ts";
import { trans } from "../translation.ts";

const MOST_ROWS = 500;
/** A confusion matrix has at most 60 classes. */
const MOST_COLUMNS = 100;
const MOST_BLOCKS = 50;
const MOST_TEXT = 25_000;
const MOST_LINES = 30;
const MOST_POINTS = 500;

export type CheckedCard = { readonly view: CardView } | { readonly refused: string };

export function checkCardView(value: unknown): CheckedCard {
  if (!isFields(value)) return { refused: trans.__("This output holds no model card: its data is not an object.") };
  if (value["version"] !== 1) {
    return {
      refused: trans.__(
        "This card was saved as version %1; this extension draws version 1. Update lepton-lab.",
        shown(value["version"]),
      ),
    };
  }
  for (const key of ["run", "name", "createdAt"]) {
    if (typeof value[key] !== "string")
      return { refused: trans.__("This card cannot be drawn: %1 must be a text.", key) };
  }
  if (!Array.isArray(value["sections"]))
    return { refused: trans.__("This card cannot be drawn: its sections must be a list.") };
  const sections = value["sections"].slice(0, MOST_BLOCKS).map(checkSection);
  return { view: { ...(value as unknown as CardView), sections: sections.filter((section) => section !== null) } };
}

function checkSection(value: unknown): CardSection | null {
  if (!isFields(value) || typeof value["title"] !== "string" || !Array.isArray(value["blocks"])) return null;
  const blocks = value["blocks"].slice(0, MOST_BLOCKS).map(checkBlock);
  return { title: value["title"], blocks: blocks.filter((block) => block !== null) };
}

function checkBlock(value: unknown): CardBlock | null {
  if (!isFields(value)) return null;
  const title = text(value["title"]);
  switch (value["kind"]) {
    case "facts": {
      if (!Array.isArray(value["facts"])) return null;
      const facts = value["facts"].slice(0, MOST_ROWS).filter(isFields);
      return { kind: "facts", facts: facts.map((fact) => ({ name: text(fact["name"]), value: text(fact["value"]) })) };
    }
    case "table": {
      const table = value["table"];
      if (!isFields(table) || !Array.isArray(table["columns"]) || !Array.isArray(table["rows"])) return null;
      const rows = table["rows"].slice(0, MOST_ROWS).filter((row) => Array.isArray(row));
      return {
        kind: "table",
        title,
        table: {
          columns: table["columns"].slice(0, MOST_COLUMNS).map(text),
          rows: rows.map((row) => row.slice(0, MOST_COLUMNS).map(cell)),
        },
        isShaded: value["isShaded"] === true,
      };
    }
    case "code":
      return { kind: "code", title, text: text(value["text"]), isDiff: value["isDiff"] === true };
    case "chart": {
      if (!Array.isArray(value["lines"])) return null;
      const lines = value["lines"].slice(0, MOST_LINES).map(checkLine);
      return {
        kind: "chart",
        title,
        xLabel: text(value["xLabel"]),
        yLabel: text(value["yLabel"]),
        hasDiagonal: value["hasDiagonal"] === true,
        isUnit: value["isUnit"] === true,
        lines: lines.filter((line) => line !== null),
      };
    }
    case "human": {
      if (typeof value["key"] !== "string") return null;
      const own = typeof value["text"] === "string" ? text(value["text"]) : null;
      return { kind: "human", key: value["key"], title, asks: text(value["asks"]), text: own };
    }
    default:
      return null;
  }
}

/** Points whose numbers are no numbers are left out. */
function checkLine(value: unknown): CardLine | null {
  if (!isFields(value) || !Array.isArray(value["x"]) || !Array.isArray(value["y"])) return null;
  const [xs, ys] = [value["x"].slice(0, MOST_POINTS), value["y"]];
  const isPoint = (at: number) => Number.isFinite(xs[at]) && Number.isFinite(ys[at]);
  const kept = xs.map((_, at) => at).filter(isPoint);
  return {
    name: text(value["name"]),
    x: kept.map((at) => xs[at] as number),
    y: kept.map((at) => ys[at] as number),
    drawn: value["drawn"] === "points" ? "points" : "line",
  };
}

function cell(value: unknown): string | number | null {
  return value === null ? null : (finite(value) ?? text(value));
}

function text(value: unknown): string {
  return typeof value === "string"
    ? value.slice(0, MOST_TEXT)
    : value === undefined || value === null
      ? ""
      : String(value);
}

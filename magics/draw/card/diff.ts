/**
 * What differs between two cards. Enter: two CardViews; leaves: a CardView whose sections hold only what differs, the first card's values beside the
 * second's, so that every place that shows a card shows a comparison too.
 */
import type { CardBlock, CardSection, CardTable, CardView } from "@lepton/contract";
import { lineDiff } from "./line-diff.ts";

type Cell = string | number | null;
type Of<K extends CardBlock["kind"]> = Extract<CardBlock, { kind: K }>;

/** Rows of a table beyond which the rest is only counted. */
const mostRows = 200;
/** Lines of both cards in one chart. */
const mostLines = 12;

export function cardDiff(first: CardView, second: CardView): CardView {
  const names = shownNames(first, second);
  const sections: CardSection[] = [];
  const same: string[] = [];
  for (const section of first.sections) {
    const other = second.sections.find(({ title }) => title === section.title);
    const blocks = sectionDiff(section.blocks, other?.blocks ?? [], names);
    if (blocks.length > 0) sections.push({ title: section.title, blocks });
    else same.push(section.title);
  }
  if (same.length > 0) {
    const facts = [{ name: "Sections", value: same.join(", ") }];
    sections.push({ title: "The same in both", blocks: [{ kind: "facts", facts }] });
  }
  return {
    version: 1,
    run: first.run,
    name: `${names[0]} and ${names[1]}`,
    createdAt: first.createdAt,
    sections,
    metadata: {},
    against: { run: second.run, name: second.name },
  };
}

type Names = readonly [string, string];

function shownNames(first: CardView, second: CardView): Names {
  if (first.name !== second.name) return [first.name, second.name];
  return [`${first.name} (${first.run})`, `${second.name} (${second.run})`];
}

function sectionDiff(first: readonly CardBlock[], second: readonly CardBlock[], names: Names): CardBlock[] {
  return [
    ...textRows("What", factRows(first, second), names),
    ...tableDiffs(first, second, names),
    ...chartDiffs(first, second, names),
    ...codeDiffs(first, second, names),
    ...textRows("Written by people", humanRows(first, second), names),
  ];
}

function ofKind<K extends CardBlock["kind"]>(blocks: readonly CardBlock[], kind: K): Of<K>[] {
  return blocks.filter((block): block is Of<K> => block.kind === kind);
}

function textRows(title: string, rows: readonly Cell[][], names: Names): CardBlock[] {
  if (rows.length === 0) return [];
  return [{ kind: "table", title, table: { columns: ["", ...names], rows: rows.slice(0, mostRows) } }];
}

function factRows(first: readonly CardBlock[], second: readonly CardBlock[]): Cell[][] {
  const listed = (blocks: readonly CardBlock[]) =>
    new Map(ofKind(blocks, "facts").flatMap(({ facts }) => facts.map(({ name, value }) => [name, value] as const)));
  return differing(listed(first), listed(second)).map(([name, a, b]) => [name, a ?? "–", b ?? "–"]);
}

function humanRows(first: readonly CardBlock[], second: readonly CardBlock[]): Cell[][] {
  const listed = (blocks: readonly CardBlock[]) =>
    new Map(ofKind(blocks, "human").map(({ title, text }) => [title, text ?? "(not written)"] as const));
  return differing(listed(first), listed(second)).map(([title, a, b]) => [title, a ?? "–", b ?? "–"]);
}

function differing<V>(first: ReadonlyMap<string, V>, second: ReadonlyMap<string, V>): [string, V?, V?][] {
  const names = [...new Set([...first.keys(), ...second.keys()])];
  return names.flatMap((name) => {
    const [a, b] = [first.get(name), second.get(name)];
    return a === b ? [] : [[name, a, b] as [string, V?, V?]];
  });
}

/** Cell by cell, rows and columns found by their names. */
function tableDiffs(first: readonly CardBlock[], second: readonly CardBlock[], names: Names): CardBlock[] {
  const titles = [...new Set([...ofKind(first, "table"), ...ofKind(second, "table")].map(({ title }) => title))];
  return titles.flatMap((title) => {
    const cells = (blocks: readonly CardBlock[]) =>
      cellsOf(ofKind(blocks, "table").find((one) => one.title === title)?.table);
    const found = differing(cells(first), cells(second));
    if (found.length === 0) return [];
    const rows = found
      .slice(0, mostRows)
      .map(([name, a, b]) => [
        name,
        a ?? null,
        b ?? null,
        typeof a === "number" && typeof b === "number" ? b - a : null,
      ]);
    if (found.length > mostRows) rows.push([`and ${found.length - mostRows} more`, null, null, null]);
    return [{ kind: "table", title, table: { columns: ["", ...names, "difference"], rows } } as const];
  });
}

function cellsOf(table: CardTable | undefined): Map<string, Cell> {
  const cells = new Map<string, Cell>();
  for (const [key = "", ...values] of table?.rows ?? []) {
    for (const [index, value] of values.entries()) cells.set(`${key}: ${table!.columns[index + 1] ?? ""}`, value);
  }
  return cells;
}

/** Both cards' curves in one chart. */
function chartDiffs(first: readonly CardBlock[], second: readonly CardBlock[], names: Names): CardBlock[] {
  return ofKind(first, "chart").flatMap((chart) => {
    const other = ofKind(second, "chart").find(({ title }) => title === chart.title);
    if (!other || JSON.stringify(other.lines) === JSON.stringify(chart.lines)) return [];
    const named = (lines: typeof chart.lines, name: string) =>
      lines.slice(0, mostLines / 2).map((line) => ({ ...line, name: `${name}: ${line.name}` }));
    return [{ ...chart, lines: [...named(chart.lines, names[0]), ...named(other.lines, names[1])] }];
  });
}

function codeDiffs(first: readonly CardBlock[], second: readonly CardBlock[], names: Names): CardBlock[] {
  return ofKind(first, "code").flatMap((code) => {
    const other = ofKind(second, "code").find(({ title }) => title === code.title);
    if (!other || other.text === code.text) return [];
    const title = `${code.title} (- ${names[0]}, + ${names[1]})`;
    return [{ kind: "code", title, text: lineDiff(code.text, other.text), isDiff: true } as const];
  });
}

/**
 * Rows ─► a table that shows anywhere: our own MIME type for the extension, static html without script or style sheet, and text.
 * Every verb that answers with a table uses it. All cells are escaped.
 */
import { MIME, type MimeBundle } from "@lepton/contract";
import { formatNumber, shorten } from "./format.ts";
import { escapeMarkup } from "./svg.ts";
import { type Alignment, alignColumns } from "./text-table.ts";

export interface TableColumn {
  readonly name: string;
  /** What the column means; a tooltip. */
  readonly doc?: string;
  readonly align?: Alignment;
}

/** What a cell may hold; objects and lists are shown as JSON. */
export type Cell = unknown;

export interface TableRequest {
  readonly columns: readonly (string | TableColumn)[];
  readonly rows: readonly (readonly Cell[])[];
  readonly caption?: string;
  /** Rows there are in all, where only some are shown. */
  readonly total?: number;
}

/** What MIME.table holds. */
export interface TableView {
  readonly version: 1;
  readonly caption: string | null;
  readonly columns: readonly { readonly name: string; readonly doc: string | null; readonly align: Alignment }[];
  readonly rows: readonly (readonly (string | number | boolean | null)[])[];
  /** Rows there are in all. */
  readonly total: number;
}

/** Cells longer than this many terminal columns are cut in html and text. */
const widest = 60;
/** Rows in html and text; the rest is counted. */
const most = 200;

export function tableBundle(request: TableRequest): MimeBundle {
  const view = tableView(request);
  return { [MIME.table]: view, "text/html": tableHtml(view), "text/plain": tableText(view) };
}

export function tableView(request: TableRequest): TableView {
  const rows = request.rows.map((row) => row.map(cellValue));
  return {
    version: 1,
    caption: request.caption ?? null,
    columns: request.columns.map((column, index) => {
      const given = typeof column === "string" ? { name: column } : column;
      return { name: given.name, doc: given.doc ?? null, align: given.align ?? guessAlignment(rows, index) };
    }),
    rows: rows.slice(0, 1000),
    total: request.total ?? rows.length,
  };
}

/** JSON has no NaN, Infinity, bigint, dates or objects that we would want in a cell. */
function cellValue(cell: Cell): string | number | boolean | null {
  if (cell === null || cell === undefined) return null;
  if (typeof cell === "number") return Number.isFinite(cell) ? cell : String(cell);
  if (typeof cell === "boolean" || typeof cell === "string") return cell;
  if (cell instanceof Date) return Number.isNaN(cell.getTime()) ? "invalid date" : cell.toISOString();
  if (typeof cell === "object")
    return JSON.stringify(cell, (_, value) => (typeof value === "bigint" ? `${value}` : value));
  return String(cell);
}

function guessAlignment(rows: TableView["rows"], index: number): Alignment {
  const cells = rows.map((row) => row[index] ?? null).filter((cell) => cell !== null);
  return cells.length > 0 && cells.every((cell) => typeof cell === "number") ? "right" : "left";
}

function cellText(cell: string | number | boolean | null | undefined): string {
  if (cell === null || cell === undefined) return "";
  return typeof cell === "number" ? formatNumber(cell) : shorten(String(cell), widest);
}

function more(view: TableView): string | null {
  const shown = Math.min(view.rows.length, most);
  return view.total > shown
    ? `… ${(view.total - shown).toLocaleString("en-US")} more of ${view.total.toLocaleString("en-US")} rows`
    : null;
}

function tableHtml(view: TableView): string {
  const cell = (tag: "th" | "td", text: string, align: Alignment, title?: string | null) =>
    `<${tag} style="text-align: ${align}"${title ? ` title="${escapeMarkup(title)}"` : ""}>${escapeMarkup(text)}</${tag}>`;
  const head = view.columns.map((column) => cell("th", column.name, column.align, column.doc)).join("");
  const body = view.rows.slice(0, most).map((row) => {
    const cells = view.columns.map((column, index) => cell("td", cellText(row[index]), column.align));
    return `<tr>${cells.join("")}</tr>`;
  });
  const caption =
    view.caption === null ? "" : `<caption style="text-align: left">${escapeMarkup(view.caption)}</caption>`;
  const note = more(view);
  const after = note === null ? "" : `<p>${escapeMarkup(note)}</p>`;
  return `<table>${caption}<thead><tr>${head}</tr></thead><tbody>${body.join("")}</tbody></table>${after}`;
}

/** The table as text: caption, names, a rule, rows. */
export function tableText(view: TableView): string {
  const rows = view.rows.slice(0, most).map((row) => view.columns.map((_, index) => cellText(row[index])));
  const names = view.columns.map((column) => shorten(column.name, widest));
  const lines = alignColumns(
    [names, ...rows],
    view.columns.map((column) => column.align),
  );
  const rule = "─".repeat(Math.min(120, Math.max(...lines.map((line) => line.length), 1)));
  return [view.caption, lines[0], rule, ...lines.slice(1), more(view)].filter((line) => line !== null).join("\n");
}

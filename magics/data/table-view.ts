/**
 * A small table as an output that stands alone: our MIME type, HTML and plain text. Enters: columns and rows; leaves: a MIME bundle. Every
 * verb that shows a table uses it, so that all tables look alike; everything from the data is escaped.
 */
import { MIME, type MimeBundle } from "@lepton/contract";

export type Cell = string | number | boolean | null;

export interface TableView {
  readonly version: 1;
  /** One line above the table. */
  readonly title: string;
  readonly columns: readonly { readonly name: string; readonly align: "left" | "right" }[];
  readonly rows: readonly (readonly Cell[])[];
  /** Sentences under the table. */
  readonly notes: readonly string[];
}

/** @param names  columns whose rows hold numbers are aligned right */
export function tableView(
  title: string,
  names: readonly string[],
  rows: readonly (readonly Cell[])[],
  notes: readonly string[] = [],
): TableView {
  const columns = names.map((name, index) => {
    const cells = rows.map((row) => row[index]).filter((cell) => cell !== null && cell !== "");
    const numeric = cells.length > 0 && cells.every((cell) => typeof cell === "number");
    return { name, align: numeric ? ("right" as const) : ("left" as const) };
  });
  return { version: 1, title, columns, rows, notes };
}

export function tableBundle(view: TableView): MimeBundle {
  return { [MIME.table]: view, "text/html": tableHtml(view), "text/plain": tableText(view) };
}

/** Rows as objects become a view; columns in the order they first appear. */
export function rowsView(
  title: string,
  rows: readonly Readonly<Record<string, unknown>>[],
  notes: readonly string[] = [],
): TableView {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return tableView(
    title,
    names,
    rows.map((row) => names.map((name) => cellOf(row[name]))),
    notes,
  );
}

function cellOf(value: unknown): Cell {
  if (value === undefined || value === null) return null;
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  return JSON.stringify(value);
}

/** Six significant digits at most; no grouping, so that a number can be copied. */
export function formatNumber(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return String(value);
  return String(Number(value.toPrecision(6)));
}

function format(cell: Cell): string {
  if (cell === null) return "";
  return typeof cell === "number" ? formatNumber(cell) : String(cell);
}

export function escapeHtml(text: string): string {
  const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  return text.replace(/[&<>"']/g, (character) => entities[character]!);
}

function tableHtml(view: TableView): string {
  const cell = (tag: "th" | "td", text: string, align: string) =>
    `<${tag} style="text-align:${align}">${escapeHtml(text)}</${tag}>`;
  const head = view.columns.map((column) => cell("th", column.name, column.align)).join("");
  const body = view.rows.map(
    (row) => `<tr>${row.map((value, i) => cell("td", format(value), view.columns[i]!.align)).join("")}</tr>`,
  );
  const notes = view.notes.map((note) => `<div>${escapeHtml(note)}</div>`).join("");
  return `<div class="lepton-table"><div><b>${escapeHtml(view.title)}</b></div><table><thead><tr>${head}</tr></thead><tbody>${body.join("")}</tbody></table>${notes}</div>`;
}

/** Text over 40 characters is cut in plain text only. */
export function tableText(view: TableView): string {
  const short = (text: string) => (text.length > 40 ? `${text.slice(0, 37)}...` : text).replaceAll("\n", " ");
  const cells = [view.columns.map((column) => column.name), ...view.rows.map((row) => row.map(format))].map((row) =>
    row.map(short),
  );
  const widths = view.columns.map((_, i) => Math.max(...cells.map((row) => (row[i] ?? "").length)));
  const line = (row: readonly string[]) =>
    row
      .map((text, i) => (view.columns[i]!.align === "right" ? text.padStart(widths[i]!) : text.padEnd(widths[i]!)))
      .join("  ")
      .trimEnd();
  const rule = widths.map((width) => "-".repeat(width)).join("  ");
  const [head, ...body] = cells.map(line);
  return [view.title, head!, rule, ...body, ...view.notes].join("\n");
}

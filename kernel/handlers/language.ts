/**
 * complete_request, inspect_request and is_complete_request, answered by the language service's thread while cells run; magic lines by the provider.
 * Enters: code and a cursor in code points; leaves: Jupyter's replies. Also when the service starts before anybody asked.
 */
import { magicAt } from "../cells/split.ts";
import { whenResting } from "../cells/when-resting.ts";
import { codePointsFromUtf16, utf16FromCodePoints } from "../language/offsets.ts";
import type { Json } from "../wire/frames.ts";
import type { Request, Wire } from "./wire.ts";

/** The language service starts this long after the first cell that a page runs. */
const LANGUAGE_START_MS = 300;
/** Or before any cell, while a page that was opened asks nothing. */
const PAGE_REST = { firstMs: 500, everyMs: 50, restMs: 300 };
/** JupyterLab and Notebook ask for the debugger's state when a notebook opens, widgets for the comms; programs that execute notebooks do neither. */
const askedByPages: ReadonlySet<string> = new Set(["debug_request", "comm_info_request"]);
let pageSeen = false;

/** Somebody sits at a page: the first completion must not wait for TypeScript, since JupyterLab drops answers that take longer than a second. */
export function startForPage(wire: Wire, requestType: string): void {
  if (pageSeen || !askedByPages.has(requestType)) return;
  pageSeen = true;
  whenResting(wire.sockets, [() => wire.language.start()], PAGE_REST);
}

/** A page ran a cell. */
export function startSoon(wire: Wire): void {
  setTimeout(() => wire.language.start(), LANGUAGE_START_MS).unref();
}

interface Asked {
  readonly code: string;
  /** In UTF-16 units. */
  readonly cursor: number;
}

function asked({ message }: Request): Asked {
  // `?name` asks for help: what follows is completed as everywhere.
  const code = String(message.content.code ?? "").replace(/^\s*\?{1,2}/, (marks) => marks.replaceAll("?", " "));
  const position = message.content.cursor_pos;
  const cursor = typeof position === "number" ? utf16FromCodePoints(code, position) : code.length;
  return { code, cursor };
}

interface Item {
  readonly text: string;
  readonly type: string;
  readonly signature?: string;
}

export async function complete(wire: Wire, request: Request): Promise<Json> {
  const { code, cursor } = asked(request);
  const magic = magicAt(code, cursor, wire.magics);
  const found = magic
    ? await completeMagic(wire, magic)
    : (completeWord(wire, code, cursor) ?? (await completeCode(wire, code, cursor)));
  const start = codePointsFromUtf16(code, found.start);
  const end = codePointsFromUtf16(code, found.end);
  const types = found.items.map(({ text, type, signature }) => ({
    text,
    type,
    signature: signature ?? "",
    start,
    end,
  }));
  return {
    status: "ok",
    matches: found.items.map((item) => item.text),
    cursor_start: start,
    cursor_end: end,
    metadata: { _jupyter_types_experimental: types },
  };
}

interface Found {
  readonly items: readonly Item[];
  readonly start: number;
  readonly end: number;
}

/** `%le`: the word of a magic, while it is typed; nothing where no magic begins so. */
function completeWord(wire: Wire, code: string, cursor: number): Found | undefined {
  const line = code.slice(code.lastIndexOf("\n", cursor - 1) + 1, cursor);
  const word = /^\s*%{1,2}([a-z]*)$/.exec(line)?.[1];
  const names = word === undefined ? [] : wire.magics.filter((name) => name.startsWith(word));
  const items = names.map((text) => ({ text, type: "magic" }));
  return items.length > 0 ? { items, start: cursor - word!.length, end: cursor } : undefined;
}

async function completeCode(wire: Wire, code: string, cursor: number): Promise<Found> {
  const { matches, start, end } = await wire.language.complete(code, cursor);
  return { items: matches, start, end };
}

async function completeMagic(wire: Wire, magic: NonNullable<ReturnType<typeof magicAt>>): Promise<Found> {
  const { start } = magic;
  const found = await wire.main.ask("completeMagic", magic);
  if (!found) return { items: [], start: start + magic.cursor, end: start + magic.cursor };
  return { items: found.items, start: start + found.start, end: start + found.end };
}

export async function inspect(wire: Wire, request: Request): Promise<Json> {
  const { code, cursor } = asked(request);
  const magic = magicAt(code, cursor, wire.magics);
  if (magic) {
    const markdown = await wire.main.ask("inspectMagic", magic);
    return shown(markdown ? { "text/markdown": markdown, "text/plain": markdown } : undefined);
  }
  const found = await wire.language.inspect(code, cursor, request.message.content.detail_level === 1 ? 1 : 0);
  return shown(found && { "text/plain": found.text, "text/markdown": found.markdown });
}

function shown(data: Json | undefined): Json {
  return { status: "ok", found: data !== undefined, data: data ?? {}, metadata: {} };
}

export async function isComplete(wire: Wire, request: Request): Promise<Json> {
  return { ...(await wire.language.isComplete(String(request.message.content.code ?? ""))) };
}

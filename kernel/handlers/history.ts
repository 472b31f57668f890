/**
 * history_request. Enters: cells as they run; leaves: what was run, in this session and in earlier ones, by tail, range or search. Kept on disk as
 * lines of JSON in the user's state folder, shared by all kernels; read when first asked, written a moment after a cell, so that neither costs a
 * cell anything.
 */
import { appendFile, mkdir, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { Json } from "../wire/frames.ts";
import { globPattern } from "./glob.ts";

interface Entry {
  readonly session: number;
  readonly line: number;
  readonly input: string;
  /** The result as text, of this session's cells only. */
  output?: string;
}

/** [session, line, input], or [session, line, [input, output]]. */
type Row = readonly [number, number, string | readonly [string, string | null]];

/** Longest result that is remembered, in UTF-16 units. */
const OUTPUT_LENGTH = 2000;

/** A file that is larger is put aside, and a new one begun: what another kernel appends meanwhile goes with it. */
const LIMIT_BYTES = 4 * 1024 * 1024;

/** So many of those put aside are kept, the newest. */
const ASIDE = 2;

/** Cells of this time are written together. */
const WRITE_MS = 500;

/** @returns LEPTON_STATE, XDG_STATE_HOME/lepton or the system's place */
export function stateFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env.LEPTON_STATE) return env.LEPTON_STATE;
  if (process.platform === "win32") return path.join(env.LOCALAPPDATA ?? os.homedir(), "lepton");
  return path.join(env.XDG_STATE_HOME ?? path.join(os.homedir(), ".local", "state"), "lepton");
}

export class History {
  readonly #file: string;
  /** Sessions are told apart by when they began, in milliseconds: a kernel may be restarted within a second. */
  readonly #session = Date.now();
  readonly #current: Entry[] = [];
  #earlier: Promise<readonly Entry[]> | undefined;
  #unwritten: Entry[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(folder: string = stateFolder()) {
    this.#file = path.join(folder, "history.jsonl");
  }

  add(line: number, input: string): void {
    if (input.trim() === "") return;
    const entry = { session: this.#session, line, input };
    this.#current.push(entry);
    this.#unwritten.push(entry);
    this.#timer ??= setTimeout(() => this.#write(), WRITE_MS).unref();
  }

  /** The result of a cell of this session. */
  addOutput(line: number, text: string): void {
    const entry = this.#current.findLast((one) => one.line === line);
    if (entry) entry.output = text.slice(0, OUTPUT_LENGTH);
  }

  /** Resolves when all is on disk. */
  async saved(): Promise<void> {
    this.#write();
    await this.#writing;
  }

  /** @param request the content of a history_request; this session is number 0 in the answer */
  async find(request: Json): Promise<readonly Row[]> {
    this.#earlier ??= this.#read();
    const all = [...(await this.#earlier), ...this.#current];
    const found = select(all, this.#current, request, this.#session);
    return found.map(({ session, line, input, output }): Row => {
      const what = request.output === true ? ([input, output ?? null] as const) : input;
      return [session === this.#session ? 0 : session, line, what];
    });
  }

  async #read(): Promise<readonly Entry[]> {
    try {
      const files = [...(await this.#aside()), this.#file];
      const texts = await Promise.all(files.map((file) => readFile(file, "utf8").catch(emptyIfGone)));
      const entries = texts.join("").split("\n").flatMap(parseLine);
      return entries.filter((entry) => entry.session !== this.#session);
    } catch (error) {
      process.emitWarning(`history: ${String(error)}`);
      return [];
    }
  }

  /** Files that were put aside, oldest first. */
  async #aside(): Promise<readonly string[]> {
    const folder = path.dirname(this.#file);
    const names = await readdir(folder).catch(() => []); // no folder: no history yet
    const aside = names.filter((name) => /^history\.\d+\.\d+\.jsonl$/.test(name)).sort();
    return aside.map((name) => path.join(folder, name));
  }

  async #putAside(): Promise<void> {
    if ((await stat(this.#file)).size <= LIMIT_BYTES) return;
    const name = `history.${Date.now()}.${process.pid}.jsonl`;
    await rename(this.#file, path.join(path.dirname(this.#file), name));
    for (const file of (await this.#aside()).slice(0, -ASIDE)) await rm(file, { force: true });
  }

  #write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const entries = this.#unwritten.splice(0);
    if (entries.length > 0) this.#writing = this.#writing.then(() => this.#append(entries));
  }

  /** A full or read-only disk costs the history, not the cell. */
  async #append(entries: readonly Entry[]): Promise<void> {
    const lines = entries.map((entry) => `${JSON.stringify({ ...entry, output: undefined })}\n`);
    try {
      await mkdir(path.dirname(this.#file), { recursive: true, mode: 0o700 });
      await appendFile(this.#file, lines.join(""), { mode: 0o600 });
      await this.#putAside();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return; // another kernel put it aside in this moment
      process.emitWarning(`history: ${String(error)}`);
    }
  }
}

function emptyIfGone(error: NodeJS.ErrnoException): string {
  if (error.code === "ENOENT") return "";
  throw error;
}

function parseLine(line: string): Entry[] {
  try {
    const { session, line: number, input } = JSON.parse(line);
    return [{ session, line: number, input: String(input) }];
  } catch {
    return []; // an empty last line, or one that a killed kernel left half written
  }
}

function select(all: readonly Entry[], current: readonly Entry[], request: Json, session: number): readonly Entry[] {
  const last = (entries: readonly Entry[]) => entries.slice(-Math.max(0, Number(request.n ?? 1000)) || entries.length);
  switch (request.hist_access_type) {
    case "range":
      return range(all, current, request, session);
    case "search": {
      const pattern = globPattern(String(request.pattern ?? "*"));
      const matching = all.filter((entry) => pattern.test(entry.input));
      return last(request.unique ? uniqueLast(matching) : matching);
    }
    default:
      return last(all);
  }
}

/** session 0 is this one, -1 the one before it, others by number; lines below 0 count from the end, and stop 0 is the end, as IPython has it. */
function range(all: readonly Entry[], current: readonly Entry[], request: Json, session: number): readonly Entry[] {
  const wanted = Number(request.session ?? 0);
  const earlier = [...new Set(all.map((entry) => entry.session))].filter((number) => number !== session);
  const number = wanted < 0 ? earlier.at(wanted) : wanted;
  const entries = wanted === 0 ? current : all.filter((entry) => entry.session === number);
  const end = (entries.at(-1)?.line ?? 0) + 1;
  const fromEnd = (line: number) => (line < 0 ? line + end : line);
  const start = fromEnd(Number(request.start ?? 0));
  const stop = fromEnd(Number(request.stop ?? 0)) || end;
  return entries.filter((entry) => entry.line >= start && entry.line < stop);
}

/** Each input once, at its latest place. */
function uniqueLast(entries: readonly Entry[]): readonly Entry[] {
  const latest = new Map<string, Entry>();
  for (const entry of entries) {
    latest.delete(entry.input);
    latest.set(entry.input, entry);
  }
  return [...latest.values()];
}

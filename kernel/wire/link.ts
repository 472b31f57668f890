/**
 * What the kernel's two threads say to each other: the wire (sockets, requests, compiling) and the main thread (user code). Only types,
 * and `Asker`, questions with answers over a message port.
 */
import type { MagicCall, MagicCompletions } from "@lepton/contract";
import type { DeclaredName } from "../cells/rewrite.ts";
import type { Connection } from "./connection.ts";
import type { Header, Json } from "./frames.ts";

/** What the wire worker is started with. */
export interface WireOptions {
  readonly connection: Connection;
  readonly folder: string;
  /** Where the connection came from; Jupyter keeps the file over a restart. */
  readonly connectionFile: string;
  /** Words that are magics after `%`. */
  readonly magics: readonly string[];
  /** Where `prompt` waits: inputBuffer() of input-buffer.ts. */
  readonly input: SharedArrayBuffer;
  /** How far published messages are: flow.ts. */
  readonly flow: SharedArrayBuffer;
  /** Whether the main thread waits for a child process: sync-child.ts. */
  readonly child: SharedArrayBuffer;
  /** Which interrupts were asked for and obeyed: interrupt-marks.ts. */
  readonly interrupts: SharedArrayBuffer;
  /** What V8 lets the main thread's old space hold, in bytes. */
  readonly heapLimit: number;
}

/** A cell, ready for V8: a function expression. */
export interface Script {
  readonly code: string;
  /** Top-level names that it makes, and the imports that make them. */
  readonly names: readonly DeclaredName[];
  /** Names that its text reads or writes. */
  readonly used: readonly string[];
  readonly magics: readonly CellMagic[];
  readonly map: CellMap;
}

export interface CellMagic {
  /** The word after `%`. */
  readonly name: string;
  readonly call: MagicCall;
}

/** How places in `code` lead back to the cell's text; decoded only when an error is shown. */
export interface CellMap {
  /** JavaScript before our edits. */
  readonly js: string;
  /** Pieces of `js` that are in `code`, as [start in code, start in js, length], in order of code. */
  readonly pieces: readonly (readonly [number, number, number])[];
  /** VLQ mappings from `js` to the cell's text; undefined when they are the same text. */
  readonly mappings: string | undefined;
  /** A parenthesis that the cell lacks stood here, from 1: cells/parse.ts. */
  readonly opened?: { readonly line: number; readonly column: number };
}

export interface ExecuteTask {
  readonly id: number;
  readonly parent: Header;
  /** Number shown in brackets. */
  readonly count: number;
  /** What stack traces call it: the number; `11+1` for the first execution after it that is not counted, so that its lines are not taken for those of cell 11. */
  readonly label: string;
  readonly script: Script;
  /** The cell as typed. */
  readonly source: string;
  readonly silent: boolean;
  readonly allowStdin: boolean;
  /** The debugger stops where the cell throws what it does not catch. */
  readonly stopsAtUncaught: boolean;
  readonly userExpressions: Readonly<Record<string, Script | Failure>>;
  /** How many there were when it was sent: one that came since is also this cell's. */
  readonly interrupts: number;
}

/** An error as Jupyter wants it. */
export interface Failure {
  readonly ename: string;
  readonly evalue: string;
  readonly traceback: readonly string[];
}

export interface CommEvent {
  readonly action: "open" | "msg" | "close";
  readonly id: string;
  readonly target: string;
  readonly data: unknown;
  readonly metadata: Json;
  readonly buffers: readonly Uint8Array[];
  readonly parent: Header;
}

export type ToMain =
  | { readonly kind: "execute"; readonly task: ExecuteTask }
  /** With a reason it is the kernel that stops the cell. */
  | { readonly kind: "interrupt"; readonly sequence: number; readonly reason?: Failure }
  /** V8 was told to stop what ran: cells that were interrupted go on no more. */
  | { readonly kind: "terminated" }
  | { readonly kind: "comm"; readonly event: CommEvent; readonly done: number }
  | { readonly kind: "shutdown"; readonly restart: boolean }
  | { readonly kind: "exiting" }
  /** The sockets could not be opened. */
  | { readonly kind: "failed"; readonly reason: string }
  /** A cell needs the magics: load them now. */
  | { readonly kind: "needMagics" }
  | Question<keyof MainAnswers>
  | Answer;

export interface Published {
  readonly type: string;
  readonly content: Json;
  readonly parent: Header | undefined;
  readonly metadata?: Json;
  readonly buffers?: readonly Uint8Array[];
}

export interface ExecuteOutcome {
  readonly id: number;
  readonly failure: Failure | undefined;
  readonly interrupted: boolean;
  readonly userExpressions: Json;
  readonly payload: readonly Json[];
}

export type ToWire =
  | { readonly kind: "publish"; readonly message: Published }
  /** With what the cell shows last. */
  | { readonly kind: "done"; readonly outcome: ExecuteOutcome; readonly last: Published | undefined }
  | { readonly kind: "handled"; readonly id: number }
  /** The marks say which interrupt was obeyed. */
  | { readonly kind: "interrupted" }
  /** A magic listens to its cell's signal, or no longer does: it winds down by itself, and must not be terminated in its work. */
  | { readonly kind: "listening"; readonly on: boolean }
  /** The magics load, until "ready". */
  | { readonly kind: "loading" }
  | { readonly kind: "declare"; readonly name: string; readonly type: string }
  /** The provider has started, with these declarations. */
  | { readonly kind: "ready"; readonly declarations: string }
  /** npm changed the folder's packages. */
  | { readonly kind: "installed" }
  /** Everything is flushed; send it, then say so by `exiting`. */
  | { readonly kind: "exit" }
  | { readonly kind: "input"; readonly parent: Header; readonly prompt: string; readonly password: boolean }
  | Question<keyof WireAnswers>
  | Answer;

export interface LocalFile {
  /** JavaScript, with a last line of mappings. */
  readonly code: string;
  readonly version: string;
  /** As typed. */
  readonly text: string;
  readonly format: "module" | "commonjs" | "json";
  /** What it imports, as it says it ─► the file. */
  readonly imports: Readonly<Record<string, string>>;
}

/** Local file ─► how often the import that was to run it was interrupted: each time it is run anew, as V8 never ends what it terminated. */
export type Interrupted = Readonly<Record<string, number>>;

/** Files of the notebook's folder as JavaScript: path ─► code, with the version that changes when it or what it imports changes. */
export interface LocalModules {
  readonly files: Readonly<Record<string, LocalFile>>;
  /** Names of types that the files declare or pass on; undefined when one of them passes on all of a package. */
  readonly types: readonly string[] | undefined;
}

/** What the wire may ask the main thread. */
export interface MainAnswers {
  binds: { ask: readonly CellMagic[]; answer: readonly ({ name: string; type: string } | null)[] };
  completeMagic: { ask: MagicPlace; answer: MagicCompletions | undefined };
  inspectMagic: { ask: MagicPlace; answer: string | null };
}

/** A cursor in a magic's line. */
export interface MagicPlace {
  /** The word after `%`. */
  readonly name: string;
  readonly line: string;
  readonly cursor: number;
}

/** What the main thread may ask the wire. */
export interface WireAnswers {
  modules: { ask: { file: string; interrupted: Interrupted }; answer: LocalModules };
}

export interface Question<K extends string> {
  readonly kind: "ask";
  readonly id: number;
  readonly what: K;
  readonly value: unknown;
}

export interface Answer {
  readonly kind: "answer";
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
  /** The error's own name, where users see it. */
  readonly errorName?: string;
}

type Asks = { [K in string]: { ask: unknown; answer: unknown } };

/** Questions over a port, each answered once. */
export class Asker<A extends Asks | MainAnswers | WireAnswers> {
  readonly #post: (message: Question<keyof A & string>) => void;
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  #next = 0;

  constructor(post: (message: Question<keyof A & string>) => void) {
    this.#post = post;
  }

  ask<K extends keyof A & string>(
    what: K,
    value: A[K] extends { ask: infer Q } ? Q : never,
  ): Promise<A[K] extends { answer: infer R } ? R : never> {
    const id = ++this.#next;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.#post({ kind: "ask", id, what, value });
    });
  }

  settle(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (answer.error === undefined) waiting?.resolve(answer.value);
    else waiting?.reject(Object.assign(new Error(answer.error), answer.errorName ? { name: answer.errorName } : {}));
  }
}

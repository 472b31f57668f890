/**
 * The seam between the kernel and what runs in its cells. The kernel offers a NotebookHost and is handed a MagicProvider;
 * so the kernel never learns what "train" means, and magics never see a socket.
 */

/** MIME type ─► data, as in Jupyter: strings for text and base64 pictures, JSON values for "+json" types. */
export type MimeBundle = Readonly<Record<string, unknown>>;

export const MIME = {
  run: "application/vnd.lepton.run.v1+json",
  study: "application/vnd.lepton.study.v1+json",
  card: "application/vnd.lepton.card.v1+json",
  comparison: "application/vnd.lepton.comparison.v1+json",
  table: "application/vnd.lepton.table.v1+json",
} as const;

/** A value with this method renders itself: `[displaySymbol]() => MimeBundle` (Deno's convention, so that its libraries work here). */
export const displaySymbol: unique symbol = Symbol.for("Jupyter.display") as never;

export interface Displayable {
  [displaySymbol](): MimeBundle | Promise<MimeBundle>;
}

/** A shown output that can be replaced in place, from any later cell too. */
export interface DisplayHandle {
  readonly id: string;
  update(bundle: MimeBundle, metadata?: MimeBundle): void;
}

/** A comm opened with the page. Messages are JSON objects. */
export interface Comm {
  readonly id: string;
  readonly target: string;
  send(data: unknown): void;
  onMessage(listener: (data: unknown) => void): void;
  onClose(listener: () => void): void;
  close(data?: unknown): void;
}

/** Where a top-level name of the notebook came from. */
export interface Binding {
  readonly value: unknown;
  /** Set when a cell's import statement made the name: `import { imported as name } from specifier`; "default" and "*" as in the language. */
  readonly import?: { readonly specifier: string; readonly imported: string };
}

/** The part of AbortSignal that magics need; the kernel hands out a real AbortSignal (the contract knows neither Node nor the DOM). */
export interface StopSignal {
  readonly aborted: boolean;
  addEventListener(type: "abort", listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** What the kernel lends to magics. Methods act for the cell that called them, also after an await and from its timers. */
export interface NotebookHost {
  /** Absolute path of the folder the kernel was started in: the notebook's folder. */
  readonly folder: string;
  display(bundle: MimeBundle, metadata?: MimeBundle): DisplayHandle;
  /** Aborted when the calling cell is interrupted. */
  signal(): StopSignal;
  print(text: string, stream?: "stdout" | "stderr"): void;
  /** Make or replace a top-level name; `type` is TypeScript text that may use the provider's declarations. */
  bind(name: string, value: unknown, type?: string): void;
  /** Like bind, for a name whose value is made when first used (after a restart); a name that a cell of this session made stays as it is. */
  bindLazily(name: string, load: () => unknown, type?: string): void;
  /** A top-level name of the notebook, or undefined when there is none. */
  lookup(name: string): Binding | undefined;
  /** All top-level names of the notebook, for "did you mean". */
  names(): readonly string[];
  openComm(target: string, data: unknown): Comm;
  /** Answer comms that the page opens on `target`. */
  onComm(target: string, listener: (comm: Comm, data: unknown) => void): void;
  /** Called once before the kernel ends or restarts at a client's request (not on SIGKILL); the kernel waits at most 5 s. */
  onShutdown(listener: (restart: boolean) => Promise<void>): void;
}

/** A magic as the kernel found it in a cell: `%lepton train x` (line) or `%%lepton train x` with the rest of the cell (body). */
export interface MagicCall {
  /** The text after `%lepton`, trimmed. */
  readonly line: string;
  /** The lines under a `%%lepton` line; undefined for a line magic. */
  readonly body?: string;
}

export interface Completion {
  readonly text: string;
  /** Jupyter's experimental type: "magic", "option", "value", "path", "variable". */
  readonly type: string;
  /** Shown beside it; markdown. */
  readonly documentation?: string;
}

export interface MagicCompletions {
  readonly items: readonly Completion[];
  /** The range of the line that a chosen item replaces, in UTF-16 units from the start of `MagicCall.line`. */
  readonly start: number;
  readonly end: number;
}

/** The name that a magic binds. */
export interface MagicBinding {
  readonly name: string;
  /** TypeScript text that may use the provider's declarations. */
  readonly type: string;
  /** True when the magic shows its result itself while it runs (a chart): it is not shown again as the cell's value. */
  readonly shown?: boolean;
}

/** What the kernel is handed by main.ts: one provider of magics. */
export interface MagicProvider {
  /** The word after `%`: "lepton". */
  readonly name: string;
  /** Called once, before the first cell: binds the `lepton` object and names from before a restart. */
  start(host: NotebookHost): Promise<void>;
  /**
   * The name that `--as NAME` binds and its type as far as the text alone tells, or undefined. The kernel runs a magic as
   * `let NAME = await run(call)`, or as a bare `await run(call)`. Never throws: errors come from `run`.
   */
  binds(call: MagicCall): MagicBinding | undefined;
  /** Run a magic; its result is the line's value (shown when it is the cell's last). */
  run(call: MagicCall): Promise<unknown>;
  complete(line: string, cursor: number): Promise<MagicCompletions>;
  /** Markdown help for the word at the cursor, or undefined. */
  inspect(line: string, cursor: number): string | undefined;
  /** TypeScript declarations (`declare namespace Lepton {...}; declare const lepton: Lepton.Api;`) for the language service. */
  declarations(): string;
}

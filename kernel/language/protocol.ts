/**
 * What the client and the language worker say to each other, and the shapes of the answers. Offsets are UTF-16 units of the cell's text
 * as the user wrote it; the handlers turn them into Jupyter's code points (offsets.ts).
 */

/** A top-level name that a cell bound, besides what its source declares: magics' `--as`, globals. */
export interface BoundName {
  readonly name: string;
  /** TypeScript text that may use the provider's declarations; unknown when left out. */
  readonly type?: string;
}

export interface ExecutedCell {
  /** The same for a cell run again (JupyterLab's cellId), else unique for each execution. */
  readonly id: string;
  /** The cell as the user wrote it, magics included. */
  readonly source: string;
  readonly bindings: readonly BoundName[];
}

export interface CompletionMatch {
  readonly text: string;
  /** "function", "method", "property", "variable", "class", "interface", "enum", "type", "module", "keyword", "path", "string", "import". */
  readonly type: string;
  /** The type of a value, the head of a function: `(x: number): string`. Left out for keywords and far down long lists. */
  readonly signature?: string;
  /** For type "import": the statement that brings the name. */
  readonly statement?: string;
}

export interface Completions {
  readonly matches: readonly CompletionMatch[];
  /** The range that every match replaces. */
  readonly start: number;
  readonly end: number;
}

export interface Inspection {
  readonly markdown: string;
  readonly text: string;
}

export type Completeness =
  | { readonly status: "complete" | "invalid" }
  | { readonly status: "incomplete"; readonly indent: string };

export interface CellDiagnostic {
  /** TypeScript's number: 2322. */
  readonly code: number;
  readonly severity: "error" | "warning";
  readonly message: string;
  /** From 1; columns count code points. */
  readonly line: number;
  readonly column: number;
  /** UTF-16 range in the cell. */
  readonly start: number;
  readonly end: number;
  /** The import that would bring an unknown name, when one is known. */
  readonly fix?: string;
}

export interface SignatureHelp {
  readonly signatures: readonly {
    readonly label: string;
    readonly documentation: string;
    readonly parameters: readonly { readonly label: string; readonly documentation: string }[];
  }[];
  readonly activeSignature: number;
  readonly activeParameter: number;
}

/** Questions, each answered once. */
export interface Questions {
  complete: { ask: { code: string; cursor: number; bound: readonly BoundName[] }; answer: Completions };
  inspect: {
    ask: { code: string; cursor: number; detail: number; bound: readonly BoundName[] };
    answer: Inspection | undefined;
  };
  isComplete: { ask: { code: string }; answer: Completeness };
  diagnostics: { ask: { code: string; bound: readonly BoundName[] }; answer: readonly CellDiagnostic[] };
  signatureHelp: {
    ask: { code: string; cursor: number; bound: readonly BoundName[] };
    answer: SignatureHelp | undefined;
  };
}

export type Question = keyof Questions;

/** News, not answered. */
export type News =
  | { readonly news: "executed"; readonly cell: ExecutedCell }
  | { readonly news: "declare"; readonly name: string; readonly type: string }
  | { readonly news: "remove"; readonly id: string }
  | { readonly news: "declarations"; readonly text: string; readonly magics: readonly string[] }
  | { readonly news: "packages" };

export type ToWorker =
  | News
  | { [Q in Question]: { readonly question: Q; readonly number: number; readonly ask: Questions[Q]["ask"] } }[Question];

export type FromWorker =
  | { readonly number: number; readonly answer: unknown }
  | { readonly number: number; readonly error: string };

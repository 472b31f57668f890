/**
 * What TypeScript has against a cell, shown on stderr while the cell runs all the same. Enters: a cell that compiled; leaves: lines for the user, or,
 * where the folder's tsconfig.json says `"lepton": { "typeErrors": "block" }`, a failure in the cell's place.
 *
 * "show" (the default) checks once the language service runs, that is soon after a page opened the notebook: it costs 130 MB, which a notebook that is
 * only executed need not pay. "block" starts it. "off" checks nothing.
 */
import type { TypeErrors } from "../cells/tsconfig.ts";
import type { BoundName, CellDiagnostic } from "../language/protocol.ts";
import type { Header } from "../wire/frames.ts";
import type { Failure } from "../wire/link.ts";
import { publish, type Wire } from "./wire.ts";

/** How long a finished cell waits for its diagnostics. While the service starts it does not wait: they come when they are there. */
const longestWaitMs = 1500;

export interface Check {
  /** What keeps the cell from running; only in mode "block". */
  readonly failure: Promise<Failure | undefined>;
  /** Resolves when all that is to be shown was published. */
  readonly shown: Promise<void>;
}

const nothing: Check = { failure: Promise.resolve(undefined), shown: Promise.resolve() };

export interface Checked {
  readonly code: string;
  readonly bound: readonly BoundName[];
  /** What the folder's tsconfig.json wants. */
  readonly mode: TypeErrors;
}

export function checkTypes(wire: Wire, { code, bound, mode }: Checked, parent: Header): Check {
  if (code === "" || mode === "off" || (mode === "show" && !wire.language.started)) return nothing;
  const { answers } = wire.language;
  const found = wire.language.diagnostics(code, bound).catch(() => []); // the client has logged it; a check is never in the way
  if (mode === "block") {
    return {
      failure: found.then((list) => (list.some(isError) ? failureOf(list) : undefined)),
      shown: Promise.resolve(),
    };
  }
  const show = found.then((list) => {
    const text = list.map(line).join("");
    if (text !== "") publish(wire, { type: "stream", content: { name: "stderr", text }, parent });
  });
  return { failure: Promise.resolve(undefined), shown: Promise.race([show, after(answers ? longestWaitMs : 0)]) };
}

const isError = (diagnostic: CellDiagnostic) => diagnostic.severity === "error";

function line({ line, column, message, code, fix }: CellDiagnostic): string {
  const mend = fix === undefined ? "" : ` Add: ${fix}`;
  return `TypeScript, line ${line}, column ${column}: ${message}${mend} (TS${code})\n`;
}

function failureOf(list: readonly CellDiagnostic[]): Failure {
  const traceback = list.map((diagnostic) => line(diagnostic).trimEnd());
  return { ename: "TypeScriptError", evalue: list.find(isError)?.message ?? "", traceback };
}

const after = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms).unref());

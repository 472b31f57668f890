/**
 * What a cell threw becomes what the page shows. Enters: any thrown value; leaves: name, message and traceback with the cell's own lines. Errors of
 * the contract are a sentence with their code and no stack.
 */
import { inspect } from "node:util";
import { isLeptonError } from "@lepton/contract";
import type { Thrown } from "../cells/evaluate.ts";
import type { Place } from "../cells/source-map.ts";
import { cellUrl, type Stacks } from "../cells/stack.ts";
import type { Failure } from "../wire/link.ts";

/** Taken before any cell runs: what a cell declares, `class Error` too, stands before the globals for this code as well. */
const { Error: NativeError, SuppressedError } = globalThis;

const red = (text: string) => `\u001b[31m${text}\u001b[39m`;
const dim = (text: string) => `\u001b[2m${text}\u001b[22m`;

export function interruptedFailure(): Failure {
  const evalue = "The cell was interrupted; variables keep their values.";
  return { ename: "KeyboardInterrupt", evalue, traceback: [`${red("KeyboardInterrupt")}: ${evalue}`] };
}

/** The user's text could not be read as TypeScript. Lines and columns from 1. */
export function syntaxFailure(source: string, message: string, place: Place, label: string): Failure {
  const where = `Cell ${label}:${place.line}:${place.column}`;
  const magic = /^\s*%{1,2}(\w+)/.exec(lineOf(source, place))?.[1];
  if (magic !== undefined)
    return plainFailure("MagicUnknown", `There is no magic %${magic}; there are %lepton and %npm.`);
  const shell = shellLine(lineOf(source, place)) ?? magicInside(lineOf(source, place));
  if (shell) return shell;
  const traceback = [`${red("SyntaxError")}: ${message}`, excerpt(source, place), dim(`    at ${where}`)];
  return { ename: "SyntaxError", evalue: `${message} (${where})`, traceback };
}

/** An error that is known by its text alone. */
export function plainFailure(ename: string, evalue: string): Failure {
  return { ename, evalue, traceback: [`${red(ename)}: ${evalue}`] };
}

export function failureOf(thrown: Thrown, stacks: Stacks, label: string): Failure {
  const { error } = thrown;
  if (isLeptonError(error)) return plainFailure(error.code, messageOf(error));
  if (error instanceof SyntaxError && thrown.place) return refusedByV8(error, thrown, stacks, label);
  if (!(error instanceof NativeError)) {
    const evalue = inspectSafely(error);
    return { ename: "Thrown", evalue, traceback: [`${red("Thrown")}: ${evalue}`] };
  }
  if (error.name === "PackageMissing" || error.name === "FileMissing")
    return plainFailure(error.name, messageOf(error));
  const text = inspectSafely(error) + suppressed(error);
  const found = sourceLine(text, stacks);
  const shell = error.name === "ReferenceError" && found ? shellLine(lineOf(found.source, found.place)) : undefined;
  if (shell) return shell;
  const source = found && excerpt(found.source, found.place);
  const lines = text.replace(/^(?:Uncaught )?([\w$.]+)/, (name) => red(name)).split("\n");
  const frame = Math.max(
    1,
    lines.findIndex((line) => isFrame.test(line)),
  ); // a message may have several lines
  const traceback = [
    ...lines.slice(0, frame),
    ...(source ? [source] : []),
    ...lines.slice(frame).map((line) => (isFrame.test(line) ? dim(line) : line)),
  ];
  return { ename: String(error.name || "Error"), evalue: messageOf(error), traceback: [traceback.join("\n")] };
}

const isFrame = /^\s+at /;

/** Both errors of a SuppressedError (`using` whose body and whose disposal threw), which Node leaves out, and both of one in it. */
function suppressed(error: unknown, depth = 0): string {
  if (!(error instanceof SuppressedError) || depth > 5) return "";
  const part = (name: "error" | "suppressed") => {
    const value: unknown = error[name];
    const inner = inspectSafely(value) + suppressed(value, depth + 1);
    return `\n  [${name}]: ${inner.replaceAll("\n", "\n  ")}`;
  };
  return part("error") + part("suppressed");
}

function messageOf(error: Error): string {
  return typeof error.message === "string" ? error.message : inspectSafely(error.message);
}

function inspectSafely(value: unknown): string {
  try {
    return inspect(value, { depth: 3, maxStringLength: 10_000 });
  } catch (cause) {
    return `a value that cannot be shown: ${String(cause)}`;
  }
}

/** `!ls`, as IPython has it, is JavaScript's "not": what to write here instead. */
function shellLine(line: string): Failure | undefined {
  const command = /^\s*!\s*([a-z].*?)\s*$/.exec(line)?.[1];
  if (command === undefined) return undefined;
  const say = `execSync(${JSON.stringify(command)}, { stdio: "inherit" })`;
  return plainFailure(
    "ShellLine",
    `A cell has no shell lines such as !${command}. Write:  import { execSync } from "node:child_process"; ${say}`,
  );
}

/** `const run = %lepton train rows`, as IPython has it. */
function magicInside(line: string): Failure | undefined {
  const [, name, verb] = /^[^%"'`/]*?([\w$]+)\s*=\s*%lepton\s+(\w+)/.exec(line) ?? [];
  if (name === undefined) return undefined;
  return plainFailure(
    "MagicInExpression",
    `A magic stands on a line of its own. Write:  %lepton ${verb} ... --as ${name}  or  const ${name} = await lepton.${verb}(...)`,
  );
}

/** The line of the first frame that is in a cell. */
function sourceLine(stack: string, stacks: Stacks): { readonly source: string; readonly place: Place } | undefined {
  const match = /^\s+at .*?Cell ([\d+]+):(\d+):(\d+)\)?(?: \{)?$/m.exec(stack); // " {" begins an error's own properties
  if (!match) return undefined;
  const [, label, line, column] = match as unknown as [string, string, string, string];
  const script = stacks.script(cellUrl(label));
  return script && { source: script.source, place: { line: Number(line), column: Number(column) } };
}

function lineOf(source: string, place: Place): string {
  return source.split(/\r\n|[\n\r]/)[place.line - 1] ?? "";
}

function excerpt(source: string, place: Place): string {
  const text = lineOf(source, place);
  const number = `${place.line} | `;
  const pad = " ".repeat(number.length + Math.max(0, place.column - 1));
  return text.length > 300 ? dim(`${number}${text.slice(0, 300)}…`) : `${dim(number)}${text}\n${pad}${red("^")}`;
}

/** Text that acorn took and V8 did not: its place is V8's. */
function refusedByV8(error: SyntaxError, thrown: Thrown, stacks: Stacks, label: string): Failure {
  const url = cellUrl(label);
  const { line, column } = thrown.place!;
  const place = stacks.locate(url, { line, column }) ?? { line: 1, column: 1 };
  return syntaxFailure(stacks.script(url)?.source ?? "", error.message, place, label);
}

/**
 * What a breakpoint asks beyond its line: a condition, a count of hits, a message instead of a stop. Enters: DAP's SourceBreakpoint; leaves: what is
 * wrong with it, and expressions for the frame where it stands.
 */
import vm from "node:vm";

export interface Breakpoint {
  readonly line: number;
  readonly condition?: string;
  /** `5`, `== 5`, `>= 5`, `> 5`, `< 5`, `<= 5` or `% 5` (every fifth). */
  readonly hitCondition?: string;
  /** Told instead of stopping; `{expression}` is filled in. */
  readonly logMessage?: string;
}

const texts = ["condition", "hitCondition", "logMessage"] as const;

/** @param given one of DAP's SourceBreakpoints; empty texts ask nothing */
export function readBreakpoint(given: Readonly<Record<string, unknown>>): Breakpoint {
  const asked = texts.flatMap((key) =>
    typeof given[key] === "string" && given[key] !== "" ? [[key, given[key]]] : [],
  );
  return { line: Number(given.line), ...Object.fromEntries(asked) };
}

/** @returns why the breakpoint cannot be set */
export function problemOf({ condition, hitCondition, logMessage }: Breakpoint): string | undefined {
  if (hitCondition !== undefined && !hitPattern.test(hitCondition))
    return `The hit condition must be a number, or ==, >, >=, <, <= or % and a number; it is "${hitCondition}".`;
  const expressions = [condition ?? "0", ...(logMessage === undefined ? [] : partsOf(logMessage).expressions)];
  for (const expression of expressions) {
    const reason = syntaxProblem(expression);
    if (reason) return `"${expression}" is no JavaScript expression: ${reason}`;
  }
  return undefined;
}

function syntaxProblem(expression: string): string | undefined {
  try {
    new vm.Script(`(${expression}\n)`);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

const hitPattern = /^\s*(==?=?|>=?|<=?|%)?\s*(\d+)\s*$/;

/** @param hits from 1 */
export function isWantedHit(hitCondition: string, hits: number): boolean {
  const [, sign = "==", digits] = hitPattern.exec(hitCondition)!;
  const number = Number(digits);
  if (sign === "%") return hits % number === 0;
  if (sign.startsWith(">")) return sign === ">" ? hits > number : hits >= number;
  if (sign.startsWith("<")) return sign === "<" ? hits < number : hits <= number;
  return hits === number;
}

const failed = `Symbol.for("lepton.conditionFailed")`;

/** V8 takes a condition that throws for false: this one is true, and what it threw is kept. */
export function guardedCondition(condition: string): string {
  return `(() => { try { return (${condition}\n); } catch (error) { globalThis[${failed}] = String(error); return true; } })()`;
}

/** What the condition threw, or undefined. */
export const conditionFailure = `(() => { const text = globalThis[${failed}]; delete globalThis[${failed}]; return text; })()`;

/** An expression for the message's text. */
export function logExpression(logMessage: string): string {
  const { words, expressions } = partsOf(logMessage);
  const values = expressions.map(
    (expression) => `(() => { try { return (${expression}\n); } catch (e) { return String(e); } })()`,
  );
  return `((words, values) => {
    const { inspect } = process.getBuiltinModule("node:util");
    const shown = values.map((value) => (typeof value === "string" ? value : inspect(value)));
    return words.map((word, index) => word + (shown[index] ?? "")).join("");
  })(${JSON.stringify(words)}, [${values.join(", ")}])`;
}

/** `a = {a}!` ─► words `a = ` and `!`, expression `a`. Braces inside an expression are its own; one that never closes is text. */
function partsOf(logMessage: string): { readonly words: readonly string[]; readonly expressions: readonly string[] } {
  const words: string[] = [];
  const expressions: string[] = [];
  let rest = 0;
  for (let at = 0; at < logMessage.length; at++) {
    const end = logMessage[at] === "{" ? closing(logMessage, at) : undefined;
    if (end === undefined) continue;
    words.push(logMessage.slice(rest, at));
    expressions.push(logMessage.slice(at + 1, end));
    rest = end + 1;
    at = end;
  }
  return { words: [...words, logMessage.slice(rest)], expressions };
}

function closing(text: string, open: number): number | undefined {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    if (text[at] === "{") depth++;
    if (text[at] === "}" && --depth === 0) return at;
  }
  return undefined;
}

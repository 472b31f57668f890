/**
 * A cell's function travels to a run's process: a module with all it needs inside. Enters: a function of the notebook, or the text of a cell; leaves:
 * a file that exports it. Plain values are copied as they are now, functions and classes with what they use in turn, imported names are imported
 * again and bundled; anything else is an error that names the variable.
 */
import path from "node:path";
import { type Binding, LeptonError, type NotebookHost } from "@lepton/contract";
import { type AnyNode, parse, parseExpressionAt } from "acorn";
import { replaceFile } from "../data/durable-file.ts";
import { firstBodyLine, linesByMap, lineTable } from "./cell-lines.ts";
import { freeNames } from "./free-names.ts";
import { literalOf } from "./literal.ts";

type Notebook = Pick<NotebookHost, "folder" | "lookup">;

/** What is captured: for messages, and the name that the module exports. */
export type Captured = "model" | "loss";

interface Capture {
  readonly notebook: Notebook;
  readonly what: Captured;
  /** Declarations in the order in which they can be evaluated. */
  readonly declarations: string[];
  readonly imports: Set<string>;
  readonly seen: Set<string>;
}

const syntax = { ecmaVersion: "latest", sourceType: "module" } as const;

/** Code with the line of the cell that each of its lines is of; 0 for those that are not the cell's. */
interface Part {
  readonly code: string;
  readonly lines: readonly number[];
}

/**
 * Write `FILE.mjs` into `folder`, exporting `model` or `loss`.
 *
 * @param source  a function, or TypeScript text: a function expression, or statements whose last one declares the function
 * @returns       the file's name inside the folder
 * @throws        LEPTON_CAPTURE naming the variable that cannot travel; LEPTON_MODEL where the text is no function, with the cell's line
 */
export async function captureModule(
  source: ((...args: never[]) => unknown) | string,
  what: Captured,
  folder: string,
  notebook: Notebook,
): Promise<string> {
  const capture: Capture = { notebook, what, declarations: [], imports: new Set(), seen: new Set() };
  const own = typeof source === "string" ? await textPart(source, capture) : functionPart(source, capture);
  const before = [...capture.imports, ...capture.declarations].map((code) => `${code}\n`).join("");
  const made: Part = {
    code: `${before}${own.code}\n`,
    lines: [...new Array<number>(before.split("\n").length - 1).fill(0), ...own.lines],
  };
  const isBundled = capture.imports.size > 0 || /^import\b/m.test(own.code);
  const { code, lines } = isBundled ? await bundle(made, capture) : made;
  const file = path.join(folder, `${what}.mjs`);
  replaceFile(file, [code]);
  if (typeof source === "string") {
    const [table, text] = lineTable(file, lines, source);
    replaceFile(table, [text]);
  }
  return path.basename(file);
}

function functionPart(source: (...args: never[]) => unknown, capture: Capture): Part {
  const code = sourceOf(source, capture.what, capture);
  captureNames(freeNames(parseExpression(code, capture.what, capture)), capture, capture.what);
  return { code: `export const ${capture.what} = (${code});`, lines: [] };
}

/** A cell's text: types are taken off, the last function declared is the one. */
async function textPart(text: string, capture: Capture): Promise<Part> {
  const { what } = capture;
  if (text.trim() === "") {
    const example = "(x, nn) => nn.dense(x, 1)";
    throw new LeptonError(
      "LEPTON_MODEL",
      `${what}: line ${firstBodyLine} of the cell must be a function such as ${example}; the cell ends there.`,
    );
  }
  const expression = await expressionPart(text, capture);
  if (expression) return expression;
  const { code, lines } = await withoutTypes(text, capture);
  const program = parse(code, syntax);
  const last = program.body.at(-1);
  const name = last && declaredFunction(last);
  const isUnnamed = last?.type === "ExportDefaultDeclaration" && !name;
  if (!name && !isUnnamed) {
    const at = last ? lines[code.slice(0, last.start).split("\n").length - 1]! : 1;
    throw noFunction(what, `it ends with ${last ? wordsOf(last) : "nothing"}`, at, text);
  }
  captureNames(freeNames(program), capture, what);
  const start = last!.start;
  const ending = code.slice(start).replace(/^export default /, name ? "" : `export const ${what} = `);
  return { code: code.slice(0, start) + ending + (name ? `\nexport { ${name} as ${what} };` : ""), lines };
}

/** The text as one expression, or undefined when it is none. @throws LEPTON_MODEL when it is one that cannot be a function */
async function expressionPart(text: string, capture: Capture): Promise<Part | undefined> {
  const { what } = capture;
  const found = await withoutTypes(`(${text.trimEnd().replace(/;$/, "")}\n)`, capture).catch(() => undefined);
  if (found === undefined) return undefined;
  const code = found.code.trim().replace(/;$/, "");
  const node = parseExpression(code, what, capture);
  if (/^(Literal|TemplateLiteral|ObjectExpression|ArrayExpression)$/.test(node.type))
    throw noFunction(what, `it is ${wordsOf(node)}`, 1, text);
  captureNames(freeNames(node), capture, what);
  return { code: `export const ${what} = ${code};`, lines: found.lines };
}

function noFunction(what: Captured, got: string, line: number, text: string): LeptonError {
  const shown = text.split("\n")[line - 1]?.trim() ?? "";
  return new LeptonError(
    "LEPTON_MODEL",
    `${what}: the cell must be a function of (x, nn), or end with one that has a name; ${got}, line ${line + firstBodyLine - 1} of the cell: ${shown}`,
  );
}

/** "a number", "an expression statement": what a piece of syntax is called. */
function wordsOf(node: AnyNode): string {
  if (node.type === "Literal") return node.value === null ? "null" : `a ${typeof node.value}`;
  const words = node.type.replaceAll(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase();
  return `${/^[aeiou]/.test(words) ? "an" : "a"} ${words}`;
}

function declaredFunction(node: AnyNode): string | undefined {
  if (node.type === "ExportDefaultDeclaration") return declaredFunction(node.declaration);
  if (node.type === "FunctionDeclaration") return node.id?.name;
  if (node.type !== "VariableDeclaration") return undefined;
  const { id, init } = node.declarations.at(-1)!;
  const isFunction = init?.type === "ArrowFunctionExpression" || init?.type === "FunctionExpression";
  return id.type === "Identifier" && isFunction ? id.name : undefined;
}

/** Declare what the names stand for, what those use in turn first. @param user  who uses them, for messages */
function captureNames(names: readonly string[], capture: Capture, user: string): void {
  for (const name of names) {
    if (capture.seen.has(name)) continue;
    const binding = capture.notebook.lookup(name);
    if (!binding && name in globalThis) continue;
    if (!binding) {
      const remedy = `declare it at the top of a cell, or give it as a hyperparameter: --args ${name}=... and (x, nn, { ${name} })`;
      throw new LeptonError(
        "LEPTON_CAPTURE",
        `${user} uses "${name}", which is no top-level name of the notebook; ${remedy}.`,
      );
    }
    capture.seen.add(name);
    captureBinding(name, binding, capture, user);
  }
}

function captureBinding(name: string, binding: Binding, capture: Capture, user: string): void {
  if (binding.import) {
    const { specifier, imported } = binding.import;
    const clause = imported === "*" ? `* as ${name}` : imported === "default" ? name : `{ ${imported} as ${name} }`;
    capture.imports.add(`import ${clause} from ${JSON.stringify(specifier)};`);
    return;
  }
  if (typeof binding.value === "function") {
    const code = sourceOf(binding.value as () => unknown, name, capture);
    captureNames(freeNames(parseExpression(code, name, capture)), capture, name);
    capture.declarations.push(`let ${name} = (${code});`);
    return;
  }
  const literal = literalOf(binding.value);
  if ("text" in literal) {
    capture.declarations.push(`let ${name} = ${literal.text};`);
    return;
  }
  throw new LeptonError(
    "LEPTON_CAPTURE",
    `${user} uses "${name}", which cannot travel to the run's process: ${literal.fault}. Numbers, text, plain objects, arrays, typed arrays and functions can; make it inside the function, or import it from a file.`,
  );
}

/** JavaScript of a function or class; a method `f(x) {...}` becomes a function. */
function sourceOf(value: (...args: never[]) => unknown, name: string, capture: Capture): string {
  const text = Function.prototype.toString.call(value);
  if (/\{\s*\[native code\]\s*\}\s*$/.test(text)) {
    const message = `"${name}" is native or bound and has no text to travel; wrap it: (x, nn) => ${name}(x, nn).`;
    throw new LeptonError("LEPTON_CAPTURE", `${capture.what}: ${message}`);
  }
  if (/^(async\s+)?(function|class)\b/.test(text) || isExpression(text)) return text;
  return `({ ${text} })[${JSON.stringify(value.name)}]`;
}

function isExpression(text: string): boolean {
  try {
    parseExpressionAt(`(${text})`, 0, syntax);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

function parseExpression(code: string, name: string, capture: Capture): AnyNode {
  try {
    return parseExpressionAt(`(${code})`, 0, syntax);
  } catch (cause) {
    const message = `${capture.what}: the text of "${name}" cannot be read: ${(cause as Error).message}.`;
    throw new LeptonError("LEPTON_CAPTURE", message, { cause });
  }
}

async function withoutTypes(text: string, { what }: Capture): Promise<Part> {
  const { transform } = await import("esbuild");
  try {
    const { code, map } = await transform(text, {
      loader: "ts",
      target: "node24",
      logLevel: "silent",
      sourcemap: "external",
    });
    return { code, lines: linesByMap(code, map) };
  } catch (cause) {
    const [first] = (cause as { errors?: { location: { line: number; lineText: string } | null }[] }).errors ?? [];
    const line = (first?.location?.line ?? 1) + firstBodyLine - 1;
    const shown = first?.location?.lineText.trim() ?? "";
    throw new LeptonError("LEPTON_MODEL", `${what}: ${firstMessage(cause)}, line ${line} of the cell: ${shown}`, {
      cause,
    });
  }
}

/** Put imported code inside, found from the notebook's folder; Node's own modules stay imports. */
async function bundle({ code, lines }: Part, { notebook, what }: Capture): Promise<Part> {
  const { build } = await import("esbuild");
  try {
    const result = await build({
      stdin: { contents: code, resolveDir: notebook.folder, sourcefile: `${what}.ts`, loader: "ts" },
      bundle: true,
      format: "esm",
      platform: "node",
      target: "node24",
      write: false,
      outfile: `${what}.mjs`,
      sourcemap: "external",
      logLevel: "silent",
    });
    const [map, bundled] = [".map", ".mjs"].map(
      (end) => result.outputFiles.find(({ path: file }) => file.endsWith(end))!.text,
    ) as [string, string];
    return { code: bundled, lines: linesByMap(bundled, map, `${what}.ts`).map((line) => lines[line - 1] ?? 0) };
  } catch (cause) {
    throw new LeptonError("LEPTON_CAPTURE", `${what}: an import cannot be bundled: ${firstMessage(cause)}`, { cause });
  }
}

function firstMessage(error: unknown): string {
  const errors = (error as { errors?: { text: string }[] }).errors;
  return errors?.[0]?.text ?? (error as Error).message;
}

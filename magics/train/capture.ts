/**
 * A cell's function travels to a run's process: a module with all it needs inside. Enters: a function of the notebook, or the text of a cell; leaves:
 * a file that exports it. Plain values are copied as they are now, functions and classes with what they use in turn, imported names are imported
 * again and bundled; anything else is an error that names the variable.
 */
import path from "node:path";
import { type Binding, LeptonError, type NotebookHost } from "@lepton/contract";
import { type AnyNode, parse, parseExpressionAt } from "acorn";
import { replaceFile } from "./durable-file.ts";
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

/**
 * Write `FILE.mjs` into `folder`, exporting `model` or `loss`.
 *
 * @param source  a function, or TypeScript text: a function expression, or statements whose last one declares the function
 * @returns       the file's name inside the folder
 * @throws        LEPTON_CAPTURE naming the variable that cannot travel
 */
export async function captureModule(
  source: ((...args: never[]) => unknown) | string,
  what: Captured,
  folder: string,
  notebook: Notebook,
): Promise<string> {
  const capture: Capture = { notebook, what, declarations: [], imports: new Set(), seen: new Set() };
  const own = typeof source === "string" ? await textParts(source, capture) : functionParts(source, capture);
  const code = [...capture.imports, ...capture.declarations, ...own, ""].join("\n");
  const bundled =
    capture.imports.size > 0 || own.some((line) => /^import\b/m.test(line)) ? await bundle(code, capture) : code;
  const file = `${what}.mjs`;
  replaceFile(path.join(folder, file), [bundled]);
  return file;
}

function functionParts(source: (...args: never[]) => unknown, capture: Capture): string[] {
  const code = sourceOf(source, capture.what, capture);
  captureNames(freeNames(parseExpression(code, capture.what, capture)), capture, capture.what);
  return [`export const ${capture.what} = (${code});`];
}

/** A cell's text: types are taken off, the last function declared is the one. */
async function textParts(text: string, capture: Capture): Promise<string[]> {
  const { what } = capture;
  const expression = await withoutTypes(`(${text.trim().replace(/;$/, "")}\n)`, capture).catch(() => undefined);
  if (expression !== undefined) {
    const code = expression.trim().replace(/;$/, "");
    captureNames(freeNames(parseExpression(code, what, capture)), capture, what);
    return [`export const ${what} = ${code};`];
  }
  const code = await withoutTypes(text, capture);
  const program = parse(code, syntax);
  const last = program.body.at(-1);
  const name = last && declaredFunction(last);
  const isUnnamed = last?.type === "ExportDefaultDeclaration" && !name;
  if (!name && !isUnnamed) {
    const message = `the cell must be a function of (x, nn), or end with one that has a name; it ends with ${last?.type ?? "nothing"}.`;
    throw new LeptonError("LEPTON_CAPTURE", `${what}: ${message}`);
  }
  captureNames(freeNames(program), capture, what);
  const start = last!.start;
  const ending = code.slice(start).replace(/^export default /, name ? "" : `export const ${what} = `);
  return [code.slice(0, start) + ending, ...(name ? [`export { ${name} as ${what} };`] : [])];
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

async function withoutTypes(text: string, { what }: Capture): Promise<string> {
  const { transform } = await import("esbuild");
  try {
    return (await transform(text, { loader: "ts", target: "node24", logLevel: "silent" })).code;
  } catch (cause) {
    throw new LeptonError("LEPTON_CAPTURE", `${what}: ${firstMessage(cause)}`, { cause });
  }
}

/** Put imported code inside, found from the notebook's folder; Node's own modules stay imports. */
async function bundle(code: string, { notebook, what }: Capture): Promise<string> {
  const { build } = await import("esbuild");
  try {
    const result = await build({
      stdin: { contents: code, resolveDir: notebook.folder, sourcefile: `${what}.ts`, loader: "ts" },
      bundle: true,
      format: "esm",
      platform: "node",
      target: "node24",
      write: false,
      logLevel: "silent",
    });
    return result.outputFiles[0]!.text;
  } catch (cause) {
    throw new LeptonError("LEPTON_CAPTURE", `${what}: an import cannot be bundled: ${firstMessage(cause)}`, { cause });
  }
}

function firstMessage(error: unknown): string {
  const errors = (error as { errors?: { text: string }[] }).errors;
  return errors?.[0]?.text ?? (error as Error).message;
}

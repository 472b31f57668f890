/** The table of DAP commands. Enters: a request's arguments; leaves: the answer's body, or an error whose message the client shows. */
import type { Debugger as V8 } from "node:inspector";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseCell } from "../cells/parse.ts";
import { rewriteCell } from "../cells/rewrite.ts";
import { problemOf, readBreakpoint } from "./breakpoints.ts";
import { capabilities, type DapRequest, type DapVariable, threadId } from "./dap.ts";
import type { KernelDebugger, Session } from "./debugger.ts";
import { objectGroup, text } from "./variables.ts";

type Body = Readonly<Record<string, unknown>>;
type Command = (kernel: KernelDebugger, args: DapRequest["arguments"]) => Body | Promise<Body>;

/** @throws Error when the command is unknown, or needs a debugger that was not started */
export async function runCommand(kernel: KernelDebugger, { command, arguments: args }: DapRequest): Promise<Body> {
  const run = Object.hasOwn(commands, command) ? commands[command] : undefined;
  if (!run) throw new Error(`The debugger has no command "${command}".`);
  return run(kernel, args);
}

const nothing: Body = {};

const commands: Readonly<Record<string, Command>> = {
  debugInfo: (kernel) => kernel.info(),
  initialize: async (kernel) => {
    await kernel.start();
    return capabilities;
  },
  attach: () => nothing,
  configurationDone: () => nothing,
  disconnect: async (kernel) => {
    await kernel.end();
    return nothing;
  },
  dumpCell: (kernel, { code }) => ({ sourcePath: kernel.files.dump(String(code ?? "")) }),
  source: (kernel, { source }) => {
    const at = String((source as { path?: unknown } | undefined)?.path ?? "");
    const content = kernel.files.text(at);
    if (content === undefined) throw new Error(`No cell has the path ${at}.`);
    return { content };
  },
  setBreakpoints,
  setExceptionBreakpoints,
  threads: () => ({ threads: [{ id: threadId, name: "cells" }] }),
  stackTrace: (kernel) => {
    const stackFrames = (kernel.stop?.frames ?? []).map((frame, index) => stackFrame(kernel, frame, index));
    return { stackFrames, totalFrames: stackFrames.length };
  },
  scopes: (kernel, { frameId }) => ({ scopes: scopesOf(kernel, frameAt(kernel, frameId)) }),
  variables: async (kernel, { variablesReference }) => ({
    variables: await started(kernel).variables.members(Number(variablesReference)),
  }),
  inspectVariables: async (kernel) => ({ variables: await notebookVariables(kernel) }),
  richInspectVariables,
  evaluate,
  copyToGlobals,
  continue: async (kernel) => {
    const { inspector } = started(kernel);
    kernel.asked = undefined;
    await inspector.post("Debugger.resume");
    return { allThreadsContinued: true };
  },
  next: step("Debugger.stepOver"),
  stepIn: step("Debugger.stepInto"),
  stepOut: step("Debugger.stepOut"),
  pause: step("Debugger.pause"),
  modules: ({ files }) => {
    const modules = files.modules().map((at, id) => ({ id, name: path.basename(at), path: at }));
    return { modules, totalModules: modules.length };
  },
};

function started(kernel: KernelDebugger): Session {
  if (!kernel.session) throw new Error("The debugger is not started: send initialize first.");
  return kernel.session;
}

function step(method: "Debugger.stepOver" | "Debugger.stepInto" | "Debugger.stepOut" | "Debugger.pause"): Command {
  return async (kernel) => {
    const { inspector } = started(kernel);
    kernel.asked = method === "Debugger.pause" ? "pause" : "step";
    kernel.askedDepth = method === "Debugger.stepOver" ? (kernel.stop?.frames.length ?? 0) : Number.POSITIVE_INFINITY;
    await inspector.post(method);
    return nothing;
  };
}

async function setBreakpoints(kernel: KernelDebugger, { source, breakpoints }: DapRequest["arguments"]): Promise<Body> {
  started(kernel);
  const at = String((source as { path?: unknown } | undefined)?.path ?? "");
  const wanted = (Array.isArray(breakpoints) ? breakpoints : []).map(readBreakpoint);
  const set = await kernel.setBreakpoints(at, wanted);
  const told = set.map((breakpoint, id) => {
    const base = { id, line: breakpoint.line, source: { path: at } };
    const message = problemOf(breakpoint);
    return message === undefined ? { ...base, verified: true } : { ...base, verified: false, message };
  });
  return { breakpoints: told };
}

async function setExceptionBreakpoints(kernel: KernelDebugger, { filters }: DapRequest["arguments"]): Promise<Body> {
  const wanted: readonly unknown[] = Array.isArray(filters) ? filters : [];
  const known: readonly string[] = capabilities.exceptionBreakpointFilters.map(({ filter }) => filter);
  const unknown = wanted.find((filter) => !known.includes(String(filter)));
  if (unknown !== undefined)
    throw new Error(`There is no exception filter "${unknown}"; there are ${known.join(", ")}.`);
  const state = wanted.includes("all") ? "all" : wanted.includes("uncaught") ? "uncaught" : "none";
  await started(kernel).inspector.post("Debugger.setPauseOnExceptions", { state });
  kernel.stopsAtUncaught = state === "uncaught";
  return nothing;
}

function stackFrame(kernel: KernelDebugger, frame: V8.CallFrame, id: number): Body {
  const { lineNumber, columnNumber = 0 } = frame.location;
  const cell = kernel.files.locate(frame.url, lineNumber, columnNumber);
  const at = cell ?? { line: lineNumber + 1, column: columnNumber + 1, path: filePath(frame.url) };
  const name = frame.functionName === "" ? (cell ? "cell" : "(anonymous)") : frame.functionName;
  return { id, name, line: at.line, column: at.column, source: { name: at.path.split(/[\\/]/).at(-1), path: at.path } };
}

function filePath(url: string): string {
  return url.startsWith("file:") ? fileURLToPath(url.replace(/\?v=\w+$/, "")) : url;
}

function frameAt(kernel: KernelDebugger, id: unknown): V8.CallFrame {
  const frame = kernel.stop?.frames[Number(id ?? 0)];
  if (!frame) throw new Error("The kernel is not stopped at such a frame.");
  return frame;
}

const scopeNames: Readonly<Record<string, string>> = {
  local: "Locals",
  block: "Block",
  catch: "Catch",
  closure: "Closure",
  script: "Notebook",
  module: "Module",
  with: "With",
};

/** The frame's scopes, the innermost first; the globals of Node are left out, V8's empty scopes too. */
function scopesOf(kernel: KernelDebugger, frame: V8.CallFrame): readonly Body[] {
  const { variables } = started(kernel);
  const isPackage = kernel.files.execution(frame.url) === undefined;
  return frame.scopeChain.flatMap(({ type, object: { objectId } }) => {
    const name = scopeNames[type];
    if (name === undefined || objectId === undefined) return [];
    const isShown = (one: string) => (isPackage && type !== "script") || kernel.files.isTyped(one);
    return [{ name, expensive: false, variablesReference: variables.refer(() => variables.scope(objectId, isShown)) }];
  });
}

/** Names of Node's own global object, which the wire's thread has too. */
const nodeGlobals = new Set(Object.getOwnPropertyNames(globalThis));
const ownGlobals = new Set(["display", "clearOutput", "prompt", "password", "require", "lepton"]);

/** The notebook's names: those of cells, and those that magics bound. */
async function notebookVariables(kernel: KernelDebugger): Promise<readonly DapVariable[]> {
  const { inspector, variables } = started(kernel);
  await kernel.forgetValues();
  const { names } = await inspector.post("Runtime.globalLexicalScopeNames", {});
  const bound = await inspector.post("Runtime.evaluate", {
    expression: "Object.keys(globalThis)",
    returnByValue: true,
  });
  const shown = new Set([...names, ...(bound.result.value as string[]).filter((name) => !nodeGlobals.has(name))]);
  const found = await Promise.all(
    [...shown]
      .filter((name) => kernel.files.isTyped(name) && !ownGlobals.has(name))
      .map(async (name) => {
        const { result, exceptionDetails } = await inspector.post("Runtime.evaluate", {
          expression: name,
          objectGroup,
          generatePreview: true,
          silent: true,
        });
        const isShown = !exceptionDetails && result.type !== "function" && result.type !== "undefined";
        return isShown ? [variables.variable(name, result, name)] : [];
      }),
  );
  return found.flat();
}

/** An evaluation that takes longer is ended, before the inspector's own patience is. */
const EVALUATE_MS = 1500;

async function evaluateIn(kernel: KernelDebugger, expression: string, frameId: unknown, byValue: boolean) {
  const { inspector } = started(kernel);
  const options = {
    expression,
    objectGroup,
    silent: true,
    timeout: EVALUATE_MS, // V8 ends it: a thread that stands in it could not be resumed or interrupted
    ...(byValue ? { returnByValue: true } : { generatePreview: true }),
  };
  if (!kernel.stop) return inspector.post("Runtime.evaluate", { ...options, ...atRest(expression) });
  const { callFrameId } = frameAt(kernel, frameId);
  return inspector.post("Debugger.evaluateOnCallFrame", { ...options, callFrameId });
}

/** What is declared between cells is the notebook's, as by a cell: V8's own declaration would refuse every later cell that declares the name. */
function atRest(expression: string) {
  try {
    const { code, names } = rewriteCell(expression, parseCell(expression));
    const declared = JSON.stringify(names.map(({ name }) => name));
    const run = `(__lepton__.declare(${declared}), ${code}().then((result) => result?.value))`;
    return names.length === 0 ? { replMode: true } : { expression: run, awaitPromise: true };
  } catch {
    return { replMode: true }; // V8 says what is wrong
  }
}

/** @throws Error with what the expression threw */
async function valueIn(kernel: KernelDebugger, expression: string, frameId: unknown, byValue = false) {
  const { result, exceptionDetails } = await evaluateIn(kernel, expression, frameId, byValue);
  if (!exceptionDetails) return result;
  const thrown = exceptionDetails.exception;
  throw new Error((thrown && (thrown.description?.split("\n")[0] ?? text(thrown))) || exceptionDetails.text);
}

async function evaluate(kernel: KernelDebugger, { expression, frameId }: DapRequest["arguments"]): Promise<Body> {
  const value = await valueIn(kernel, String(expression ?? ""), frameId);
  const shown = started(kernel).variables.variable("result", value, String(expression));
  return { result: shown.value, variablesReference: shown.variablesReference };
}

const identifier = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

/** A value as an output would show it. A display that is a promise cannot be awaited at a breakpoint: its text is shown. */
async function richInspectVariables(kernel: KernelDebugger, args: DapRequest["arguments"]): Promise<Body> {
  const name = String(args.variableName ?? "");
  if (!identifier.test(name)) return { data: {}, metadata: {} };
  const expression = `(() => {
    const show = ${name}?.[Symbol.for("Jupyter.display")];
    const bundle = typeof show === "function" ? show.call(${name}) : undefined;
    const plain = { "text/plain": process.getBuiltinModule("node:util").inspect(${name}) };
    return bundle && typeof bundle.then !== "function" ? { ...plain, ...bundle } : plain;
  })()`;
  const { value } = await valueIn(kernel, expression, args.frameId, true);
  return { data: value as Body, metadata: {} };
}

async function copyToGlobals(kernel: KernelDebugger, args: DapRequest["arguments"]): Promise<Body> {
  const to = String(args.dstVariableName ?? "");
  const from = String(args.srcVariableName ?? "");
  if (!identifier.test(to) || !identifier.test(from)) throw new Error("Both must be names of variables.");
  await valueIn(kernel, `void __lepton__.bind(${JSON.stringify(to)}, ${from})`, args.srcFrameId);
  return nothing;
}

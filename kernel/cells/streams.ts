/**
 * stdout and stderr of cells. Enters: writes by console, process.stdout, process.stderr and child processes that would inherit them; leaves:
 * text with its cell. The console is our own: V8's inspector keeps the arguments of the last 1,000 calls of Node's.
 */
import childProcess from "node:child_process";
import { Console } from "node:console";
import { syncBuiltinESMExports } from "node:module";
import type { Readable, Writable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { currentCell, runInCell } from "./cell.ts";
import type { Output, StreamName } from "./output.ts";

interface Capturing {
  /** What console.clear() does. */
  readonly onClear: () => void;
  /** What makes a call that waits for a child process. */
  readonly waitForChild: <T>(call: () => T) => T;
}

export function captureStreams(output: Output, { onClear, waitForChild }: Capturing): void {
  for (const name of ["stdout", "stderr"] as const) captureWrites(process[name], name, output);
  globalThis.console = createConsole(output, onClear);
  captureSpawn();
  for (const name of ["spawnSync", "execFileSync", "execSync"] as const) captureSync(name, output, waitForChild);
  syncBuiltinESMExports();
}

type Callback = (error?: Error | null) => void;

function captureWrites(stream: NodeJS.WriteStream, name: StreamName, output: Output): void {
  const decoder = new StringDecoder("utf8");
  const write = (chunk: string | NodeJS.ArrayBufferView, encoding?: BufferEncoding | Callback, done?: Callback) => {
    const isText = typeof chunk === "string";
    const text = isText ? decodeText(chunk, encoding) : decoder.write(bytesOf(chunk));
    output.write(currentCell(), name, text);
    const callback = typeof encoding === "function" ? encoding : done;
    if (callback) process.nextTick(callback);
    return true;
  };
  Object.defineProperty(stream, "write", { value: write, writable: true, configurable: true });
  // Pipelines write through these.
  stream._write = (chunk, encoding, callback) => {
    write(chunk, encoding);
    callback();
  };
  Object.assign(stream, { _writev: undefined, _destroy: (_: unknown, done: Callback) => done() });
}

/** @throws TypeError as Node's for what is neither text nor bytes */
function bytesOf(chunk: NodeJS.ArrayBufferView): Buffer {
  return ArrayBuffer.isView(chunk) ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength) : Buffer.from(chunk);
}

function decodeText(text: string, encoding: unknown): string {
  const isEncoded = typeof encoding === "string" && !/^(utf-?8|utf16le|ucs-?2)$/i.test(encoding);
  return isEncoded ? Buffer.from(text, encoding as BufferEncoding).toString("utf8") : text;
}

function createConsole(output: Output, onClear: () => void): Console {
  const sink = (name: StreamName) =>
    ({ write: (text: string) => output.write(currentCell(), name, text), on() {}, removeListener() {} }) as never;
  const made = new Console({ stdout: sink("stdout"), stderr: sink("stderr"), ignoreErrors: false, colorMode: false });
  made.clear = onClear;
  // What only Node's own has: Console itself, and V8's profile, timeStamp and the like.
  for (const [name, own] of Object.entries(Object.getOwnPropertyDescriptors(globalThis.console)))
    if (!(name in made)) Object.defineProperty(made, name, own);
  return made;
}

type Stdio = string | readonly unknown[] | undefined;

/** What a child would inherit as stdout or stderr, by index of its stdio. */
function inherited(stdio: Stdio): StreamName[] {
  const all = typeof stdio === "string" ? [stdio, stdio, stdio] : (stdio ?? []);
  return (["stdout", "stderr"] as const).filter((name, index) => {
    const entry = all[index + 1];
    return entry === "inherit" || entry === index + 1 || entry === process[name];
  });
}

function asPipes(stdio: Stdio, names: readonly StreamName[]): unknown[] {
  const all = typeof stdio === "string" ? [stdio, stdio, stdio] : [...(stdio ?? [])];
  for (const name of names) all[name === "stdout" ? 1 : 2] = "pipe";
  if (all[0] === "inherit") all[0] = "ignore"; // the kernel has no terminal
  return all;
}

function captureSpawn(): void {
  const prototype = childProcess.ChildProcess.prototype as unknown as {
    spawn(options: { stdio?: Stdio }): unknown;
    stdout: Readable | null;
    stderr: Readable | null;
  };
  const original = prototype.spawn;
  prototype.spawn = function spawn(options) {
    const names = inherited(options.stdio);
    if (names.length === 0) return original.call(this, options);
    const result = original.call(this, { ...options, stdio: asPipes(options.stdio, names) });
    const cell = currentCell();
    for (const name of names) {
      const decoder = new StringDecoder("utf8");
      const show = (chunk: Buffer) => (process[name] as Writable).write(decoder.write(chunk));
      this[name]?.on("data", (chunk: Buffer) => (cell ? runInCell(cell, () => show(chunk)) : show(chunk)));
    }
    return result;
  };
}

function captureSync(
  name: "spawnSync" | "execFileSync" | "execSync",
  output: Output,
  waitForChild: Capturing["waitForChild"],
): void {
  const original = childProcess[name] as (...args: unknown[]) => unknown;
  const captured = (...args: unknown[]) => {
    output.flush(); // this thread sleeps until the child has ended
    const at = args.findIndex((arg) => typeof arg === "object" && arg !== null && !Array.isArray(arg));
    const options = args[at] as { stdio?: Stdio; maxBuffer?: number } | undefined;
    const names = inherited(options?.stdio);
    if (names.length === 0) return waitForChild(() => original(...args));
    // What Node passes through has no bound.
    const maxBuffer = names.length === 2 ? Number.POSITIVE_INFINITY : (options?.maxBuffer ?? Number.POSITIVE_INFINITY);
    // Of a command that went well Node gives stdout alone; without a stdio it writes stderr itself.
    const isWritten = name !== "spawnSync" && names.includes("stderr");
    args[at] = { ...options, maxBuffer, stdio: isWritten ? undefined : asPipes(options?.stdio, names) };
    const shown = isWritten ? names.filter((one) => one !== "stderr") : names;
    return showSync(() => waitForChild(() => original(...args)), shown);
  };
  Object.assign(childProcess, { [name]: captured });
}

interface SyncResult {
  readonly output?: unknown[];
  stdout?: unknown;
  stderr?: unknown;
}

/** As Node gives it back: null for what the child inherited. */
function withoutShown(result: unknown, names: readonly StreamName[]): unknown {
  if (typeof result === "string" || Buffer.isBuffer(result)) return names.includes("stdout") ? null : result;
  const record = result as SyncResult | null;
  for (const name of names) {
    if (!record) break;
    record[name] = null;
    if (record.output) record.output[name === "stdout" ? 1 : 2] = null;
  }
  return result;
}

/** Run, then write what the child wrote: also when it failed and the function threw. */
function showSync(run: () => unknown, names: readonly StreamName[]): unknown {
  const show = (result: unknown) => {
    const isOutput = typeof result === "string" || Buffer.isBuffer(result);
    const record = isOutput ? { stdout: result } : (result as Partial<Record<StreamName, unknown>> | null);
    for (const name of names) if (record?.[name]) process[name].write(String(record[name]));
  };
  try {
    const result = run();
    show(result);
    return withoutShown(result, names);
  } catch (error) {
    show(error);
    throw error;
  }
}

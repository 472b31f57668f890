/**
 * execute_request: cells one after the other, each subshell with its own queue. Enters: requests in order; leaves: busy, execute_input, what the main
 * thread publishes, a reply, idle. After an error the requests that were sent before its reply are aborted.
 */
import { compileCell } from "../cells/compile.ts";
import { isPager, splitCell } from "../cells/split.ts";
import { type CellSettings, readTsconfig } from "../cells/tsconfig.ts";
import { interruptedFailure, plainFailure, syntaxFailure } from "../display/failure.ts";
import type { Header } from "../wire/frames.ts";
import type { ExecuteOutcome, ExecuteTask, Failure, Script } from "../wire/link.ts";
import { checkTypes } from "./diagnose.ts";
import { startSoon } from "./language.ts";
import { showHelp } from "./pager.ts";
import { publish, type Request, reply, status, type Wire } from "./wire.ts";

/** What cells find that this thread's globalThis lacks: cells/surface.ts. */
const surface = new Set(["display", "clearOutput", "prompt", "password", "Jupyter", "require", "__lepton__"]);

interface Queue {
  readonly waiting: Request[];
  running: Request | undefined;
  /** Wall time of its latest failure, by the client's kind of clock. */
  failedAt: number;
}

const newQueue = (): Queue => ({ waiting: [], running: undefined, failedAt: 0 });

interface Content {
  readonly code: string;
  readonly silent: boolean;
  readonly storeHistory: boolean;
  readonly allowStdin: boolean;
  readonly stopOnError: boolean;
  readonly userExpressions: Readonly<Record<string, string>>;
}

/** Requests that were on their way when an error was answered arrive within this time. */
const ON_THEIR_WAY_MS = 100;

export class Executions {
  /** Cells counted so far. */
  count = 0;
  #uncounted = 0;
  readonly #queues = new Map<string, Queue>([["", newQueue()]]);
  readonly #outcomes = new Map<number, (outcome: ExecuteOutcome) => void>();
  #next = 0;
  /** Names that cells declared before the magics were there. */
  readonly #declared = new Set<string>();
  /** Names that cells made with `const` or `import`. */
  readonly constants = new Set<string>();

  get busy(): boolean {
    return [...this.#queues.values()].some((queue) => queue.running);
  }

  /** Headers of the cells that run. */
  running(): readonly Header[] {
    return [...this.#queues.values()].flatMap((queue) => queue.running?.message.header ?? []);
  }

  /** The request with that message ID, if it runs. */
  find(messageId: string): Request | undefined {
    const all = [...this.#queues.values()].map((queue) => queue.running);
    return all.find((request) => request?.message.header.msg_id === messageId);
  }

  createSubshell(id: string): void {
    this.#queues.set(id, newQueue());
  }

  deleteSubshell(id: string): boolean {
    return id !== "" && this.#queues.delete(id);
  }

  subshells(): readonly string[] {
    return [...this.#queues.keys()].filter((id) => id !== "");
  }

  add(wire: Wire, request: Request): void {
    const id = request.message.header.subshell_id ?? "";
    const queue = this.#queues.get(id);
    if (!queue) return refuse(wire, request, `There is no subshell "${id}".`);
    queue.waiting.push(request);
    if (!queue.running) void this.#drain(wire, queue);
  }

  /** Drop what waits, as an interrupt or an error wants it. */
  abort(wire: Wire, queue: Queue = this.#queues.get("")!): void {
    for (const request of queue.waiting.splice(0)) abortOne(wire, request);
  }

  /** True for a cell with a name that is neither declared nor JavaScript's own: magics may have it. */
  mayUseMagics(script: Script): boolean {
    for (const { name } of script.names) this.#declared.add(name);
    return script.used.some((name) => !this.#declared.has(name) && !(name in globalThis) && !surface.has(name));
  }

  /** A cell is about to run: its names are constants, or are none any more. */
  declare(script: Script, bindings: Compiled["bindings"]): void {
    for (const { name, constant } of script.names) {
      if (constant) this.constants.add(name);
      else this.constants.delete(name);
    }
    for (const { name } of bindings) this.constants.delete(name);
  }

  /** End every cell that runs, when the main thread cannot. */
  endAll(wire: Wire, failure: Failure): void {
    for (const parent of this.running()) publish(wire, { type: "error", content: { ...failure }, parent });
    for (const id of [...this.#outcomes.keys()]) this.finish(done({ id, failure, interrupted: true }));
  }

  /** False for a cell whose end was told already. */
  awaits(id: number): boolean {
    return this.#outcomes.has(id);
  }

  finish(outcome: ExecuteOutcome): void {
    this.#outcomes.get(outcome.id)?.(outcome);
    this.#outcomes.delete(outcome.id);
  }

  async #drain(wire: Wire, queue: Queue): Promise<void> {
    for (let request = queue.waiting.shift(); request; request = queue.waiting.shift()) {
      queue.running = request;
      if (wasSentBefore(queue.failedAt, request)) abortOne(wire, request);
      else await this.#execute(wire, queue, request);
      queue.running = undefined;
    }
  }

  async #execute(wire: Wire, queue: Queue, request: Request): Promise<void> {
    const content = contentOf(request);
    const parent = request.message.header;
    const counted = !content.silent && content.storeHistory;
    const { count: interrupts } = wire.interrupter; // from here on an interrupt is this cell's
    if (counted) this.count++;
    const count = this.count;
    const label = counted ? `${count}` : `${count}+${++this.#uncounted}`;
    status(wire, "busy", parent);
    if (!content.silent) {
      publish(wire, { type: "execute_input", content: { code: content.code, execution_count: count }, parent });
    }
    wire.sockets.flush(); // on their way, both in one packet, before the cell is compiled
    if (counted) wire.history.add(count, content.code);
    if (counted && count === 1) await sayLastWords(wire, parent);
    const outcome = await this.#outcome(wire, content, request, { count, label, interrupts });
    const { failure } = outcome;
    const rest = failure
      ? { status: "error", ...failure }
      : { status: "ok", user_expressions: outcome.userExpressions, payload: outcome.payload };
    if (failure && content.stopOnError) queue.failedAt = Date.now();
    reply(wire, request, { ...rest, execution_count: count });
    if (failure && (content.stopOnError || outcome.interrupted)) this.abort(wire, queue);
    status(wire, "idle", parent);
    // After idle: TypeScript's thread would take the core that the client reads with.
    if (outcome.bindings && !content.silent) tellLanguage(wire, request, content.code, outcome.bindings);
  }

  async #outcome(wire: Wire, content: Content, request: Request, begun: Begun): Promise<Ended> {
    const { count, label, interrupts } = begun;
    const parent = request.message.header;
    try {
      if (isPager(content.code)) return done({ payload: [await showHelp(wire, content.code)] });
      const settings = readTsconfig(wire.options.folder);
      const { script, bindings } = await compile(wire, { code: content.code, label, settings });
      const userExpressions = await compileAll(wire, content.userExpressions, { label, settings });
      const code = content.silent ? "" : content.code;
      const check = checkTypes(wire, { code, bound: bindings, mode: settings.typeErrors }, parent);
      const mistyped = await check.failure;
      if (mistyped) throw new CellError(mistyped);
      if (!content.silent) await wire.debugger.willExecute(label, content.code, script.code, script.map);
      if (wire.interrupter.going) await wire.interrupter.going;
      if (wire.interrupter.count > interrupts) throw new CellError(interruptedFailure());
      this.declare(script, bindings);
      const outcome = await this.#run(wire, {
        parent,
        count,
        label,
        script,
        source: content.code,
        silent: content.silent,
        allowStdin: content.allowStdin,
        stopsAtUncaught: !content.silent && wire.debugger.stopsAtUncaught,
        userExpressions,
        interrupts,
      });
      await check.shown;
      return { ...outcome, bindings };
    } catch (error) {
      const failure = error instanceof CellError ? error.failure : plainFailure("InternalError", String(error));
      if (!content.silent) publish(wire, { type: "error", content: { ...failure }, parent });
      return done({ failure });
    }
  }

  #run(wire: Wire, task: Omit<ExecuteTask, "id">): Promise<ExecuteOutcome> {
    const id = ++this.#next;
    return new Promise((resolve) => {
      this.#outcomes.set(id, (outcome) => {
        wire.memory.end();
        resolve(outcome);
      });
      wire.post({ kind: "execute", task: { ...task, id } });
      wire.memory.begin();
    });
  }
}

/** True for a request that was on its way when the one before it in its queue failed. */
function wasSentBefore(failedAt: number, request: Request): boolean {
  if (Date.now() - failedAt > ON_THEIR_WAY_MS) return false;
  return Date.parse(request.message.header.date) < failedAt && contentOf(request).stopOnError;
}

function done(rest: Partial<ExecuteOutcome>): ExecuteOutcome {
  return { id: 0, failure: undefined, interrupted: false, userExpressions: {}, payload: [], ...rest };
}

function contentOf({ message }: Request): Content {
  const content = message.content as Record<string, unknown>;
  const silent = content.silent === true;
  const expressions = content.user_expressions;
  return {
    code: String(content.code ?? ""),
    silent,
    storeHistory: content.store_history !== false && !silent,
    allowStdin: content.allow_stdin === true,
    stopOnError: content.stop_on_error !== false,
    userExpressions: typeof expressions === "object" && expressions ? (expressions as Record<string, string>) : {},
  };
}

function abortOne(wire: Wire, request: Request): void {
  status(wire, "busy", request.message.header);
  reply(wire, request, { status: "aborted", execution_count: wire.executions.count });
  status(wire, "idle", request.message.header);
}

function refuse(wire: Wire, request: Request, reason: string): void {
  status(wire, "busy", request.message.header);
  reply(wire, request, { status: "error", ename: "SubshellUnknown", evalue: reason, traceback: [] });
  status(wire, "idle", request.message.header);
}

async function sayLastWords(wire: Wire, parent: Header): Promise<void> {
  const text = await wire.lastWords;
  if (text !== undefined) publish(wire, { type: "stream", content: { name: "stderr", text }, parent });
}

/** A cell that cannot be run, and what the user is shown. */
class CellError extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.evalue);
    this.failure = failure;
  }
}

/** The magics are loaded when first needed: they take longer than a first cell. */
function magicsReady(wire: Wire): Promise<void> {
  if (!wire.isReady) wire.post({ kind: "needMagics" });
  return wire.ready;
}

/** A request's outcome; with bindings when its cell ran. */
type Ended = ExecuteOutcome & Partial<Pick<Compiled, "bindings">>;

interface Compiled {
  readonly script: Script;
  /** What magics bind, for the language service. */
  readonly bindings: readonly { name: string; type: string }[];
}

/** The number that clients show, what stack traces call it, and how many interrupts there were before it. */
interface Begun extends Pick<ExecuteTask, "count" | "label"> {
  readonly interrupts: number;
}

interface Source {
  readonly code: string;
  readonly label: string;
  readonly settings: CellSettings;
}

async function compile(wire: Wire, { code, label, settings }: Source): Promise<Compiled> {
  const split = splitCell(code, wire.magics);
  const found = split.magics.map(({ name, call }) => ({ name, call }));
  if (found.length > 0) await magicsReady(wire);
  const binds = found.length === 0 ? [] : await wire.main.ask("binds", found);
  const compiled = await compileCell(split, binds, settings.transpile, wire.executions.constants);
  if ("message" in compiled) throw new CellError(syntaxFailure(code, compiled.message, compiled, label));
  if (!wire.isReady && wire.executions.mayUseMagics(compiled)) await magicsReady(wire);
  return { script: compiled, bindings: binds.filter((bind) => bind !== null) };
}

async function compileAll(
  wire: Wire,
  expressions: Readonly<Record<string, string>>,
  rest: Omit<Source, "code">,
): Promise<Record<string, Script | Failure>> {
  const entries = Object.entries(expressions).map(async ([name, code]) => {
    try {
      return [name, (await compile(wire, { ...rest, code: String(code) })).script] as const;
    } catch (error) {
      if (error instanceof CellError) return [name, error.failure] as const;
      throw error;
    }
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** JupyterLab names the cell in the metadata: run again, it replaces what it declared before. */
function tellLanguage(wire: Wire, { message }: Request, source: string, bindings: Compiled["bindings"]): void {
  const { cellId, deletedCells } = message.metadata;
  if (Array.isArray(deletedCells)) for (const deleted of deletedCells) wire.language.remove(String(deleted));
  const id = typeof cellId === "string" ? cellId : message.header.msg_id;
  wire.language.cellExecuted({ id, source, bindings });
  if (typeof cellId === "string" && !wire.language.started) startSoon(wire);
}

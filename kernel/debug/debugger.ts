/**
 * The debugger of the thread that runs cells. Enters: DAP requests and the executions to come; leaves: DAP answers and events. It drives V8
 * from the wire's thread, so that it answers while the main thread stands at a breakpoint.
 */
import type { Debugger as V8 } from "node:inspector";
import type { CellMap, LocalModules } from "../wire/link.ts";
import {
  type Breakpoint,
  conditionFailure,
  guardedCondition,
  isWantedHit,
  logExpression,
  problemOf,
} from "./breakpoints.ts";
import { CellFiles, type Execution, hashSeed, pathPrefix, pathSuffix } from "./cell-files.ts";
import { threadId } from "./dap.ts";
import { Inspector } from "./inspector.ts";
import { placeOfLine } from "./places.ts";
import { objectGroup, Variables } from "./variables.ts";

/** A stop of the main thread: the frames that are the user's, the innermost first. */
export interface Stop {
  readonly frames: readonly V8.CallFrame[];
}

export interface Session {
  readonly inspector: Inspector;
  readonly variables: Variables;
}

/** Our own code, in source and in the build, and Node's: never stepped into, never shown. */
const ourFolder = new URL(import.meta.url.endsWith(".ts") ? ".." : ".", import.meta.url).href;
const escaped = ourFolder.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
const notTheUsers = ["^node:", `^${escaped}(?!.*node_modules)`, "^names$", "^expression$"];

/** Longest time for the text of a log message. */
const READ_MS = 1000;

export class KernelDebugger {
  readonly files = new CellFiles();
  readonly breakpoints = new Map<string, readonly Breakpoint[]>();
  session: Session | undefined;
  stop: Stop | undefined;
  /** Asked by the client: cells that begin now leave what they throw uncaught. */
  stopsAtUncaught = false;
  /** What the client asked last, when it leads to a stop. */
  asked: "step" | "pause" | undefined;
  /** Frames at a step over: what is called meanwhile has more. */
  askedDepth = Number.POSITIVE_INFINITY;
  readonly #emit: (event: string, body: Readonly<Record<string, unknown>>) => void;
  /** Path ─► V8's breakpoints in the executions of that text. */
  readonly #set = new Map<string, string[]>();
  /** V8's breakpoint ─► the client's. */
  readonly #placed = new Map<string, Breakpoint>();
  /** How often it was hit. A breakpoint that is set anew begins from 0. */
  readonly #hits = new WeakMap<Breakpoint, number>();

  constructor(emit: (event: string, body: Readonly<Record<string, unknown>>) => void) {
    this.#emit = emit;
  }

  /** What JupyterLab asks first, and to find its cells again after a reload. */
  info(): Readonly<Record<string, unknown>> {
    return {
      isStarted: this.session !== undefined,
      hashMethod: "Murmur2",
      hashSeed,
      tmpFilePrefix: pathPrefix,
      tmpFileSuffix: pathSuffix,
      breakpoints: [...this.breakpoints].map(([source, breakpoints]) => ({ source, breakpoints })),
      stoppedThreads: this.stop ? [threadId] : [],
      richRendering: true,
      exceptionPaths: [],
      copyToGlobals: true,
    };
  }

  async start(): Promise<void> {
    if (this.session) return;
    const inspector = new Inspector(
      (event) => void this.#paused(event),
      () => this.#resumed(),
    );
    this.session = { inspector, variables: new Variables(inspector) };
    await inspector.post("Debugger.enable");
    await inspector.post("Debugger.setBlackboxPatterns", { patterns: notTheUsers });
  }

  /** Let the main thread go on and forget all breakpoints. */
  async end(): Promise<void> {
    const session = this.session;
    this.session = undefined;
    this.stopsAtUncaught = false;
    this.breakpoints.clear();
    this.#set.clear();
    this.#placed.clear();
    if (!session) return;
    await session.inspector.post("Debugger.disable");
    session.inspector.close();
    this.#resumed();
  }

  /** A stopped thread cannot be interrupted or ended: what it ran ends here, without stopping again. */
  async release(): Promise<void> {
    if (!this.session || !this.stop) return;
    const { inspector } = this.session;
    await inspector.post("Debugger.setSkipAllPauses", { skip: true });
    await inspector.post("Debugger.resume", { terminateOnResume: true });
    await inspector.post("Debugger.setSkipAllPauses", { skip: false });
  }

  /** A cell is about to run: its breakpoints are set before its first line. */
  async willExecute(label: string, source: string, code: string, map: CellMap): Promise<void> {
    if (this.asked === "step") this.asked = undefined; // it led out of the cell before
    await this.#setAll(this.files.execute(label, source, code, map));
  }

  /** Local modules are about to be loaded; those that have not changed are known. */
  async willLoad({ files }: LocalModules): Promise<void> {
    for (const [at, file] of Object.entries(files)) {
      if (!this.files.isLoaded(at, file)) await this.#setAll(this.files.load(at, file));
    }
  }

  async #setAll(execution: Execution): Promise<void> {
    if (!this.session) return;
    for (const breakpoint of this.breakpoints.get(execution.path) ?? []) await this.#setOne(execution, breakpoint);
  }

  /** Replace the breakpoints of a cell's text. @returns the lines where they stand now */
  async setBreakpoints(at: string, wanted: readonly Breakpoint[]): Promise<readonly Breakpoint[]> {
    for (const id of this.#set.get(at) ?? []) {
      await this.session?.inspector.post("Debugger.removeBreakpoint", { breakpointId: id });
      this.#placed.delete(id);
    }
    this.#set.delete(at);
    const executions = this.files.executionsOf(at);
    const latest = executions.at(-1);
    const moved = wanted.map((breakpoint) => {
      const line = latest && placeOfLine(latest.map, latest.code, breakpoint.line)?.line;
      return line === undefined ? breakpoint : { ...breakpoint, line };
    });
    if (moved.length > 0) this.breakpoints.set(at, moved);
    else this.breakpoints.delete(at);
    for (const execution of executions) for (const breakpoint of moved) await this.#setOne(execution, breakpoint);
    return moved;
  }

  async #setOne(execution: Execution, breakpoint: Breakpoint): Promise<void> {
    const { line, condition } = breakpoint;
    const found = placeOfLine(execution.map, execution.code, line);
    if (!found || !this.session || problemOf(breakpoint)) return;
    const base = { url: execution.url, ...found.place };
    const { breakpointId } = await this.session.inspector.post(
      "Debugger.setBreakpointByUrl",
      condition ? { ...base, condition: guardedCondition(condition) } : base,
    );
    this.#placed.set(breakpointId, breakpoint);
    this.#set.set(execution.path, [...(this.#set.get(execution.path) ?? []), breakpointId]);
  }

  async #paused(event: V8.PausedEventDataType): Promise<void> {
    const inspector = this.session?.inspector;
    if (!inspector) return;
    const frames = event.callFrames
      .map((frame) => ({ ...frame, url: inspector.url(frame) }))
      .filter((frame) => isUsers(frame.url) && !this.files.isAdded(frame.url, frame));
    if (this.asked === "step" && this.files.isAdded(inspector.url(event.callFrames[0]!), event.callFrames[0]!)) {
      await inspector.post("Debugger.stepOut");
      return;
    }
    const { isStop, failures } = await this.#hit(event, frames.length);
    if (frames.length === 0 || !isStop) {
      // To go on would end the step that called this.
      const isStepping = frames.length > 0 && this.asked === "step";
      await inspector.post(isStepping ? "Debugger.stepOut" : "Debugger.resume");
      return;
    }
    this.stop = { frames };
    const why = failures.length > 0 ? { text: failures.join("\n") } : {};
    this.#emit("stopped", { reason: reasonOf(event, this.asked), threadId, allThreadsStopped: true, ...why });
    for (const text of failures) this.#emit("output", { category: "important", output: `${text}\n` });
    this.asked = undefined;
  }

  /** Whether it is a stop for the client, and which conditions could not be told: those stop too. */
  async #hit({ hitBreakpoints, callFrames }: V8.PausedEventDataType, depth: number) {
    const hit = (hitBreakpoints ?? []).flatMap((id) => this.#placed.get(id) ?? []);
    const frame = callFrames[0]!;
    const failures: string[] = [];
    let isStop = hit.length === 0 || (this.asked !== undefined && depth <= this.askedDepth);
    for (const breakpoint of hit) {
      const failure = breakpoint.condition === undefined ? undefined : await this.#read(frame, conditionFailure);
      if (failure !== undefined) failures.push(`The condition ${breakpoint.condition} failed: ${failure}`);
      if (failure !== undefined || (await this.#isStop(breakpoint, frame))) isStop = true;
    }
    return { isStop, failures };
  }

  /** Whether this hit is one to stop at; a message is told instead. */
  async #isStop(breakpoint: Breakpoint, frame: V8.CallFrame): Promise<boolean> {
    const hits = (this.#hits.get(breakpoint) ?? 0) + 1;
    this.#hits.set(breakpoint, hits);
    const { hitCondition, logMessage } = breakpoint;
    if (hitCondition !== undefined && !isWantedHit(hitCondition, hits)) return false;
    if (logMessage === undefined) return true;
    const output = `${(await this.#read(frame, logExpression(logMessage))) ?? logMessage}\n`;
    const { lineNumber, columnNumber = 0 } = frame.location;
    const place = this.files.locate(this.session?.inspector.url(frame) ?? "", lineNumber, columnNumber);
    this.#emit("output", {
      category: "console",
      output,
      ...(place && { source: { path: place.path }, line: place.line }),
    });
    return false;
  }

  /** A text that the main thread makes at its stop; undefined when it makes none in time. */
  async #read({ callFrameId }: V8.CallFrame, expression: string): Promise<string | undefined> {
    const options = { callFrameId, expression, returnByValue: true, silent: true, timeout: READ_MS };
    const answer = await this.session?.inspector.post("Debugger.evaluateOnCallFrame", options).catch(() => undefined);
    return answer?.exceptionDetails ? undefined : answer?.result.value;
  }

  #resumed(): void {
    if (!this.stop) return;
    this.stop = undefined;
    this.session?.variables.forget();
    this.#emit("continued", { threadId, allThreadsContinued: true });
  }

  /** Free what the last look at values held in the main thread. */
  async forgetValues(): Promise<void> {
    this.session?.variables.forget();
    await this.session?.inspector.post("Runtime.releaseObjectGroup", { objectGroup });
  }
}

function isUsers(url: string): boolean {
  return url !== "" && !notTheUsers.some((pattern) => new RegExp(pattern).test(url));
}

/** A `debugger` statement counts as a breakpoint. */
function reasonOf({ reason, hitBreakpoints }: V8.PausedEventDataType, asked: "step" | "pause" | undefined): string {
  if (reason === "exception" || reason === "promiseRejection") return "exception";
  return (hitBreakpoints?.length ?? 0) > 0 ? "breakpoint" : (asked ?? "breakpoint");
}

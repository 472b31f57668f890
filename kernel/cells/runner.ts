/**
 * Runs tasks that the wire sends. Enters: compiled cells; leaves: their outputs and one outcome each, also when V8 was told to terminate: then
 * no code of ours gets to run after the cell, and the interrupt that follows ends it.
 */
import type { MagicProvider } from "@lepton/contract";
import { bundleOf } from "../display/bundle.ts";
import { pendingShows } from "../display/display.ts";
import { failureOf, interruptedFailure, plainFailure } from "../display/failure.ts";
import type { InterruptMarks } from "../wire/interrupt-marks.ts";
import type { ExecuteOutcome, ExecuteTask, Failure, Published, Script, ToWire } from "../wire/link.ts";
import { Cell, runInCell } from "./cell.ts";
import { type CellResult, loadCell, Refused, type Thrown } from "./evaluate.ts";
import { collectAtRest } from "./garbage.ts";
import { catchLate } from "./late-catch.ts";
import type { Notebook } from "./notebook.ts";
import type { Output } from "./output.ts";
import { cellUrl, type Stacks } from "./stack.ts";
import { keepLoopsInterruptible } from "./v8-flags.ts";

export interface RunnerOptions {
  readonly post: (message: ToWire) => void;
  readonly output: Output;
  readonly stacks: Stacks;
  readonly magics: ReadonlyMap<string, Pick<MagicProvider, "run">>;
  readonly marks: Pick<InterruptMarks, "asked">;
  readonly notebook: Notebook;
}

/** Native timers: those of cells stop with their cell. */
const { setTimeout: start } = globalThis;

/** Taken before any cell runs: a cell may declare its own `Object`. */
const { keys, entries } = Object;

/** How long a magic may take to stop at an interrupt. */
const WIND_DOWN_MS = 10_000;

/** Asked again within this time, it is the same interrupt. */
const SAME_INTERRUPT_MS = 1000;

/** Of the garbage that cells leave. A heap of 64 MB takes a tenth of a second. */
const collecting = { worth: 100, restMs: 2000, mostBytes: 64 * 2 ** 20 };

interface Active {
  readonly task: ExecuteTask;
  readonly cell: Cell;
  interruptedAt?: number;
  /** Why the kernel itself stops it. */
  reason?: Failure;
  /** What it shows at its end, told together with that: the wire wakes once, and clients get it in one packet with idle. */
  result?: Published;
  /** For its rejection. */
  stopWaiting?: () => void;
}

export class Runner {
  readonly #options: RunnerOptions;
  readonly #active = new Map<number, Active>();
  /** When a cell last began or ended, by performance.now(). */
  lastMove = 0;
  readonly #ended = collectAtRest({ ...collecting, isFree: () => this.#active.size === 0 });

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  execute(task: ExecuteTask): void {
    keepLoopsInterruptible();
    this.lastMove = performance.now();
    const cell = new Cell(task.parent, task.label, { shown: !task.silent, allowStdin: task.allowStdin });
    cell.magics = task.script.magics;
    const active: Active = { task, cell };
    this.#active.set(task.id, active);
    const url = cellUrl(task.label);
    this.#options.stacks.add(url, { map: task.script.map, code: task.script.code, source: task.source });
    // It was sent before an interrupt that was obeyed while it waited here.
    if (this.#options.marks.asked() > task.interrupts) return this.#giveUp(active);
    runInCell(cell, () => this.#start(active, url));
  }

  #start(active: Active, url: string): void {
    const run = this.#load(active, url);
    if (!run) return;
    const onResult = (result: CellResult) => void this.#settle(active, undefined, result);
    const onError = (error: unknown) => void this.#settle(active, { error }, undefined);
    // Outside of any `try`: V8's debugger would take what the cell throws for caught.
    if (active.task.stopsAtUncaught) active.stopWaiting = catchLate(run().then(onResult), onError);
    else run().then(onResult, onError);
  }

  #load(active: Active, url: string): (() => Promise<CellResult>) | undefined {
    try {
      this.#options.notebook.declare(active.task.script.names);
      return loadCell(active.task.script.code, url);
    } catch (error) {
      void this.#settle(active, error instanceof Refused ? error.thrown : { error }, undefined);
      return undefined;
    }
  }

  #stopListening(cell: Cell): void {
    if (!cell.winding) return;
    cell.winding = false;
    this.#options.post({ kind: "listening", on: false });
  }

  /** Run magic number `index` of the cell. */
  async magic(cell: Cell | undefined, index: number): Promise<unknown> {
    const found = cell?.magics[index];
    const provider = found && this.#options.magics.get(found.name);
    if (!cell || !provider) throw new Error(`This kernel has no magic %${found?.name ?? "?"}.`);
    try {
      return await provider.run(found.call);
    } finally {
      this.#stopListening(cell);
    }
  }

  /**
   * Give up every cell that runs: the wire has terminated what blocked. A magic that listens has some seconds to stop its work, or until the user
   * interrupts again (Ctrl-C pressed twice within a moment is once).
   *
   * @param reason what the cell shows, when it is not the user who stops it
   */
  interrupt(reason?: Failure): void {
    for (const active of [...this.#active.values()]) {
      const { cell } = active;
      cell.abort();
      if (reason) active.reason = reason;
      if (!cell.winding || reason) this.#giveUp(active);
      else if (active.interruptedAt === undefined) {
        active.interruptedAt = performance.now();
        start(() => this.#giveUp(active), WIND_DOWN_MS).unref();
      } else if (performance.now() - active.interruptedAt > SAME_INTERRUPT_MS) this.#giveUp(active);
    }
  }

  /** V8 stopped what ran: whatever was interrupted does not come back to itself. */
  giveUpInterrupted(): void {
    for (const active of [...this.#active.values()]) if (active.interruptedAt !== undefined) this.#giveUp(active);
  }

  #giveUp(active: Active): void {
    active.cell.stopTimers();
    this.#end(active, active.reason ?? interruptedFailure(), { interrupted: true });
  }

  /** Errors that no cell awaits. */
  unhandled(error: unknown, cell: Cell | undefined, what: string): void {
    if (cell?.controller.signal.aborted && isAbort(error)) return;
    const failure = failureOf({ error }, this.#options.stacks, cell?.label ?? "");
    this.#options.output.write(cell, "stderr", `${what}:\n${failure.traceback.join("\n")}\n`);
  }

  async #settle(active: Active, thrown: Thrown | undefined, result: CellResult): Promise<void> {
    if (!this.#active.has(active.task.id)) return;
    try {
      const failure = thrown ? this.#failure(active, thrown) : await this.#showResult(active, result);
      const userExpressions = failure ? {} : await this.#userExpressions(active);
      this.#end(active, failure, { userExpressions, interrupted: active.cell.controller.signal.aborted });
    } catch (error) {
      this.#end(active, this.#failure(active, { error }), {});
    }
  }

  #failure(active: Active, thrown: Thrown): Failure {
    if (active.cell.controller.signal.aborted && isAbort(thrown.error)) return active.reason ?? interruptedFailure();
    return failureOf(thrown, this.#options.stacks, active.task.label);
  }

  /** Displays that still render, then the last expression. */
  async #showResult(active: Active, last: CellResult): Promise<Failure | undefined> {
    const { task, cell } = active;
    await pendingShows(cell);
    if (!last || task.silent) return undefined;
    const data = await runInCell(cell, () => bundleOf(last.value));
    if (!data) return undefined;
    const content = { execution_count: task.count, data, metadata: {} };
    const result: Published = { type: "execute_result", content, parent: task.parent };
    const isLast = keys(task.userExpressions).length === 0;
    if (isLast) active.result = result;
    else this.#options.output.publish(result);
    return undefined;
  }

  async #userExpressions({ task, cell }: Active): Promise<Record<string, unknown>> {
    const answers: Record<string, unknown> = {};
    for (const [name, script] of entries(task.userExpressions)) {
      answers[name] = "ename" in script ? { status: "error", ...script } : await this.#userExpression(script, cell);
    }
    return answers;
  }

  async #userExpression(script: Script, cell: Cell): Promise<unknown> {
    try {
      const result = await runInCell(cell, () => loadCell(script.code, "expression")());
      const data = (await bundleOf(result?.value)) ?? { "text/plain": "undefined" };
      return { status: "ok", data, metadata: {} };
    } catch (error) {
      const thrown = error instanceof Refused ? error.thrown : { error };
      return { status: "error", ...failureOf(thrown, this.#options.stacks, cell.label) };
    }
  }

  #end(active: Active, failure: Failure | undefined, rest: Partial<ExecuteOutcome>): void {
    const { task, cell } = active;
    if (!this.#active.has(task.id)) return;
    const { output, post } = this.#options;
    active.stopWaiting?.();
    this.#stopListening(cell);
    output.flush(cell);
    const base = { id: task.id, failure, interrupted: false, userExpressions: {}, payload: cell.payload };
    const error: Published = { type: "error", content: { ...failure }, parent: task.parent };
    const last = failure ? (task.silent ? undefined : error) : active.result;
    post({ kind: "done", outcome: { ...base, ...rest }, last });
    // Not before: V8 may be told to terminate in the middle of this, and the interrupt that then comes again must find the cell.
    this.#active.delete(task.id);
    this.lastMove = performance.now();
    this.#ended();
  }

  /** End what runs with a reason: the process goes. */
  endAll(ename: string, reason: string): void {
    for (const active of [...this.#active.values()]) this.#end(active, plainFailure(ename, reason), {});
  }
}

function isAbort(error: unknown): boolean {
  return (error as { name?: unknown } | null)?.name === "AbortError";
}

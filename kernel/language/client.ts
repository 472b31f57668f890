/**
 * The kernel's side of the language service. Enters: what cells ran and what the page asks. Leaves: promises of answers. The worker starts
 * with the first question or before (about a second, 130 MB); until then cells are only remembered. A worker that dies is started again by the next question.
 */
import path from "node:path";
import { Worker } from "node:worker_threads";
import type { NotebookOptions } from "./notebook.ts";
import type {
  BoundName,
  CellDiagnostic,
  Completeness,
  Completions,
  ExecutedCell,
  FromWorker,
  Inspection,
  News,
  Question,
  Questions,
  SignatureHelp,
  ToWorker,
} from "./protocol.ts";

export interface LanguageOptions {
  /** The notebook's folder, absolute: its tsconfig.json and packages count. */
  readonly folder: string;
  /** Words that are magics after `%`: "lepton", "npm". Their lines are no TypeScript. */
  readonly magics: () => readonly string[];
  /** Declarations that all cells see: the provider's (`lepton`) and the kernel's own (`display`). Read when the worker starts. */
  readonly declarations: () => string;
  /** Where the worker's own errors go; they never reach the user. */
  readonly onError?: (error: Error) => void;
}

/** All offsets are UTF-16 units of the cell as the user wrote it, magics included (offsets.ts turns them into Jupyter's code points). */
export interface Language {
  /** A cell ran to its end (or failed half-way: what it declared counts). Send it after the names it bound were declared. */
  cellExecuted(cell: ExecutedCell): void;
  /** A magic or the kernel bound a name; the type is TypeScript text that may use the declarations. Wins over the cell that runs now. */
  declare(name: string, type: string): void;
  /** A cell was deleted: names that it alone gave are gone. */
  remove(id: string): void;
  /** Packages were installed: imports are resolved again. */
  packagesChanged(): void;
  /** Read `declarations` and `magics` again: the provider has started. */
  declarationsChanged(): void;
  /** @param bound names that this cell's magics will bind, where the caller knows their types */
  complete(code: string, cursor: number, bound?: readonly BoundName[]): Promise<Completions>;
  inspect(code: string, cursor: number, detail: 0 | 1, bound?: readonly BoundName[]): Promise<Inspection | undefined>;
  isComplete(code: string): Promise<Completeness>;
  /** Ask before cellExecuted of the same cell. */
  diagnostics(code: string, bound?: readonly BoundName[]): Promise<readonly CellDiagnostic[]>;
  signatureHelp(code: string, cursor: number, bound?: readonly BoundName[]): Promise<SignatureHelp | undefined>;
  /** True once the first question started the worker. */
  readonly started: boolean;
  /** True when the worker has answered: it answers soon from then on. */
  readonly answers: boolean;
  /** Start the worker before the first question. */
  start(): void;
  close(): Promise<void>;
}

interface Waiting {
  resolve(answer: never): void;
  reject(error: Error): void;
}

/**
 * TypeScript takes 90 MB of heap with Node's types and 200 cells. V8 lets a heap with a low limit grow more slowly (50 MB less resident than with
 * 768); a folder whose packages need more ends the worker once, and the next question starts it with the high limit.
 */
const lowHeapMb = 256;
const highHeapMb = 2048;
/** A small nursery keeps the garbage of each question from becoming resident memory. */
const nurseryMb = 4;

class LanguageClient implements Language {
  private readonly options: LanguageOptions;
  private worker: Worker | undefined;
  answers = false;
  private readonly waiting = new Map<number, Waiting>();
  private asked = 0;
  private heapMb = lowHeapMb;
  /** What a new worker must hear, in order; keyed by what a later message replaces. */
  private readonly past = new Map<string, News>();

  constructor(options: LanguageOptions) {
    this.options = options;
  }

  get started(): boolean {
    return this.worker !== undefined;
  }

  cellExecuted(cell: ExecutedCell): void {
    this.tell(`cell ${cell.id}`, { news: "executed", cell });
  }

  declare(name: string, type: string): void {
    this.tell(`name ${name}`, { news: "declare", name, type });
  }

  remove(id: string): void {
    this.past.delete(`cell ${id}`);
    this.send({ news: "remove", id });
  }

  packagesChanged(): void {
    this.send({ news: "packages" });
  }

  declarationsChanged(): void {
    this.send({ news: "declarations", text: this.options.declarations(), magics: this.options.magics() });
  }

  complete(code: string, cursor: number, bound: readonly BoundName[] = []): Promise<Completions> {
    return this.ask("complete", { code, cursor, bound });
  }

  inspect(code: string, cursor: number, detail: 0 | 1, bound: readonly BoundName[] = []) {
    return this.ask("inspect", { code, cursor, detail, bound });
  }

  isComplete(code: string): Promise<Completeness> {
    return this.ask("isComplete", { code });
  }

  diagnostics(code: string, bound: readonly BoundName[] = []): Promise<readonly CellDiagnostic[]> {
    return this.ask("diagnostics", { code, bound });
  }

  signatureHelp(code: string, cursor: number, bound: readonly BoundName[] = []) {
    return this.ask("signatureHelp", { code, cursor, bound });
  }

  start(): void {
    if (this.worker) return;
    const file = new URL(`./language-worker${path.extname(import.meta.url)}`, import.meta.url);
    const worker = new Worker(file, {
      workerData: { folder: this.options.folder } satisfies NotebookOptions,
      resourceLimits: { maxOldGenerationSizeMb: this.heapMb, maxYoungGenerationSizeMb: nurseryMb },
    });
    worker.unref();
    worker.on("message", (message: FromWorker) => this.hear(message));
    worker.on("error", (error) => this.lost(worker, error as Error));
    worker.on("exit", () => this.lost(worker, new Error("the language service ended")));
    this.worker = worker;
    this.declarationsChanged();
    for (const news of this.past.values()) this.send(news);
  }

  async close(): Promise<void> {
    const worker = this.worker;
    this.worker = undefined;
    await worker?.terminate();
  }

  private ask<Q extends Question>(question: Q, ask: Questions[Q]["ask"]): Promise<Questions[Q]["answer"]> {
    this.start();
    const number = ++this.asked;
    return new Promise((resolve, reject) => {
      this.waiting.set(number, { resolve, reject });
      this.send({ question, number, ask } as ToWorker);
    });
  }

  private tell(key: string, news: News): void {
    this.past.delete(key);
    this.past.set(key, news);
    this.send(news);
  }

  private send(message: ToWorker): void {
    this.worker?.postMessage(message);
  }

  private hear(message: FromWorker): void {
    this.answers = true;
    const waiting = this.waiting.get(message.number);
    this.waiting.delete(message.number);
    if ("error" in message) waiting?.reject(new Error(message.error));
    else waiting?.resolve(message.answer as never);
  }

  private lost(worker: Worker, error: Error): void {
    if ((error as NodeJS.ErrnoException).code === "ERR_WORKER_OUT_OF_MEMORY") this.heapMb = highHeapMb;
    if (this.worker !== worker && this.worker !== undefined) return;
    if (this.worker === worker) this.options.onError?.(error);
    this.worker = undefined;
    this.answers = false;
    for (const waiting of this.waiting.values()) waiting.reject(error);
    this.waiting.clear();
  }
}

export function createLanguage(options: LanguageOptions): Language {
  return new LanguageClient(options);
}

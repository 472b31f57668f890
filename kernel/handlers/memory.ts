/**
 * Memory that runs out. Enters: when cells begin and end; leaves: a cell stopped with its reason and every variable kept, before V8 or the machine would end
 * the process. It looks from the wire's thread, since a cell that fills memory lets nothing else run; V8 answers how much it holds also in a loop.
 */
import { totalmem } from "node:os";
import { plainFailure } from "../display/failure.ts";
import type { Failure } from "../wire/link.ts";

const MIB = 2 ** 20;
/** Between two looks at a cell that runs. */
const LOOK_MS = 100;
/** The same, when there is much already. */
const NEAR_MS = 20;
/**
 * V8 collects at the latest half way from what is alive to its limit (MemoryController::CalculateAllocationLimit): more than 0.9 means that more than
 * 0.8 is alive, and from there V8 gives up when four collections freed little (Heap::IsIneffectiveMarkCompact).
 */
const HEAP_SHARE = 0.9;
const NEAR_SHARE = 0.5;
/** Looks in a row that find the process too large: arrays that are garbage go by themselves. */
const LOOKS = 3;
/** Of the machine's (or the container's) memory, this share stays free. */
const FREE_SHARE = 0.02;
/** A main thread that does nothing collects the garbage of some gigabytes within this time. */
const COLLECT_MS = 10_000;
const ANSWER_MS = 1000;

export interface MemoryParts {
  /** What V8's old space may hold in the main thread, in bytes. */
  readonly heapLimit: number;
  /** LEPTON_MEMORY_MB, in bytes: a limit for the whole process that somebody set. */
  readonly given: number | undefined;
  /** A call of the main thread's inspector; undefined when it is not answered in time. A busy main thread collects no garbage on demand. */
  readonly ask: (method: "Runtime.getHeapUsage" | "HeapProfiler.collectGarbage", timeoutMs: number) => Promise<unknown>;
  /** Stop what runs, with that reason. */
  readonly stop: (reason: Failure) => Promise<void>;
}

/** What is full: how much is held, of how much, in bytes. */
interface Full {
  readonly what: "heap" | "process" | "machine";
  readonly used: number;
  readonly limit: number;
}

export class MemoryWatch {
  readonly #parts: MemoryParts;
  #running = 0;
  #timer: NodeJS.Timeout | undefined;
  #looking = false;
  /** Looks in a row that found too much. */
  #over = 0;
  /** Held when a cell was stopped: the next one may let go of it, and is stopped only when it adds to it. */
  #floor: Readonly<Record<Full["what"], number>> = { heap: 0, process: 0, machine: 0 };

  constructor(parts: MemoryParts) {
    this.#parts = parts;
  }

  begin(): void {
    this.#running++;
    if (!this.#looking) this.#wait(LOOK_MS);
  }

  end(): void {
    this.#running--;
    if (this.#running > 0) return;
    clearTimeout(this.#timer);
  }

  /** One look at a time; the next begins here, while a cell runs. */
  #wait(ms: number): void {
    clearTimeout(this.#timer);
    if (this.#running > 0) this.#timer = setTimeout(() => void this.#look(), ms);
  }

  async #look(): Promise<void> {
    this.#looking = true;
    const rss = process.memoryUsage.rss();
    const full = this.#tooLarge(rss) ?? (await this.#heap(rss));
    this.#over = full ? this.#over + 1 : 0;
    if (full && (full.what === "heap" || this.#over >= LOOKS)) await this.#stop(full);
    const isNear = full !== undefined || rss > this.#parts.heapLimit * NEAR_SHARE;
    this.#looking = false;
    this.#wait(isNear ? NEAR_MS : LOOK_MS);
  }

  /** The process as a whole: arrays of numbers lie outside V8's heap. */
  #tooLarge(used: number): Full | undefined {
    const { given } = this.#parts;
    if (given !== undefined && used > this.#atLeast("process", given)) return { what: "process", used, limit: given };
    const limit = Math.min(process.constrainedMemory() || Number.POSITIVE_INFINITY, totalmem());
    const isMost = used > limit / 4 && used > this.#atLeast("machine", 0);
    return isMost && process.availableMemory() < limit * FREE_SHARE ? { what: "machine", used, limit } : undefined;
  }

  async #heap(rss: number): Promise<Full | undefined> {
    const limit = this.#parts.heapLimit;
    if (rss < limit * NEAR_SHARE) return undefined;
    const usage = (await this.#parts.ask("Runtime.getHeapUsage", ANSWER_MS)) as { usedSize: number } | undefined;
    const used = usage?.usedSize ?? 0;
    return used > this.#atLeast("heap", limit * HEAP_SHARE) ? { what: "heap", used, limit } : undefined;
  }

  #atLeast(what: Full["what"], limit: number): number {
    return Math.max(limit, this.#floor[what] * 1.05);
  }

  async #stop(full: Full): Promise<void> {
    this.#over = 0;
    this.#floor = { heap: 0, process: 0, machine: 0 };
    await this.#parts.stop(outOfMemory(full));
    await this.#parts.ask("HeapProfiler.collectGarbage", COLLECT_MS);
    const rss = process.memoryUsage.rss();
    const still = this.#tooLarge(rss) ?? (await this.#heap(rss));
    if (still) this.#floor = { ...this.#floor, [still.what]: still.used };
  }
}

const size = (bytes: number) => `${Math.round(bytes / MIB).toLocaleString("en")} MB`;

function outOfMemory({ what, used, limit }: Full): Failure {
  const of = {
    heap: `${size(used)} of the ${size(limit)} that V8 may hold (NODE_OPTIONS=--max-old-space-size=MB sets it)`,
    process: `${size(used)} of the ${size(limit)} that LEPTON_MEMORY_MB allows`,
    machine: `${size(used)}, and the machine's ${size(limit)} are used up`,
  }[what];
  const remedy = "Variables keep their values: let go of large ones (name = undefined), or restart.";
  return plainFailure("OutOfMemory", `The cell was stopped because memory runs out: the kernel holds ${of}. ${remedy}`);
}

/**
 * Puts waiting requests together into batches. Enters: encoded rows of one request; leaves: that request's own outputs. Whenever the model is idle
 * all that waits goes at once, at most `maxBatch` rows: no timer, so one client never waits for others. (A timed window of 2 ms made one
 * client four times slower; `delayMs` is there for those who measured that they want it.)
 */
import { LeptonError } from "@lepton/contract";

/** Run the model on `rows` rows, flat and row-major; resolves to the outputs, as many values for each row. */
export type RunBatch = (input: Float32Array, rows: number) => Promise<Float32Array>;

export interface BatcherOptions {
  /** Rows the model sees at once; a larger request goes through in several runs. */
  readonly maxBatch: number;
  /** Rows that may wait; more are refused. */
  readonly maxQueue: number;
  /** Milliseconds to wait for company before a run. */
  readonly delayMs: number;
  /** Told the rows of each run. */
  readonly onBatch?: (rows: number) => void;
}

interface Waiting {
  readonly input: Float32Array;
  readonly rows: number;
  readonly resolve: (output: Float32Array) => void;
  readonly reject: (error: unknown) => void;
}

export class Batcher {
  readonly #run: RunBatch;
  readonly #options: BatcherOptions;
  #queue: Waiting[] = [];
  #queuedRows = 0;
  #busy = false;

  constructor(run: RunBatch, options: BatcherOptions) {
    this.#run = run;
    this.#options = options;
  }

  /** Rows that wait now. */
  get queued(): number {
    return this.#queuedRows;
  }

  /** @throws LEPTON_BUSY when `maxQueue` rows wait already */
  submit(input: Float32Array, rows: number): Promise<Float32Array> {
    // One request alone is always let in, however large: its size is bounded by the body limit.
    if (this.#queuedRows > 0 && this.#queuedRows + rows > this.#options.maxQueue) {
      const sentence = `${this.#queuedRows} rows wait already and at most ${this.#options.maxQueue} may; try again in a second.`;
      return Promise.reject(new LeptonError("LEPTON_BUSY", sentence));
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ input, rows, resolve, reject });
      this.#queuedRows += rows;
      if (!this.#busy) this.#schedule();
    });
  }

  #schedule(): void {
    this.#busy = true;
    // After this turn's other sockets were read, so that requests that came together go together.
    if (this.#options.delayMs > 0) setTimeout(() => void this.#flush(), this.#options.delayMs);
    else setImmediate(() => void this.#flush());
  }

  async #flush(): Promise<void> {
    const batch = this.#take();
    const rows = batch.reduce((sum, waiting) => sum + waiting.rows, 0);
    try {
      await this.#answer(batch, rows);
    } catch (error) {
      for (const waiting of batch) waiting.reject(error);
    }
    if (this.#queue.length > 0) this.#schedule();
    else this.#busy = false;
  }

  /** The first waiting request and those after it that fit into one run with it. */
  #take(): Waiting[] {
    let rows = 0;
    let count = 0;
    for (const waiting of this.#queue) {
      if (count > 0 && rows + waiting.rows > this.#options.maxBatch) break;
      rows += waiting.rows;
      count++;
    }
    this.#queuedRows -= rows;
    return this.#queue.splice(0, count);
  }

  async #answer(batch: readonly Waiting[], rows: number): Promise<void> {
    const only = batch.length === 1 ? batch[0] : undefined;
    const input = only ? only.input : join(batch.map((waiting) => waiting.input));
    const output = await this.#runInPieces(input, rows);
    const width = output.length / rows;
    let row = 0;
    for (const waiting of batch) {
      waiting.resolve(output.subarray(row * width, (row + waiting.rows) * width));
      row += waiting.rows;
    }
  }

  async #runInPieces(input: Float32Array, rows: number): Promise<Float32Array> {
    const { maxBatch, onBatch } = this.#options;
    const width = input.length / rows;
    const outputs: Float32Array[] = [];
    for (let row = 0; row < rows; row += maxBatch) {
      const end = Math.min(rows, row + maxBatch);
      onBatch?.(end - row);
      outputs.push(await this.#run(input.subarray(row * width, end * width), end - row));
    }
    return outputs.length === 1 ? (outputs[0] as Float32Array) : join(outputs);
  }
}

function join(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Starts the features worker for one job. Enters: a job and the calling cell's signal; leaves: its answer, or its error as it was. */
import path from "node:path";
import { Worker } from "node:worker_threads";
import { type ErrorCode, LeptonError, type StopSignal } from "@lepton/contract";
import type { FeaturesAnswer, FeaturesJob } from "./features-worker.ts";

export type FeaturesDone = FeaturesAnswer & { ok: true };

/** @throws what the job throws, with its code; LEPTON_INTERRUPTED when the cell is interrupted (nothing was written) */
export async function runInWorker(job: FeaturesJob, signal: StopSignal): Promise<FeaturesDone> {
  throwIfStopped(signal);
  const worker = new Worker(new URL(`./features-worker${path.extname(import.meta.url)}`, import.meta.url), {
    workerData: job,
  });
  const stop = () => void worker.terminate();
  signal.addEventListener("abort", stop, { once: true });
  try {
    const answer = await new Promise<FeaturesAnswer>((resolve, reject) => {
      worker.once("message", resolve);
      worker.once("error", (error) => reject(memoryError(error)));
      worker.once("exit", (code) =>
        reject(signal.aborted ? interrupted() : new Error(`the features worker ended with code ${code}`)),
      );
    });
    if (answer.ok) return answer;
    throw thrown(answer);
  } finally {
    signal.removeEventListener("abort", stop);
    await worker.terminate();
  }
}

export function throwIfStopped(signal: StopSignal): void {
  if (signal.aborted) throw interrupted();
}

function interrupted(): LeptonError {
  return new LeptonError("LEPTON_INTERRUPTED", "features: interrupted; nothing was written.");
}

function thrown(answer: FeaturesAnswer & { ok: false }): Error {
  if (answer.code !== undefined) return new LeptonError(answer.code as ErrorCode, answer.message);
  return Object.assign(new Error(answer.message), { stack: answer.stack });
}

function memoryError(error: unknown): unknown {
  const code = (error as { code?: string }).code;
  if (code !== "ERR_WORKER_OUT_OF_MEMORY" && !(error instanceof RangeError)) return error;
  return new LeptonError(
    "LEPTON_MEMORY",
    "features: the table does not fit in memory; ignore columns with --ignore, or lower --max-categories.",
    { cause: error },
  );
}

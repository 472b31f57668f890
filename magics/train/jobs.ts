/**
 * Work of a moment that would block the kernel: a request enters, its answer leaves. `evaluate` and `predict` with a run's weights, and the two ways to try a
 * spec out. Apart from job-client.ts, which starts the process that this runs in and waits for it.
 */
import type { DatasetManifest, SplitName } from "@lepton/contract";
import type { Plugins } from "../plugins.ts";
import { evaluateRun, type RunEvaluation } from "./evaluate-run.ts";
import { findLearningRate, type RateCurve } from "./find-learning-rate.ts";
import { openPredictor, type PredictRow } from "./predict.ts";
import { type Rehearsal, rehearse } from "./rehearse.ts";

/** What may be asked, and what each answers. `folder` is a run's. */
export interface Jobs {
  evaluate: { readonly request: { readonly split: SplitName }; readonly answer: RunEvaluation };
  predict: {
    readonly request: { readonly rows: readonly PredictRow[] };
    readonly answer: { readonly manifest: DatasetManifest; readonly answers: readonly (readonly number[])[] };
  };
  rehearse: { readonly request: object; readonly answer: Rehearsal };
  findLearningRate: { readonly request: object; readonly answer: RateCurve };
}

export type JobName = keyof Jobs;

/** Kernel ─► process. */
export type JobRequest<N extends JobName = JobName> = {
  readonly [K in N]: Jobs[K]["request"] & { readonly id: number; readonly do: K; readonly folder: string };
}[N];

/** Process ─► kernel. */
export type JobReply =
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly error: { readonly code: string | null; readonly message: string } };

export async function doJob(request: JobRequest, plugins: Plugins): Promise<Jobs[JobName]["answer"]> {
  const { folder } = request;
  switch (request.do) {
    case "evaluate":
      return evaluateRun({ folder }, request.split, plugins);
    case "predict":
      return predictRows(folder, request.rows, plugins);
    case "rehearse":
      return rehearse(folder, plugins);
    case "findLearningRate":
      return findLearningRate(folder, plugins);
    default:
      return request satisfies never;
  }
}

async function predictRows(folder: string, rows: readonly PredictRow[], plugins: Plugins) {
  const predictor = await openPredictor({ folder }, plugins);
  try {
    return { manifest: predictor.model.manifest, answers: await predictor.predict(rows) };
  } finally {
    await predictor.close();
  }
}

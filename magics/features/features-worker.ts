/** The worker that fits and writes data sets, so that the kernel's main thread is never held. One job comes in as workerData, one answer leaves. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { type DatasetManifest, isLeptonError } from "@lepton/contract";
import { splitArrays } from "./array-data.ts";
import type { FlatArrays } from "./array-shapes.ts";
import { type Fit, type FitInput, fitFeatures } from "./fit.ts";
import type { FeatureOptions } from "./options.ts";
import { type ManifestParts, writeDataset } from "./write-dataset.ts";

export type FeaturesJob =
  | {
      readonly kind: "fit";
      readonly datasets: string;
      readonly input: FitInput;
      readonly source: {
        readonly uri: string;
        readonly file: string | undefined;
        readonly rows: number;
        readonly skipped: number;
      };
      readonly preview: readonly unknown[];
      readonly sourceText: string;
    }
  | {
      readonly kind: "arrays";
      readonly datasets: string;
      readonly arrays: FlatArrays;
      readonly options: FeatureOptions;
      readonly sourceText: string;
    };

export type FeaturesAnswer =
  | {
      readonly ok: true;
      readonly manifest: DatasetManifest;
      readonly withoutTarget: number;
      readonly difference: number;
    }
  | {
      readonly ok: false;
      readonly code: string | undefined;
      readonly message: string;
      readonly stack: string | undefined;
    };

export async function runJob(job: FeaturesJob): Promise<FeaturesAnswer> {
  if (job.kind === "arrays") {
    const content = splitArrays(job.arrays, job.options, job.sourceText);
    return { ok: true, manifest: writeDataset(job.datasets, content), withoutTarget: 0, difference: 0 };
  }
  const fit = fitFeatures(job.input);
  const parts = await manifestParts(job, fit);
  const manifest = writeDataset(job.datasets, { parts, plan: fit.plan, arrays: fit.arrays, preview: job.preview });
  return { ok: true, manifest, withoutTarget: fit.withoutTarget, difference: fit.difference };
}

async function manifestParts(job: FeaturesJob & { kind: "fit" }, fit: Fit): Promise<ManifestParts> {
  const { options } = job.input;
  const { uri, file, rows, skipped } = job.source;
  return {
    name: options.name,
    source: { kind: "file", uri, sha256: await hashOf(uri, file), rows, skipped },
    task: fit.target.task,
    target: { name: options.target, classes: fit.target.classes, positive: fit.target.positive },
    columns: fit.columns,
    features: fit.plan.features,
    rowShape: [fit.plan.features.length],
    targetShape: fit.target.task === "multiclass" ? [] : [1],
    split: {
      seed: options.seed,
      stratified: fit.stratified,
      fractions: options.fractions,
      ...(options.splitBy !== undefined && { by: options.splitBy }),
    },
    classCounts: fit.classCounts,
    sourceText: job.sourceText,
  };
}

/** SHA-256 of a local file's bytes; of the address itself for what lies elsewhere. */
async function hashOf(uri: string, file: string | undefined): Promise<string> {
  const hash = createHash("sha256");
  if (file === undefined) return hash.update(uri).digest("hex");
  for await (const part of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(part as Buffer);
  return hash.digest("hex");
}

function failure(error: unknown): FeaturesAnswer {
  const known = error instanceof Error ? error : new Error(String(error));
  return { ok: false, code: isLeptonError(error) ? error.code : undefined, message: known.message, stack: known.stack };
}

if (parentPort) {
  const port = parentPort;
  runJob(workerData as FeaturesJob).then(
    (answer) => port.postMessage(answer),
    (error: unknown) => port.postMessage(failure(error)),
  );
}

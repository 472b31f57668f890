/**
 * Going on with a run. Enter: what the user calls it, and options; leaves: the run, ready to start again. Apart because what may change between the
 * halves of a run is a law of its own: only how long it trains, and where.
 */
import { LeptonError, type RunSpec } from "@lepton/contract";
import type { VerbContext } from "../verb.ts";
import { findRun } from "./find-run.ts";
import { loadRun, type Run } from "./run.ts";
import { writeSpec } from "./run-folder.ts";

interface ResumeOptions {
  readonly epochs?: number | undefined;
  readonly device?: string | undefined;
  readonly engine?: string | undefined;
  readonly threads?: number | undefined;
  readonly background?: boolean | undefined;
}

/** @throws LEPTON_NAME_UNKNOWN, LEPTON_RUN_STATE when nothing is left to do, LEPTON_OPTION_VALUE on options that a resumed run cannot change */
export async function prepareResume(
  resume: string,
  data: unknown,
  options: ResumeOptions & Readonly<Record<string, unknown>>,
  { host, folder }: Pick<VerbContext, "host" | "folder">,
): Promise<Run> {
  const run = await findRun(host.lookup(resume)?.value ?? resume, folder, "train").refresh();
  const { epochs, background, device, engine, threads, ...others } = options;
  const wrong = Object.keys(others).find((name) => others[name] !== undefined);
  if (wrong !== undefined || (data !== undefined && data !== null)) {
    throw new LeptonError(
      "LEPTON_OPTION_VALUE",
      `train: a resumed run goes on as it began; ${wrong ?? "another data set"} cannot be given, only epochs, device, engine, threads and background. For other settings train a new one.`,
    );
  }
  if (run.state === "running") return run;
  const wanted = epochs ?? run.spec.epochs;
  const { epoch, state } = run.view();
  if (epoch >= wanted || (state === "finished" && wanted <= run.spec.epochs)) {
    throw new LeptonError(
      "LEPTON_RUN_STATE",
      `train: run ${run.id} has trained ${Math.floor(epoch)} of ${run.spec.epochs} epochs and is ${state}; to train longer: %lepton train --resume ${run.id} --epochs ${2 * Math.ceil(epoch)}`,
    );
  }
  const spec: RunSpec = {
    ...run.spec,
    epochs: wanted,
    background: background ?? run.spec.background,
    device: device ?? run.spec.device,
    engine: engine ?? run.spec.engine,
    threads: threads ?? run.spec.threads,
  };
  writeSpec(run.folder, spec);
  return loadRun(run.folder);
}

/** A runner of trials that computes a formula instead of training, and a study to run with it. */
import { LeptonError } from "@lepton/contract";
import type { StudySpec } from "../../../magics/sweep/storage.ts";
import type { TrialOutcome, TrialRequest, TrialRunner } from "../../../magics/sweep/trial-runner.ts";

export function studySpec(changes: Partial<StudySpec> = {}): StudySpec {
  return {
    contract: 1,
    id: "study-1",
    name: "study",
    createdAt: "2026-01-01T00:00:00.000Z",
    dataset: { folder: "../../datasets/abc", id: "abc", name: "credit" },
    task: "binary",
    model: "mlp",
    metric: "loss",
    direction: "minimize",
    sampler: "tpe",
    pruner: "none",
    seed: 1,
    workers: 1,
    trials: 15,
    space: {
      learningRate: { kind: "float", low: 1e-4, high: 1e-1, log: true },
      hidden: { kind: "choice", choices: [[32], [64], [128]] },
    },
    arguments: [],
    functions: {},
    fixed: { epochs: 3 },
    source: "%lepton sweep credit",
    ...changes,
  };
}

/** Least at learningRate 0.01 and hidden 64. */
export function fakeLoss(parameters: TrialRequest["parameters"]): number {
  const units = (parameters["hidden"] as readonly number[])[0]!;
  return 0.3 + (Math.log10(parameters["learningRate"] as number) + 2) ** 2 + Math.abs(units - 64) / 1000;
}

export interface FakeRunner extends TrialRunner {
  readonly started: TrialRequest[];
  /** Most trials that ran at once. */
  readonly widest: number;
}

/** @param breaks  may throw (at the start) or return a reason (the run fails) for a trial */
export function fakeRunner(breaks: (request: TrialRequest) => string | undefined = () => undefined): FakeRunner {
  const started: TrialRequest[] = [];
  let [now, widest] = [0, 0];
  return {
    started,
    get widest() {
      return widest;
    },
    async start(request, onProgress) {
      started.push(request);
      const failure = breaks(request);
      let stopped: string | null = null;
      widest = Math.max(widest, ++now);
      const run = async (): Promise<TrialOutcome> => {
        for (let epoch = 1; epoch <= 3; epoch++) {
          await new Promise((done) => setImmediate(done));
          if (stopped !== null) return { ...base, state: "stopped", reason: stopped, epoch, validation: null };
          onProgress({
            epoch,
            epochs: 3,
            seconds: epoch,
            validation: { loss: fakeLoss(request.parameters) + 1 / epoch },
          });
        }
        const validation = { loss: fakeLoss(request.parameters) };
        return failure ? { ...base, state: "failed", reason: failure, validation: null } : { ...base, validation };
      };
      const base = { state: "finished", reason: null, seconds: 3, epoch: 3, epochs: 3 } as const;
      const outcome = run().finally(() => now--);
      return { run: `run-${request.number}-${started.length}`, outcome, stop: (reason) => void (stopped = reason) };
    },
    recover: async () => undefined,
    close: async () => {},
  };
}

export const mistake = () => new LeptonError("LEPTON_OPTION_VALUE", "train: momentum is an option of sgd.");

/**
 * The learning rate range test: rates that grow from step to step, the loss of each, and a suggestion. Enters: a folder with a spec; leaves: a curve.
 * Nothing is written and the weights are thrown away. @source Smith, "Cyclical Learning Rates for Training Neural Networks", 2017, section 3.3
 */
import type { Plugins } from "../plugins.ts";
import { createBatches } from "./batches.ts";
import { epochOrder, stepFeeds } from "./random-feeds.ts";
import { type Prepared, prepare } from "./rehearse.ts";

export interface RateCurve {
  readonly rates: readonly number[];
  /** Of each step's batch, smoothed. */
  readonly losses: readonly number[];
  /** In the middle of the rates at which the loss falls; null where it never does. */
  readonly suggested: number | null;
  readonly lowest: number | null;
}

/** As fastai's lr_find: from 1e-7 to 10 in 100 steps, losses smoothed by 0.98, ended at four times the smallest one. */
const test = { from: 1e-7, to: 10, steps: 100, smoothing: 0.98, ends: 4 } as const;

export async function findLearningRate(folder: string, plugins: Plugins): Promise<RateCurve> {
  const prepared = await prepare(folder, plugins);
  try {
    return suggestionOf(await takeSteps(prepared));
  } finally {
    await prepared.opened.executable.dispose();
  }
}

async function takeSteps({ spec, program, opened, train, rowShape }: Prepared) {
  const entry = program.entries["train"]!;
  const size = Math.min(spec.batchSize, train.rows);
  const batches = createBatches(train, rowShape, size, spec.classWeights);
  const perEpoch = Math.max(1, Math.floor(train.rows / size));
  const [rates, losses]: [number[], number[]] = [[], []];
  let [mean, least] = [0, Number.POSITIVE_INFINITY];
  for (let step = 0; step < test.steps; step++) {
    const order = epochOrder(spec.seed, Math.floor(step / perEpoch), train.rows);
    const rate = test.from * (test.to / test.from) ** (step / (test.steps - 1));
    const feeds = stepFeeds(entry, batches.gather(order, (step % perEpoch) * size, size), spec.seed, step, rate);
    const loss = Number((await opened.executable.run("train", feeds)).loss!.data[0]);
    mean = test.smoothing * mean + (1 - test.smoothing) * loss;
    const smoothed = mean / (1 - test.smoothing ** (step + 1));
    if (!Number.isFinite(smoothed) || smoothed > test.ends * least) break;
    least = Math.min(least, smoothed);
    rates.push(rate);
    losses.push(smoothed);
  }
  return { rates, losses };
}

/** @source fastai's rule "valley": the middle of the longest stretch in which losses fall, single rises passed over */
export function suggestionOf({ rates, losses }: Pick<RateCurve, "rates" | "losses">): RateCurve {
  const falls = new Array<number>(losses.length).fill(1); // the longest falling selection of losses that ends here
  let end = 0;
  for (let i = 1; i < losses.length; i++) {
    for (let j = 0; j < i; j++) if (losses[i]! < losses[j]!) falls[i] = Math.max(falls[i]!, falls[j]! + 1);
    if (falls[i]! > falls[end]!) end = i;
  }
  const lowest = rates[losses.indexOf(Math.min(...losses))] ?? null;
  if ((falls[end] ?? 1) < 3) return { rates, losses, suggested: null, lowest }; // a loss that never fell suggests nothing
  const start = Math.max(0, end - falls[end]!);
  const suggested = rates[start + Math.floor((end - start) / 2)]!;
  return { rates, losses, suggested: Number(suggested.toPrecision(2)), lowest };
}

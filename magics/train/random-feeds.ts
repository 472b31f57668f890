/**
 * All randomness of a training step. Enter: seed and step; leave: orders of rows and the numbers an entry is fed. Apart because it is what makes a
 * resumed run equal to an undisturbed one: everything comes from the counter-based generator, nothing from a state.
 */
import type { Entry, FeedSpec, TensorData } from "@lepton/contract";
import { keepMask, normal, permutation, uniform } from "@lepton/graph";
import type { Feeds } from "./batches.ts";

/** The order of the training rows in an epoch (from 0). */
export function epochOrder(seed: number, epoch: number, rows: number): Uint32Array {
  return permutation(seed, epoch, rows);
}

/** A batch's feeds and all others that the entry wants at this step (from 0). */
export function stepFeeds(entry: Entry, batch: Feeds, seed: number, step: number, learningRate: number): Feeds {
  const rows = batch.x?.shape[0] ?? 0;
  const feeds: Feeds = { ...batch };
  for (const feed of entry.feeds) {
    const { role } = feed;
    if (role.kind === "scalar") feeds[feed.name] = { dtype: "f32", shape: [], data: Float32Array.of(learningRate) };
    if (role.kind === "random") feeds[feed.name] = randomTensor(feed, seed, step, rows);
  }
  return feeds;
}

function randomTensor(feed: FeedSpec, seed: number, step: number, rows: number): TensorData {
  const shape = feed.shape.map((dim) => (typeof dim === "number" ? dim : rows));
  const count = shape.reduce((product, dim) => product * dim, 1);
  return { dtype: "f32", shape, data: randomNumbers(feed, seed, step, count) };
}

function randomNumbers({ role, name }: FeedSpec, seed: number, step: number, count: number): Float32Array {
  if (role.kind !== "random") throw new Error(`feed ${name} is not random`);
  switch (role.distribution) {
    case "uniform":
      return uniform(seed, step, role.key, count);
    case "normal":
      return normal(seed, step, role.key, count);
    case "keepMask":
      return keepMask(seed, step, role.key, count, role.rate ?? 0);
    default:
      return role.distribution satisfies never;
  }
}

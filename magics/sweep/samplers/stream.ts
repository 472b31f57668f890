/** The random numbers of one trial: Philox by the study's seed and the trial's number, so that any trial can be asked for again. */
import { words } from "@lepton/graph";

const block = 64;
/** Keys of streams for trials begin here, apart from those of a run's feeds. */
const firstKey = 0x5eed0000;

/** A function that gives the stream's next number, strictly between 0 and 1, with 52 random bits. */
export function trialStream(seed: number, number: number): () => number {
  let taken = 0;
  let current = words(seed, "feed", number, firstKey, block);
  return () => {
    const at = taken % block;
    if (taken > 0 && at === 0) current = words(seed, "feed", number, firstKey + taken / block, block);
    taken += 2;
    return ((current[at]! >>> 6) * 2 ** 26 + (current[at + 1]! >>> 6) + 0.5) * 2 ** -52;
  };
}

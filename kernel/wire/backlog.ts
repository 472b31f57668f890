/**
 * What iopub keeps for a client that does not read. Enters: the sizes of messages as they are sent; leaves: how many of them ZeroMQ may keep for one client, so
 * that a deaf one costs a bounded number of bytes, while a flood of small messages reaches a slow one whole.
 */

/** About as much is kept for one client, in bytes. */
const BUDGET_BYTES = 256 * 2 ** 20;
/** Messages kept at most and at least. */
const MOST = 20_000;
const LEAST = 100;
/** Weight of the newest message in the mean size. */
const NEWEST = 1 / 32;
/** The limit is told anew when it is so far off: with more, twice the budget was kept. */
const CHANGE = 0.1;

export class Backlog {
  #mean = 0;
  /** The number that ZeroMQ has. */
  limit = MOST;

  /** @returns the new number of messages, when it should change */
  sent(bytes: number): number | undefined {
    this.#mean += (bytes - this.#mean) * NEWEST;
    const wanted = Math.round(Math.min(MOST, Math.max(LEAST, BUDGET_BYTES / this.#mean)));
    if (wanted > this.limit * (1 - CHANGE) && wanted < this.limit * (1 + CHANGE)) return undefined;
    this.limit = wanted;
    return wanted;
  }
}

/**
 * The comm to a notebook's kernel that lists its folder. Enter: a kernel source and requests; leave: listings as they change, and an answer for each
 * request. Opened again when the kernel restarts.
 */
import type { Kernel } from "@jupyterlab/services";
import {
  LISTING_TARGET,
  type Listing,
  type ListingAnswer,
  type ListingRequest,
} from "../../../kernel/contract/listing.ts";
import { endComm } from "../run/end-comm.ts";
import type { KernelSource } from "../run/live.ts";
import { trans } from "../translation.ts";
import { checkAnswer, checkListing } from "./listing-check.ts";

const RETRY_MS = 2000;

/** A request without its number. */
export type Wish = ListingRequest extends infer R ? (R extends { ask: number } ? Omit<R, "ask"> : never) : never;

export class ListingComm {
  private comm: Kernel.IComm | null = null;
  private source: KernelSource | null = null;
  private stopListening: () => void = () => undefined;
  private asked = 0;
  private readonly waiting = new Map<number, (answer: ListingAnswer) => void>();

  /** @param told  the folder's listing, or null when there is none to be had */
  constructor(private readonly told: (listing: Listing | null) => void) {}

  /** List the folder of another notebook's kernel; null when no notebook is in front. */
  watch(source: KernelSource | null): void {
    if (source === this.source) return;
    this.stopListening();
    this.source = source;
    this.stopListening = source?.onChange(() => this.open()) ?? (() => undefined);
    this.open();
  }

  close(): void {
    this.stopListening();
    this.drop();
  }

  /** What came of it; a sentence where it could not be done or no kernel is there. */
  ask(wish: Wish): Promise<ListingAnswer> {
    const ask = ++this.asked;
    const comm = this.comm;
    if (!comm || comm.isDisposed) return Promise.resolve(this.lost(ask));
    return new Promise((resolve) => {
      this.waiting.set(ask, resolve);
      comm.send({ ...wish, ask } as unknown as Parameters<typeof comm.send>[0]);
    });
  }

  private lost(ask: number): ListingAnswer {
    return { type: "answer", ask, fault: trans.__("The notebook's kernel does not answer; start it and try again.") };
  }

  private open(): void {
    this.drop();
    this.told(null);
    const kernel = this.source?.kernel();
    if (!kernel || kernel.isDisposed) return;
    void kernel.info.then((info) => {
      // Other kernels know no such comm.
      if (info.implementation !== "lepton" || kernel.isDisposed || this.source?.kernel() !== kernel || this.comm)
        return;
      const comm = kernel.createComm(LISTING_TARGET);
      comm.onMsg = (message) => this.take(message.content.data);
      // A kernel that has just started may not know the target yet: ask again.
      comm.onClose = () => {
        if (this.comm !== comm) return;
        this.comm = null;
        setTimeout(() => !this.comm && this.source?.kernel() === kernel && this.open(), RETRY_MS);
      };
      this.comm = comm;
      comm.open({});
    });
  }

  private take(data: unknown): void {
    const answer = checkAnswer(data);
    if (answer) {
      this.waiting.get(answer.ask)?.(answer);
      this.waiting.delete(answer.ask);
      return;
    }
    const listing = checkListing(data);
    if (listing) this.told(listing);
  }

  private drop(): void {
    const comm = this.comm;
    this.comm = null;
    endComm(comm);
    for (const [ask, resolve] of this.waiting) resolve(this.lost(ask));
    this.waiting.clear();
  }
}

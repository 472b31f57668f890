/**
 * Follows a run over a comm that the page opens (kernel/contract/live.ts): after a reload, in a second tab and with a restarted kernel it is
 * simply opened again. Messages are checked, holes are asked for again, and when the kernel is gone this waits until there is one.
 */
import type { Kernel } from "@jupyterlab/services";
import { LIVE_TARGET, type LiveMessage, liveMessageFault } from "../../../kernel/contract/live.ts";
import type { RunEvent } from "../../../kernel/contract/run.ts";

/** The part of a notebook's session that is needed: its kernel now, and word when that changes. */
export interface KernelSource {
  kernel(): Kernel.IKernelConnection | null;
  /** Calls back when there is another kernel or it restarted; returns how to stop listening. */
  onChange(listener: () => void): () => void;
}

export interface LiveListener {
  /** Events in the order they came; returns the number to ask again from, or null. */
  events(events: readonly RunEvent[]): number | null;
  /** The kernel knows no such run. */
  gone(reason: string): void;
}

const SYNC_PAUSE_MS = 250;
const RETRY_MS = 2000;

export class LiveRun {
  private comm: Kernel.IComm | null = null;
  private readonly stopListening: () => void;
  private syncTimer: ReturnType<typeof setTimeout> | null = null;
  private retryTimer: ReturnType<typeof setTimeout> | null = null;

  constructor(
    private readonly run: string,
    private readonly source: KernelSource,
    private readonly from: () => number,
    private readonly listener: LiveListener,
  ) {
    this.stopListening = source.onChange(() => this.open());
    this.open();
  }

  /** Ask the run to stop at a step with a checkpoint. False when no kernel is there to ask. */
  stop(): boolean {
    if (!this.comm || this.comm.isDisposed) return false;
    this.comm.send({ type: "stop" });
    return true;
  }

  close(): void {
    this.stopListening();
    for (const timer of [this.syncTimer, this.retryTimer]) if (timer !== null) clearTimeout(timer);
    this.syncTimer = null;
    this.retryTimer = null;
    this.drop();
  }

  private open(): void {
    if (this.retryTimer !== null) clearTimeout(this.retryTimer);
    this.retryTimer = null;
    this.drop();
    const kernel = this.source.kernel();
    if (!kernel || kernel.isDisposed) return;
    const comm = kernel.createComm(LIVE_TARGET);
    comm.onMsg = (message) => this.take(message.content.data);
    // A kernel that has just started may not know the target yet: ask again.
    comm.onClose = () => {
      if (this.comm !== comm) return;
      this.comm = null;
      this.retryTimer = setTimeout(() => this.open(), RETRY_MS);
    };
    this.comm = comm;
    comm.open({ run: this.run, from: this.from() });
  }

  private drop(): void {
    const comm = this.comm;
    this.comm = null;
    if (comm && !comm.isDisposed) comm.dispose();
  }

  private take(data: unknown): void {
    const fault = liveMessageFault(data);
    if (fault !== null) {
      console.warn(`lepton-lab: a message about run ${this.run} was not used: ${fault}`);
      return;
    }
    const message = data as LiveMessage;
    if (message.type === "gone") {
      this.listener.gone(message.reason);
      return;
    }
    const missingFrom = this.listener.events(message.events);
    if (missingFrom !== null) this.sync(missingFrom);
  }

  /** One question at a time: a flood with holes must not become a flood of questions. */
  private sync(from: number): void {
    if (this.syncTimer !== null) return;
    this.syncTimer = setTimeout(() => {
      this.syncTimer = null;
      if (this.comm && !this.comm.isDisposed) this.comm.send({ type: "sync", from });
    }, SYNC_PAUSE_MS);
  }
}

/**
 * Follows a run over a comm that the page opens (kernel/contract/live.ts): after a reload, in a second tab and with a restarted kernel it is
 * simply opened again. Messages are checked, holes are asked for again, and when the kernel is gone this waits until there is one.
 */
import type { Kernel } from "@jupyterlab/services";
import {
  LIVE_TARGET,
  type LiveMessage,
  type LivePlace,
  type LiveRequest,
  liveMessageFault,
} from "../../../kernel/contract/live.ts";
import type { RunEvent } from "../../../kernel/contract/run.ts";
import { unpackSteps } from "../../../kernel/contract/step-columns.ts";
import { endComm } from "./end-comm.ts";

/** The part of a notebook's session that is needed: its kernel now, and word when that changes. */
export interface KernelSource {
  kernel(): Kernel.IKernelConnection | null;
  /** Calls back when there is another kernel or it restarted; returns how to stop listening. */
  onChange(listener: () => void): () => void;
}

export interface LiveListener {
  /** Events in the order they came, and whether they are all that there were; returns the number to ask again from, or null. */
  events(events: readonly RunEvent[], isLevel: boolean): number | null;
  /** What came before is void: the run went on from an earlier checkpoint. */
  reset(): void;
  /** What was asked for besides events, or why it cannot be had. */
  answer(message: Exclude<LiveMessage, { type: "events" | "gone" }>): void;
  /** What was asked for and is not answered yet will not be: the kernel went away, or knows no runs. */
  lost(): void;
  /** The kernel knows no such run. */
  gone(reason: string): void;
}

const SYNC_PAUSE_MS = 250;
const RETRY_MS = 2000;
/** After this long without a message the page asks whether it missed the last one. */
const SILENCE_MS = 10_000;
/** A kernel sends 20 messages a second; far more is a fault, and the comm is opened anew after a rest. */
const FLOOD_PER_SECOND = 200;

export class LiveRun {
  private comm: Kernel.IComm | null = null;
  private readonly stopListening: () => void;
  private syncTimer: ReturnType<typeof setTimeout> | null = null;
  private retryTimer: ReturnType<typeof setTimeout> | null = null;
  private readonly silenceTimer: ReturnType<typeof setInterval>;
  private closed = false;
  private lastMessageAt = 0;
  private second = { from: 0, messages: 0 };

  constructor(
    private readonly run: string,
    private readonly source: KernelSource,
    private readonly place: () => LivePlace,
    private readonly listener: LiveListener,
  ) {
    this.stopListening = source.onChange(() => this.open());
    this.silenceTimer = setInterval(() => this.breakSilence(), SILENCE_MS);
    this.open();
  }

  /** Whether there is a kernel to ask: it has a comm, and has not died (then JupyterLab would throw). */
  get isOpen(): boolean {
    return this.comm !== null && !this.comm.isDisposed && this.source.kernel()?.status !== "dead";
  }

  /** Ask something of the run. False when no kernel is there to ask. */
  request(request: Exclude<LiveRequest, { type: "sync" }>): boolean {
    return this.send(request);
  }

  /** Somebody asks: a kernel that knew no runs when it had just started is not waited for any longer. */
  reopen(): void {
    if (!this.comm && this.source.kernel()) this.open();
  }

  /** Ask for what is missing: the place has changed. At once, for a question that waits is forgotten when a message without a hole comes. */
  askAgain(): void {
    this.send({ type: "sync", ...this.place() });
  }

  close(): void {
    this.closed = true;
    this.stopListening();
    clearInterval(this.silenceTimer);
    for (const timer of [this.syncTimer, this.retryTimer]) if (timer !== null) clearTimeout(timer);
    this.syncTimer = null;
    this.retryTimer = null;
    this.drop();
  }

  private open(): void {
    if (this.closed) return;
    if (this.retryTimer !== null) clearTimeout(this.retryTimer);
    this.retryTimer = null;
    this.drop();
    this.listener.lost();
    const kernel = this.source.kernel();
    if (!kernel || kernel.isDisposed) return;
    const comm = kernel.createComm(LIVE_TARGET);
    comm.onMsg = (message) => {
      if (this.comm === comm && !this.isFlooded()) this.take(message.content.data);
    };
    // A kernel that has just started may not know the target yet: ask again.
    comm.onClose = () => {
      if (this.comm !== comm) return;
      this.comm = null;
      this.listener.lost();
      void this.retry(kernel);
    };
    this.comm = comm;
    this.lastMessageAt = Date.now();
    comm.open({ run: this.run, ...this.place() });
  }

  /** Other kernels know no such comm, and never will. */
  private async retry(kernel: Kernel.IKernelConnection): Promise<void> {
    const info = await kernel.info.catch(() => null); // it died meanwhile: there will be another, or none
    if (info?.implementation !== "lepton" || this.closed || this.comm || this.source.kernel() !== kernel) return;
    this.retryTimer ??= setTimeout(() => this.open(), RETRY_MS);
  }

  /** Counts messages by the second. A flood ends the comm; the page goes on from its place a little later. */
  private isFlooded(): boolean {
    const now = Date.now();
    this.lastMessageAt = now;
    if (now - this.second.from >= 1000) this.second = { from: now, messages: 0 };
    if (++this.second.messages <= FLOOD_PER_SECOND) return false;
    console.warn(`lepton-lab: run ${this.run} sent over ${FLOOD_PER_SECOND} messages in a second; it is asked anew.`);
    this.drop();
    this.retryTimer ??= setTimeout(() => this.open(), RETRY_MS);
    return true;
  }

  /** Returns false where nobody takes it. */
  private send(request: LiveRequest): boolean {
    if (!this.isOpen) return false;
    this.comm!.send(request as unknown as Parameters<Kernel.IComm["send"]>[0]);
    return true;
  }

  /** The last message may be the one that was lost, in a sleep say: no later one would show it. */
  private breakSilence(): void {
    if (Date.now() - this.lastMessageAt < SILENCE_MS) return;
    this.lastMessageAt = Date.now();
    this.send({ type: "sync", ...this.place() });
  }

  private drop(): void {
    const comm = this.comm;
    this.comm = null;
    endComm(comm);
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
    if (message.type !== "events") {
      this.listener.answer(message);
      return;
    }
    if (message.reset) this.listener.reset();
    if (this.listener.events(unpackSteps(message.events), message.more !== true) !== null) this.sync();
    else if (this.syncTimer !== null) this.forgetSync();
  }

  private forgetSync(): void {
    clearTimeout(this.syncTimer!);
    this.syncTimer = null;
  }

  /** One question at a time: a flood with holes must not become a flood of questions. */
  private sync(): void {
    if (this.syncTimer !== null) return;
    this.syncTimer = setTimeout(() => {
      this.syncTimer = null;
      this.send({ type: "sync", ...this.place() });
    }, SYNC_PAUSE_MS);
  }
}

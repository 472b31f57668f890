/**
 * The tabs that the kernel fills: weights and sample predictions, asked for when their tab is first opened or by their button. Answers enter, checked
 * before they are shown; requests leave. Apart so that no tab waits for an answer that will not come.
 */
import type { LiveMessage } from "../../../kernel/contract/live.ts";
import { trans } from "../translation.ts";
import { button } from "./dom.ts";
import { checkSamples, checkWeights } from "./extras-check.ts";
import { Patience } from "./patience.ts";
import { Samples } from "./samples.ts";
import { Weights } from "./weights.ts";

export type AskedTab = "weights" | "samples";

type Answer = Extract<LiveMessage, { type: AskedTab }>;

export class AskedTabs {
  readonly weights = new Weights(() => this.look("weights"));
  readonly samples = new Samples(() => this.look("samples"));
  private readonly opened = new Set<AskedTab>();
  private readonly waiting = new Map<AskedTab, Patience>();

  /** @param ask  returns false when there is no kernel to ask */
  constructor(private readonly ask: (tab: AskedTab) => boolean) {}

  /** Asks when the tab is opened for the first time, or when nobody answered before. */
  open(tab: AskedTab): void {
    if (this.opened.has(tab)) return;
    this.opened.add(tab);
    this.look(tab);
  }

  take(answer: Answer): void {
    this.answered(answer.type);
    const view = answer.type === "weights" ? checkWeights(answer.weights) : checkSamples(answer.samples);
    if (!view) this[answer.type].say(trans.__("The kernel's answer cannot be drawn: it is damaged."));
    else if ("parameters" in view) this.weights.show(view);
    else this.samples.show(view);
  }

  /** The kernel says why it cannot answer; its reason is told elsewhere. */
  refused(tab: AskedTab): void {
    this.answered(tab);
    this[tab].say("");
  }

  dispose(): void {
    for (const tab of [...this.waiting.keys()]) this.answered(tab);
    this.weights.dispose();
  }

  /** Whoever was asked is gone: what is waited for will not come. */
  lost(): void {
    for (const tab of [...this.waiting.keys()]) this.unanswered(tab);
  }

  private look(tab: AskedTab): void {
    this[tab].say(trans.__("Asking the kernel ..."));
    if (!this.ask(tab)) return this.unanswered(tab);
    const patience = this.waiting.get(tab) ?? new Patience();
    this.waiting.set(tab, patience);
    patience.begin(() => this.takesLong(tab));
  }

  private answered(tab: AskedTab): void {
    this.waiting.get(tab)?.end();
    this.waiting.delete(tab);
  }

  /** The kernel may be busy for long: the answer is shown whenever it comes, also to who does not wait. */
  private takesLong(tab: AskedTab): void {
    const again = button(trans.__("Ask again"), trans.__("Ask the kernel once more"), () => this.look(tab));
    const giveUp = button(trans.__("Give up"), trans.__("Wait no longer for the kernel's answer"), () => {
      this.answered(tab);
      this.opened.delete(tab);
      this[tab].say(trans.__("The kernel did not answer; look again when it is free."));
    });
    this[tab].say(trans.__("The kernel has not answered yet: it is busy or stuck."), again, giveUp);
  }

  private unanswered(tab: AskedTab): void {
    this.answered(tab);
    this.opened.delete(tab);
    this[tab].say(trans.__("No kernel that has this run answered; start one in its folder and look again."));
  }
}

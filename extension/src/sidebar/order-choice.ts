/** The list from which a reader chooses the order of runs. Enter: the runs there are; leaves: the order, which outlives a folder whose runs lack its metric. */
import type { ListedRun } from "../../../kernel/contract/listing.ts";
import { KeptChoice } from "../compare/kept-choice.ts";
import { trans } from "../translation.ts";
import { NEWEST, ordersOf, type RunOrder } from "./run-order.ts";

export class OrderChoice {
  readonly node: HTMLSelectElement;
  private readonly choice: KeptChoice<RunOrder>;

  constructor(changed: () => void) {
    this.choice = new KeptChoice<RunOrder>(null, changed);
    this.node = this.choice.node;
    this.node.setAttribute("aria-label", trans.__("order of the runs"));
  }

  get order(): RunOrder {
    return this.choice.value ?? NEWEST;
  }

  offer(runs: readonly ListedRun[]): void {
    const words = (one: RunOrder) => (one === NEWEST ? trans.__("newest first") : trans.__("best %1 first", one));
    this.choice.offer(ordersOf(runs), words);
  }
}

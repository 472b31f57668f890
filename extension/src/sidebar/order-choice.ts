/** The list from which a reader chooses the order of runs. Enter: the runs there are; leaves: the order. Stays the same element from listing to listing. */
import type { ListedRun } from "../../../kernel/contract/listing.ts";
import { element } from "../run/dom.ts";
import { trans } from "../translation.ts";
import { NEWEST, ordersOf, type RunOrder } from "./run-order.ts";

export class OrderChoice {
  readonly node = element("select", "lepton-Select");

  constructor(changed: () => void) {
    this.node.setAttribute("aria-label", trans.__("order of the runs"));
    this.node.addEventListener("change", changed);
  }

  get order(): RunOrder {
    return this.node.value || NEWEST;
  }

  offer(runs: readonly ListedRun[]): void {
    const orders = ordersOf(runs);
    if ([...this.node.options].map(({ value }) => value).join("\n") === orders.join("\n")) return;
    const { order } = this;
    const words = (one: RunOrder) => (one === NEWEST ? trans.__("newest first") : trans.__("best %1 first", one));
    this.node.replaceChildren(...orders.map((one) => new Option(words(one), one)));
    this.node.value = orders.includes(order) ? order : NEWEST;
  }
}

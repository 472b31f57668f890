/**
 * A list whose choice outlives what is offered. Enter: what can be chosen now, again and again; leaves: the wanted one where it is offered, else the
 * first. Stays the same element, and its options stay while the same are offered: a list that is open on the screen would close.
 */
import { element } from "../run/dom.ts";

export class KeptChoice<T extends string> {
  readonly node = element("select", "lepton-Select");
  private wanted: T | null;
  private offered: readonly T[] = [];

  /** @param wanted  chosen as soon as it is offered; null for the first one */
  constructor(wanted: T | null, changed: () => void) {
    this.wanted = wanted;
    this.node.addEventListener("change", () => {
      this.wanted = this.node.value as T;
      changed();
    });
  }

  /** What is chosen of what is offered; undefined while nothing is. */
  get value(): T | undefined {
    const { wanted, offered } = this;
    return wanted !== null && offered.includes(wanted) ? wanted : offered[0];
  }

  offer(values: readonly T[], wordsOf: (value: T) => string = String): void {
    if (values.join("\n") !== this.offered.join("\n"))
      this.node.replaceChildren(...values.map((one) => new Option(wordsOf(one), one)));
    this.offered = values;
    this.node.value = this.value ?? "";
  }
}

/**
 * The sidebar's bar for chosen runs: how many they are, and what to do with them. Enter: how many are chosen; leave: wishes. Its buttons stay the same
 * elements, so that a new listing takes the focus from none of them.
 */
import { button, element } from "../run/dom.ts";
import { trans } from "../translation.ts";

export interface ChoiceActions {
  compare(): void;
  /** Choose all that the search found. */
  everyone(): void;
  clear(): void;
}

export class Choice {
  readonly node: HTMLElement;
  private readonly count = element("span", "");
  private readonly compare: HTMLButtonElement;
  private readonly everyone: HTMLButtonElement;
  private readonly none: HTMLButtonElement;

  constructor(actions: ChoiceActions) {
    this.compare = button(
      trans.__("Compare"),
      trans.__("Draw the chosen runs in one chart and say what differs"),
      actions.compare,
    );
    this.everyone = button(
      trans.__("Choose found"),
      trans.__("Choose all runs that the search found"),
      actions.everyone,
    );
    this.none = button(trans.__("Clear"), trans.__("Choose none"), actions.clear);
    this.node = element("div", "lepton-Choice", this.count, this.compare, this.everyone, this.none);
  }

  show(count: number): void {
    const text = trans.__("%1 chosen", count);
    if (this.count.textContent !== text) this.count.textContent = text;
    const focused = document.activeElement;
    this.compare.disabled = count === 0;
    this.none.disabled = count === 0;
    // A button that can no longer be pressed would drop the focus.
    if (count === 0 && (focused === this.none || focused === this.compare)) this.everyone.focus();
  }
}

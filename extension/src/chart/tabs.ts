/** Tabs as the ARIA practices describe them: arrow keys move between them, only the chosen one is in the tab order. */
import { element } from "../run/dom.ts";

export interface Tab {
  readonly id: string;
  readonly title: string;
  readonly content: HTMLElement;
}

let made = 0;

export class Tabs {
  readonly node = element("div", "lepton-Tabs");
  private readonly list = element("div", "lepton-TabList");
  private readonly buttons: HTMLButtonElement[];
  chosen: string;

  constructor(
    label: string,
    private readonly tabs: readonly Tab[],
    /** Told when another tab is chosen: what it shows may be asked for now. */
    private readonly onChoose: (id: string) => void = () => undefined,
  ) {
    this.chosen = tabs[0]!.id;
    this.list.setAttribute("role", "tablist");
    this.list.setAttribute("aria-label", label);
    const prefix = `lepton-tab-${made++}`;
    this.buttons = tabs.map((tab) => {
      const press = element("button", "lepton-Tab", tab.title);
      press.type = "button";
      press.id = `${prefix}-${tab.id}`;
      press.dataset["tab"] = tab.id;
      press.setAttribute("role", "tab");
      press.setAttribute("aria-controls", `${prefix}-${tab.id}-panel`);
      press.addEventListener("click", () => this.choose(tab.id));
      tab.content.id = `${prefix}-${tab.id}-panel`;
      tab.content.setAttribute("role", "tabpanel");
      tab.content.setAttribute("aria-labelledby", press.id);
      return press;
    });
    this.list.append(...this.buttons);
    this.list.addEventListener("keydown", (event) => this.key(event));
    this.node.append(this.list, ...tabs.map((tab) => tab.content));
    this.choose(this.chosen);
  }

  choose(id: string): void {
    const isOther = id !== this.chosen;
    this.chosen = id;
    for (const [index, tab] of this.tabs.entries()) {
      const here = tab.id === id;
      this.buttons[index]!.setAttribute("aria-selected", String(here));
      this.buttons[index]!.tabIndex = here ? 0 : -1;
      tab.content.hidden = !here;
    }
    if (isOther) this.onChoose(id);
  }

  private key(event: KeyboardEvent): void {
    const steps: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowLeft: -1 };
    const at = this.tabs.findIndex((tab) => tab.id === this.chosen);
    const last = this.tabs.length - 1;
    const step = steps[event.key];
    const to =
      event.key === "Home"
        ? 0
        : event.key === "End"
          ? last
          : step === undefined
            ? -1
            : (at + step + last + 1) % (last + 1);
    if (to < 0) return;
    // JupyterLab takes arrow keys for its own where they go on.
    event.preventDefault();
    event.stopPropagation();
    this.choose(this.tabs[to]!.id);
    this.buttons[to]!.focus();
  }
}

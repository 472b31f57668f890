/**
 * A model card in the page: nine sections of facts, tables and code, and the parts that people write, edited in place. A checked CardView
 * enters; an edit leaves over a comm to the kernel, which keeps it with the run. Without a kernel the card is read only.
 */
import type { Kernel } from "@jupyterlab/services";
import type { TranslationBundle } from "@jupyterlab/translation";
import { CARD_TARGET, type CardAnswer, type CardBlock, type CardView } from "../../../kernel/contract/card.ts";
import { button, download, element, table } from "../run/dom.ts";
import type { KernelSource } from "../run/live.ts";
import { tick } from "../run/plot.ts";

type HumanBlock = Extract<CardBlock, { kind: "human" }>;

export class CardPanel {
  readonly node = element("article", "lepton-Card");
  private view: CardView | null = null;
  private comm: Kernel.IComm | null = null;
  private readonly answers = new Map<string, (fault: string | null) => void>();

  constructor(
    private readonly trans: TranslationBundle,
    private readonly kernel: KernelSource | null,
  ) {}

  show(view: CardView): void {
    this.view = view;
    const json = button("JSON", this.trans.__("Save the card as a JSON file"), () => this.saveJson());
    const head = element(
      "div",
      "lepton-Title",
      element("h2", "lepton-CardName", view.name),
      element("span", "lepton-Spring"),
      json,
    );
    const sections = view.sections.map((section, index) => {
      const body = section.blocks.map((block) => this.block(block));
      const shown = element("details", "lepton-CardSection", element("summary", "", section.title), ...body);
      shown.open = index < 4;
      return shown;
    });
    this.node.replaceChildren(head, ...sections);
  }

  /** Colours come from the theme's own variables: nothing to redraw. */
  repaint(): void {
    return;
  }

  dispose(): void {
    if (this.comm && !this.comm.isDisposed) this.comm.dispose();
    this.comm = null;
  }

  private block(block: CardBlock): HTMLElement {
    switch (block.kind) {
      case "facts": {
        const list = element("dl", "lepton-Facts");
        for (const fact of block.facts) list.append(element("dt", "", fact.name), element("dd", "", fact.value));
        return list;
      }
      case "table": {
        const rows = block.table.rows.map((row) =>
          row.map((cell) => (typeof cell === "number" ? tick(cell) : (cell ?? ""))),
        );
        return table(block.title, block.table.columns, rows);
      }
      case "code":
        return element(
          "figure",
          "lepton-CardCode",
          element("figcaption", "", block.title),
          element("pre", "", block.text),
        );
      case "human":
        return this.human(block);
      default:
        block satisfies never;
        return element("div", "");
    }
  }

  private human(block: HumanBlock): HTMLElement {
    const text = element("p", block.text ? "" : "lepton-CardAsks", block.text ?? block.asks);
    const shown = element("div", "lepton-CardHuman", element("h3", "", block.title), text);
    if (!this.kernel) return shown;
    const edit = button(this.trans.__("Edit"), `${this.trans.__("Edit")}: ${block.title}`, () => {
      shown.replaceWith(this.editor(block, shown));
    });
    shown.firstChild!.appendChild(edit);
    return shown;
  }

  private editor(block: HumanBlock, shown: HTMLElement): HTMLElement {
    const area = element("textarea", "lepton-CardArea");
    area.value = block.text ?? "";
    area.placeholder = block.asks;
    area.setAttribute("aria-label", block.title);
    const fault = element("div", "lepton-Refused");
    fault.hidden = true;
    const save = button(this.trans.__("Save"), this.trans.__("Keep this text with the run"), async () => {
      const refused = await this.save(block.key, area.value);
      fault.hidden = refused === null;
      fault.textContent = refused;
      if (refused === null)
        box.replaceWith(this.human({ ...block, text: area.value.trim() === "" ? null : area.value }));
    });
    const cancel = button(this.trans.__("Cancel"), this.trans.__("Leave the text as it was"), () =>
      box.replaceWith(shown),
    );
    const box = element(
      "div",
      "lepton-CardHuman",
      element("h3", "", block.title),
      area,
      element("div", "lepton-Controls", save, cancel),
      fault,
    );
    queueMicrotask(() => area.focus());
    return box;
  }

  /** @returns why it was not kept, or null */
  private save(key: string, text: string): Promise<string | null> {
    const comm = this.openComm();
    if (!comm) return Promise.resolve(this.trans.__("There is no kernel to keep this text; start one and save again."));
    return new Promise((resolve) => {
      const timer = setTimeout(
        () => done(this.trans.__("The kernel did not answer; save again when it is free.")),
        5000,
      );
      const done = (fault: string | null) => {
        clearTimeout(timer);
        this.answers.delete(key);
        resolve(fault);
      };
      this.answers.set(key, done);
      comm.send({ type: "save", key, text });
    });
  }

  private openComm(): Kernel.IComm | null {
    if (this.comm && !this.comm.isDisposed) return this.comm;
    const kernel = this.kernel?.kernel();
    if (!kernel || kernel.isDisposed || !this.view) return null;
    const comm = kernel.createComm(CARD_TARGET);
    comm.onMsg = (message) => this.take(message.content.data as unknown as CardAnswer);
    comm.open({ run: this.view.run });
    this.comm = comm;
    return comm;
  }

  private take(answer: CardAnswer): void {
    const waiting = answer.key === null ? [...this.answers.values()] : [this.answers.get(answer.key)];
    for (const done of waiting) done?.(answer.type === "saved" ? null : answer.reason);
  }

  private saveJson(): void {
    const text = JSON.stringify(this.view, null, 2);
    download(`${this.view?.name ?? "card"}.card.json`, new Blob([text], { type: "application/json" }));
  }
}

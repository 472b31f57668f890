/**
 * A model card in the page: nine sections of facts, tables and code, and the parts that people write, edited in place. A checked CardView
 * enters; an edit leaves over a comm to the kernel, which keeps it with the run. Without a kernel the card is read only.
 */
import type { Kernel } from "@jupyterlab/services";
import { CARD_TARGET, type CardAnswer, type CardBlock, type CardView } from "../../../kernel/contract/card.ts";
import { tick } from "../chart/tick.ts";
import { button, download, element, scrolled, table } from "../run/dom.ts";
import { endComm } from "../run/end-comm.ts";
import type { KernelSource } from "../run/live.ts";
import { trans } from "../translation.ts";
import { chartFigure } from "./chart.ts";
import { withText } from "./kept-text.ts";
import { cardWord, columnWords } from "./words.ts";

type HumanBlock = Extract<CardBlock, { kind: "human" }>;

export class CardPanel {
  readonly node = element("article", "lepton-Card");
  private view: CardView | null = null;
  private comm: Kernel.IComm | null = null;
  private readonly answers = new Map<string, (fault: string | null) => void>();

  constructor(private readonly kernel: KernelSource | null) {}

  show(view: CardView): void {
    this.view = view;
    const json = button("JSON", trans.__("Save the card as a JSON file"), () => this.saveJson());
    const head = element(
      "div",
      "lepton-Title",
      element("h2", "lepton-CardName", view.against === undefined ? view.name : cardWord(view.name)),
      element("span", "lepton-Spring"),
      json,
    );
    const sections = view.sections.map((section, index) => {
      const body = section.blocks.map((block) => this.block(block));
      const title = element("summary", "", element("h3", "", cardWord(section.title)));
      const shown = element("details", "lepton-CardSection", title, ...chartsTogether(body));
      shown.open = index < 4 || view.against !== undefined || section.blocks.some((block) => block.kind === "chart");
      return shown;
    });
    this.node.replaceChildren(head, ...sections);
  }

  /** Colours come from the theme's own variables: nothing to redraw. */
  repaint(): void {
    return;
  }

  dispose(): void {
    endComm(this.comm);
    this.comm = null;
  }

  private block(block: CardBlock): HTMLElement {
    switch (block.kind) {
      case "facts": {
        const list = element("dl", "lepton-Facts");
        for (const fact of block.facts)
          list.append(element("dt", "", cardWord(fact.name)), element("dd", "", fact.value));
        return list;
      }
      case "table": {
        const rows = block.table.rows.map((row) =>
          row.map((cell) => (typeof cell === "number" ? tick(cell) : (cell ?? ""))),
        );
        const shown = table(cardWord(block.title), columnWords(block.table.columns, block.isShaded ?? false), rows);
        if (block.isShaded) shade(shown, block.table.rows);
        return scrolled(cardWord(block.title), element("div", "lepton-CardWide", shown));
      }
      case "code":
        return element(
          "figure",
          "lepton-CardCode",
          element("figcaption", "", cardWord(block.title)),
          scrolled(cardWord(block.title), block.isDiff ? diffText(block.text) : element("pre", "", block.text)),
        );
      case "chart":
        return chartFigure(block);
      case "human":
        return this.human(block);
      default:
        block satisfies never;
        return element("div", "");
    }
  }

  private human(block: HumanBlock): HTMLElement {
    const text = element("p", block.text ? "" : "lepton-CardAsks", block.text ?? cardWord(block.asks));
    const shown = element("div", "lepton-CardHuman", element("h4", "", cardWord(block.title)), text);
    if (!this.kernel) return shown;
    const edit = button(trans.__("Edit"), trans.__("Edit: %1", cardWord(block.title)), () => {
      shown.replaceWith(this.editor(block, shown));
    });
    // "Edit" alone stands in a card many times.
    edit.setAttribute("aria-label", edit.title);
    shown.firstChild!.appendChild(edit);
    return shown;
  }

  private editor(block: HumanBlock, shown: HTMLElement): HTMLElement {
    const area = element("textarea", "lepton-CardArea");
    area.value = block.text ?? "";
    area.placeholder = cardWord(block.asks);
    area.setAttribute("aria-label", cardWord(block.title));
    const fault = element("div", "lepton-Refused");
    fault.hidden = true;
    const save = button(trans.__("Save"), trans.__("Keep this text with the run"), async () => {
      const typed = area.value;
      area.readOnly = true; // what is typed meanwhile would not be kept
      const refused = await this.save(block.key, typed);
      area.readOnly = false;
      fault.hidden = refused === null;
      fault.textContent = refused;
      if (refused !== null) return;
      const text = typed.trim() === "" ? null : typed;
      if (this.view) this.view = withText(this.view, block.key, text);
      box.replaceWith(this.human({ ...block, text }));
    });
    const cancel = button(trans.__("Cancel"), trans.__("Leave the text as it was"), () => box.replaceWith(shown));
    const box = element(
      "div",
      "lepton-CardHuman",
      element("h4", "", cardWord(block.title)),
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
    if (!comm) return Promise.resolve(trans.__("There is no kernel to keep this text; start one and save again."));
    return new Promise((resolve) => {
      const timer = setTimeout(() => done(trans.__("The kernel did not answer; save again when it is free.")), 5000);
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

/** Charts that follow each other stand beside each other. */
function chartsTogether(blocks: readonly HTMLElement[]): HTMLElement[] {
  const placed: HTMLElement[] = [];
  for (const block of blocks) {
    const last = placed.at(-1);
    if (!block.classList.contains("lepton-CardChart")) placed.push(block);
    else if (last?.classList.contains("lepton-CardCharts")) last.append(block);
    else placed.push(element("div", "lepton-CardCharts", block));
  }
  return placed;
}

/** Counts by their share of the row. */
function shade(shown: HTMLTableElement, rows: readonly (readonly unknown[])[]): void {
  shown.classList.add("lepton-Confusion");
  for (const [index, row] of [...(shown.tBodies[0]?.rows ?? [])].entries()) {
    const counts = (rows[index] ?? []).slice(1).map((value) => (typeof value === "number" ? value : 0));
    const total = counts.reduce((sum, count) => sum + count, 0);
    for (const [column, cell] of [...row.cells].slice(1).entries())
      cell.style.setProperty("--lepton-share", String(total > 0 ? counts[column]! / total : 0));
  }
}

/** Lines that only one of the two has are marked by their first character, and by colour. */
function diffText(text: string): HTMLElement {
  const lines = text.split("\n").map((line) => {
    const kind = line.startsWith("- ") ? "del" : line.startsWith("+ ") ? "ins" : "span";
    return element(kind, "", `${line}\n`);
  });
  return element("pre", "lepton-CardDiff", ...lines);
}

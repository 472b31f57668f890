/** A card after one of its parts was written: a CardView and the text that the kernel kept enter; the view that has it leaves. */
import type { CardView } from "../../../kernel/contract/card.ts";

/** @param text  null where nothing is written any more: the card asks again */
export function withText(view: CardView, key: string, text: string | null): CardView {
  const sections = view.sections.map((section) => ({
    ...section,
    blocks: section.blocks.map((block) => (block.kind === "human" && block.key === key ? { ...block, text } : block)),
  }));
  return { ...view, sections };
}

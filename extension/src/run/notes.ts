/** What people write about a run: a text and tags, edited in place. Notes enter; a wish to keep others leaves. Read only without a kernel. */
import type { RunNotes } from "../../../kernel/contract/run.ts";
import { trans } from "../translation.ts";
import { button, element } from "./dom.ts";
import { draftOf, isBeingWritten } from "./notes-draft.ts";
import { Patience } from "./patience.ts";

export class Notes {
  readonly node = element("div", "lepton-Notes");
  private readonly text = element("textarea", "lepton-CardArea");
  private readonly tags = element("input", "lepton-Filter");
  private readonly said = element("p", "lepton-Facts");
  private readonly patience = new Patience();
  private kept: RunNotes = { text: "", tags: [] };
  /** The kernel was asked to keep what is written, and has not answered. */
  private isAsked = false;

  constructor(keep: ((notes: RunNotes) => boolean) | null) {
    this.text.placeholder = trans.__("What was tried here, and what came of it");
    this.text.setAttribute("aria-label", trans.__("notes"));
    this.tags.placeholder = trans.__("baseline, keep");
    this.said.setAttribute("role", "status");
    const save = button(trans.__("Save"), trans.__("Keep notes and tags with the run"), () => {
      const asked = keep?.({ text: this.text.value, tags: this.tags.value.split(",") }) ?? false;
      this.say(asked ? trans.__("Saving ...") : trans.__("There is no kernel to keep this; start one and save again."));
      if (asked) this.wait();
    });
    if (!keep) for (const field of [this.text, this.tags]) field.readOnly = true;
    const label = element("label", "lepton-Label lepton-TagField", trans.__("tags"), " ", this.tags);
    this.node.append(this.text, label, ...(keep ? [save] : []), this.said);
  }

  dispose(): void {
    this.patience.end();
  }

  say(text: string): void {
    this.patience.end();
    this.isAsked = false;
    this.said.textContent = text;
  }

  private wait(): void {
    this.isAsked = true;
    this.patience.begin(() => {
      this.said.textContent = trans.__(
        "The kernel has not answered yet; what is written stays here, save again when it is free.",
      );
    });
  }

  /** Notes as they are kept; what is being written is left alone. */
  show(notes: RunNotes): void {
    const stays = isBeingWritten({ text: this.text.value, tags: this.tags.value }, this.kept, notes);
    this.kept = notes;
    if (stays) return;
    const { text, tags } = draftOf(notes);
    this.text.value = text;
    this.tags.value = tags;
    this.say("");
  }

  /** The kernel has kept these. */
  saved(notes: RunNotes): void {
    const { isAsked } = this;
    this.show(notes);
    if (isAsked) this.say(trans.__("Kept with the run."));
  }
}

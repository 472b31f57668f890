/** What stands in the fields for notes and tags, beside what is kept. Apart because it decides whether a reader's words are overwritten, without a page. */
import type { RunNotes } from "../../../kernel/contract/run.ts";

/** The two fields as they are now. */
export interface NotesDraft {
  readonly text: string;
  /** With commas between, as they are typed. */
  readonly tags: string;
}

/** What the fields show of notes that are kept. */
export function draftOf({ text, tags }: RunNotes): NotesDraft {
  return { text, tags: tags.join(", ") };
}

/** Whether a reader has begun something that neither is kept nor is what comes now: it stays. */
export function isBeingWritten(draft: NotesDraft, kept: RunNotes, coming: RunNotes): boolean {
  const was = draftOf(kept);
  const isTouched = draft.text !== was.text || draft.tags !== was.tags;
  const isComing = draft.text === coming.text && tagsOf(draft.tags).join() === coming.tags.join();
  return isTouched && !isComing;
}

function tagsOf(typed: string): string[] {
  const tags = typed.split(",").map((tag) => tag.trim());
  return [...new Set(tags.filter((tag) => tag !== ""))]; // as the kernel keeps them
}

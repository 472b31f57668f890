/**
 * A text made of pieces of an old one, with edits. Enters: the old text and its edits; leaves: the new text, and where each piece of the old one is in it, so that
 * places lead back. Apart from rewrite.ts, which knows what is edited.
 */

export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Stack traces may name the new text: it stands for `start`. */
  readonly isPlace?: boolean;
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** The new text, with the pieces of the old one in it. */
export class EditedText {
  readonly pieces: [number, number, number][] = [];
  readonly #js: string;
  readonly #edits: readonly Edit[];
  readonly #parts: string[] = [];
  #length = 0;

  constructor(js: string, edits: readonly Edit[]) {
    this.#js = js;
    this.#edits = edits;
  }

  write(text: string): void {
    this.#parts.push(text);
    this.#length += text.length;
  }

  /** What is written next stands for that place of the old text. */
  place(offset: number): void {
    this.pieces.push([this.#length, offset, 0]);
  }

  /** Copy a range with its edits, leaving out the ranges of `skipped`. */
  copy(start: number, end: number, skipped: readonly Range[]): void {
    const gone: Edit[] = skipped.map((node) => ({ start: node.start, end: node.end, text: ";" }));
    const isGone = (at: Edit) => gone.some((range) => at.start >= range.start && at.end <= range.end);
    const here = this.#edits.filter((entry) => entry.start >= start && entry.end <= end && !isGone(entry));
    const all = [...here, ...gone].sort((a, b) => a.start - b.start);
    let at = start;
    for (const entry of all) {
      this.#piece(at, entry.start);
      if (entry.isPlace) this.place(entry.start);
      this.write(entry.text);
      at = Math.max(at, entry.end);
    }
    this.#piece(at, end);
  }

  #piece(start: number, end: number): void {
    if (end <= start) return;
    this.pieces.push([this.#length, start, end - start]);
    this.write(this.#js.slice(start, end));
  }

  text(): string {
    return this.#parts.join("");
  }
}

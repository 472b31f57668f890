/**
 * What people write about a run: a text and tags, in the run's `notes.json`. Enter: what a page sends; leave: notes within their bounds. Apart from the
 * card, which is a document of nine sections: these are the two lines one writes while a run goes, and searches by later.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { LeptonError, type RunNotes } from "@lepton/contract";
import { replaceFile } from "../data/durable-file.ts";

const longestText = 20_000;
const mostTags = 20;
const longestTag = 40;

const noNotes: RunNotes = { text: "", tags: [] };

/** Empty when nobody has written any, or the file was damaged by hand. */
export function readNotes(folder: string): RunNotes {
  try {
    const found = JSON.parse(readFileSync(notesFile(folder), "utf8")) as Partial<RunNotes>;
    return checkNotes(found);
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
    if (isMissing || error instanceof SyntaxError || error instanceof LeptonError) return noNotes;
    throw error;
  }
}

/** @throws LEPTON_OPTION_RANGE on notes that are too long, LEPTON_DISK */
export function writeNotes(folder: string, notes: unknown): RunNotes {
  const checked = checkNotes(notes);
  replaceFile(notesFile(folder), [`${JSON.stringify(checked, null, 2)}\n`]);
  return checked;
}

/** Tags are trimmed, in order, each once. @throws LEPTON_OPTION_RANGE */
export function checkNotes(notes: unknown): RunNotes {
  const { text, tags } = (notes ?? {}) as { text?: unknown; tags?: unknown };
  if (typeof text !== "string" || !Array.isArray(tags) || tags.some((tag) => typeof tag !== "string")) {
    throw new LeptonError("LEPTON_OPTION_RANGE", "notes: a text and a list of tags are wanted.");
  }
  if (text.length > longestText) {
    throw new LeptonError(
      "LEPTON_OPTION_RANGE",
      `notes: at most ${longestText} characters, got ${text.length}; keep longer texts in the notebook.`,
    );
  }
  const kept = [...new Set((tags as string[]).map((tag) => tag.trim()).filter((tag) => tag !== ""))];
  const long = kept.find((tag) => tag.length > longestTag);
  if (kept.length > mostTags || long !== undefined) {
    const came = long === undefined ? `${kept.length} tags` : `"${long}"`;
    throw new LeptonError(
      "LEPTON_OPTION_RANGE",
      `notes: at most ${mostTags} tags of ${longestTag} characters each, got ${came}; make them fewer or shorter.`,
    );
  }
  return { text, tags: kept };
}

export function notesFile(folder: string): string {
  return path.join(folder, "notes.json");
}

/**
 * The verb `card`: a run's model card, filled from its files. Enter: a run, texts that people wrote, a file to export to; leaves: a Card that
 * shows itself as markdown. Apart from card/, which knows no verbs and no notebook.
 */
import path from "node:path";
import {
  type CardView,
  type Displayable,
  displaySymbol,
  LeptonError,
  MIME,
  type MimeBundle,
  type RunEvent,
} from "@lepton/contract";
import { readJournal } from "../sweep/storage.ts";
import { foldJournal } from "../sweep/study-book.ts";
import { readManifest } from "../train/arrays.ts";
import { readEvents } from "../train/event-log.ts";
import { findRun } from "../train/find-run.ts";
import { datasetFolder, readSpec } from "../train/run-folder.ts";
import { runView } from "../train/view.ts";
import { defineVerb } from "../verb.ts";
import { cardDiff } from "./card/diff.ts";
import { checkCardFile, exportCard } from "./card/export.ts";
import { measureGroups, readGroups } from "./card/groups.ts";
import { checkHuman, humanOfMarkdown, readHuman, writeHuman } from "./card/human.ts";
import { cardMarkdown } from "./card/markdown.ts";
import { readOwnSources } from "./card/reproduce.ts";
import { type CardFacts, cardOf } from "./card/sections.ts";

/** A run's card as it was when it was made. */
export class Card implements Displayable {
  readonly view: CardView;

  constructor(view: CardView) {
    this.view = view;
  }

  /** For a notebook or a README; with the metadata of Hugging Face in front where that is wanted. */
  markdown(options: { readonly metadata?: boolean } = {}): string {
    return cardMarkdown(this.view, { withMetadata: options.metadata ?? false });
  }

  toJSON(): CardView {
    return this.view;
  }

  [displaySymbol](): MimeBundle {
    const markdown = this.markdown();
    return { [MIME.card]: this.view, "text/markdown": markdown, "text/plain": markdown };
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return `Card of ${this.view.name} (run ${this.view.run})`;
  }
}

/** The card of a run's folder. @throws LEPTON_NAME_UNKNOWN, LEPTON_FILE_MISSING, LEPTON_FILE_FORMAT */
export function cardOfRun(runFolder: string): Card {
  return new Card(cardOf(cardFacts(runFolder)));
}

export function cardFacts(runFolder: string): CardFacts {
  const spec = readSpec(runFolder);
  const events = readEvents(runFolder);
  const start = events.find((event): event is Extract<RunEvent, { type: "start" }> => event.type === "start");
  return {
    spec,
    view: runView(spec, events),
    manifest: readManifest(datasetFolder(runFolder, spec)),
    environment: start?.environment ?? null,
    study: spec.study ? studyFacts(runFolder, spec.study.id) : null,
    human: readHuman(runFolder),
    groups: readGroups(runFolder),
    sources: readOwnSources(runFolder, spec),
  };
}

/** Null where the study's folder was removed. */
function studyFacts(runFolder: string, id: string): CardFacts["study"] {
  try {
    const { spec, planned } = foldJournal(readJournal(path.resolve(runFolder, "../../studies", id)));
    return { name: spec.name, source: spec.source, trials: planned };
  } catch (error) {
    if (error instanceof LeptonError && error.code === "LEPTON_STUDY") return null;
    throw error;
  }
}

export const cardVerb = defineVerb({
  spec: {
    name: "card",
    summary: "Show a run's model card, or write it to a file.",
    arguments: [
      { name: "run", doc: "A run, its ID or its name.", kind: "value", type: "Lepton.Run | string", required: true },
    ],
    options: {
      by: {
        kind: "strings",
        placeholder: "COLUMN,...",
        doc: "Measure it on the test rows of each value of these columns of the data set's file, used by the model or not; kept with the run.",
      },
      diff: {
        kind: "value",
        type: "Lepton.Run | string",
        doc: "Show only what differs from the card of this run.",
      },
      to: {
        kind: "string",
        placeholder: "FILE",
        doc: "Write it to this file: .md with the metadata of Hugging Face in front, its pictures and eval_results.yaml beside it; .html, one file; .json as data.",
      },
      human: {
        kind: "value",
        type: "Readonly<Record<string, string>>",
        doc: "What only people can tell, by name (intendedUse, ethics, license, ...); kept in card.json of the run.",
      },
    },
    body: { doc: "parts that people write: a heading such as ## Intended use and its text.", required: false },
    result: "Lepton.Card",
    examples: ["card run", "card run --by Job,Age", "card run --to CARD.md", "card run --diff other --to diff.html"],
    declarations:
      "interface Card { readonly view: unknown; markdown(options?: { readonly metadata?: boolean }): string }",
  },
  async run([run], options, { folder, body, host, plugins }) {
    const file = options.to === undefined ? undefined : path.resolve(folder.notebook, options.to);
    if (file !== undefined) checkCardFile(file);
    const runFolder = findRun(run, folder, "card").folder;
    const other = options.diff === undefined ? undefined : findRun(options.diff, folder, "card").folder;
    keepHuman(runFolder, body, options.human);
    if (options.by !== undefined) await measureGroups(options.by, { runFolder, notebook: folder.notebook, plugins });
    const own = cardOfRun(runFolder);
    const card = other === undefined ? own : new Card(cardDiff(own.view, cardOfRun(other).view));
    if (file !== undefined) {
      const [first, ...more] = exportCard(card.view, file);
      const beside = more.length === 0 ? "" : `, and beside it ${more.map((one) => path.basename(one)).join(", ")}`;
      host.print(`Wrote the card to ${first}${beside}.\n`);
    }
    return card;
  },
});

/** What came now over what is kept; the file with its placeholders is there after the first card. */
function keepHuman(runFolder: string, body: string | undefined, given: unknown): void {
  const texts = { ...(body?.trim() ? humanOfMarkdown(body) : {}), ...(given === undefined ? {} : checkHuman(given)) };
  writeHuman(runFolder, { ...readHuman(runFolder), ...texts });
}

/**
 * The parts of a card that only people can write. They are kept in `card.json` of the run's folder and edited there, by `%%lepton card RUN`
 * with headings in the cell, or by `human: { ... }` in code. Enter: texts by key; leaves: the same, checked.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { LeptonError } from "@lepton/contract";
import { replaceFile } from "../../data/durable-file.ts";
import { didYouMean } from "../../data/nearest-name.ts";

/** Key ─► the section it stands in and what it asks for. Sections are those of Mitchell et al. 2019. */
export const humanParts = {
  license: { section: "Model Details", title: "License", asks: "Under which license may the model be used?" },
  contact: { section: "Model Details", title: "Contact", asks: "Who answers questions about the model?" },
  intendedUse: { section: "Intended Use", title: "Intended use", asks: "What is the model for, and who is to use it?" },
  outOfScope: { section: "Intended Use", title: "Out of scope", asks: "What must it not be used for?" },
  factors: {
    section: "Factors",
    title: "Relevant factors",
    asks: "Which groups, instruments or surroundings may change how well it works?",
  },
  metricsWhy: {
    section: "Metrics",
    title: "Why these metrics",
    asks: "Why do these metrics tell what matters here? Which decision threshold is used?",
  },
  evaluationWhy: {
    section: "Evaluation Data",
    title: "Motivation",
    asks: "Why was this data chosen for the evaluation? Is it like the data in use?",
  },
  trainingOrigin: {
    section: "Training Data",
    title: "Origin",
    asks: "Where does the data come from, who is in it, how was it collected?",
  },
  analyses: {
    section: "Quantitative Analyses",
    title: "By group",
    asks: "How do the metrics differ between groups and their intersections?",
  },
  ethics: {
    section: "Ethical Considerations",
    title: "Ethical considerations",
    asks: "Which risks and harms were thought of, what was done about them?",
  },
  caveats: {
    section: "Caveats and Recommendations",
    title: "Caveats and recommendations",
    asks: "What else should a user know, what was not tested?",
  },
} as const;

export type HumanKey = keyof typeof humanParts;
export type HumanTexts = Readonly<Partial<Record<HumanKey, string>>>;

const keys = Object.keys(humanParts) as HumanKey[];

export function cardFile(runFolder: string): string {
  return path.join(runFolder, "card.json");
}

/** What people wrote so far. @throws LEPTON_FILE_FORMAT when card.json was damaged by hand */
export function readHuman(runFolder: string): HumanTexts {
  const file = cardFile(runFolder);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw error;
  }
  try {
    const card = JSON.parse(text) as { human?: unknown };
    return filled(checkHuman(card.human ?? {}));
  } catch (cause) {
    if (cause instanceof LeptonError) throw cause;
    const message = `card: ${file} is not JSON (${(cause as Error).message}); repair it or remove it.`;
    throw new LeptonError("LEPTON_FILE_FORMAT", message, { cause });
  }
}

/** Keep the texts; empty ones are placeholders to be filled by hand. @throws LEPTON_DISK */
export function writeHuman(runFolder: string, human: HumanTexts): void {
  const all = Object.fromEntries(keys.map((key) => [key, human[key] ?? ""]));
  replaceFile(cardFile(runFolder), [`${JSON.stringify({ version: 1, human: all }, null, 2)}\n`]);
}

function filled(human: HumanTexts): HumanTexts {
  return Object.fromEntries(Object.entries(human).filter(([, text]) => text.trim() !== ""));
}

/** @throws LEPTON_OPTION_UNKNOWN with the nearest key, LEPTON_OPTION_VALUE for what is no text */
export function checkHuman(value: unknown): HumanTexts {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new LeptonError("LEPTON_OPTION_VALUE", `card: human takes texts by name; names: ${keys.join(", ")}.`);
  }
  for (const [key, text] of Object.entries(value)) {
    if (!(keys as string[]).includes(key)) {
      const hint = didYouMean(key, keys);
      throw new LeptonError("LEPTON_OPTION_UNKNOWN", `card: no part "${key}"${hint} Parts: ${keys.join(", ")}.`);
    }
    if (typeof text !== "string") {
      throw new LeptonError("LEPTON_OPTION_VALUE", `card: ${key} takes a text, got ${typeof text}.`);
    }
  }
  return value as HumanTexts;
}

/**
 * The body of `%%lepton card RUN`: `## Intended use` and the text under it, for as many parts as wanted.
 * @throws LEPTON_OPTION_UNKNOWN with the nearest heading, LEPTON_OPTION_VALUE for text before the first heading
 */
export function humanOfMarkdown(body: string): HumanTexts {
  const texts: Partial<Record<HumanKey, string>> = {};
  const [before, ...parts] = `\n${body}`.split(/\n#{1,6}[ \t]+/);
  if ((before ?? "").trim() !== "") {
    const example = "## Intended use";
    throw new LeptonError(
      "LEPTON_OPTION_VALUE",
      `card: the cell begins with a heading such as "${example}", got "${before!.trim().slice(0, 40)}".`,
    );
  }
  for (const part of parts) {
    const [title = "", ...lines] = part.split("\n");
    texts[keyOfTitle(title.trim())] = lines.join("\n").trim();
  }
  return texts;
}

function keyOfTitle(title: string): HumanKey {
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z]/g, "");
  const found = keys.find((key) => [key, humanParts[key].title].some((name) => plain(name) === plain(title)));
  if (found) return found;
  const titles = keys.map((key) => humanParts[key].title);
  throw new LeptonError(
    "LEPTON_OPTION_UNKNOWN",
    `card: no part "${title}"${didYouMean(title, titles)} Headings: ${titles.join(", ")}.`,
  );
}

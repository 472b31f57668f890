/**
 * The door for what the kernel tells the sidebar: a value enters; a Listing or an answer leaves, or null. An entry that cannot be drawn is left out of
 * its list, so that one damaged run hides no other.
 */
import type {
  ListedDataset,
  ListedDeployment,
  ListedRun,
  ListedStudy,
  Listing,
  ListingAnswer,
} from "../../../kernel/contract/listing.ts";
import { asText, type Fields, finite, isFields, plain, record } from "../data-check.ts";

const MOST_ENTRIES = 1_000;
const MOST_VALUES = 500;

export function checkListing(value: unknown): Listing | null {
  if (!isFields(value)) return null;
  const { runs, studies, datasets, deployments } = value;
  const isWhole = value["version"] === 1 && typeof value["folder"] === "string";
  if (!isWhole || ![runs, studies, datasets, deployments].every(Array.isArray)) return null;
  return {
    version: 1,
    folder: asText(value["folder"]),
    runs: entries(runs, ["id", "name"], checkRun),
    studies: entries(studies, ["id", "name"], checkStudy),
    datasets: entries(datasets, ["id", "name"], checkDataset),
    deployments: entries(deployments, ["name"], checkDeployment),
  };
}

/** @param needed  texts without which there is nothing to draw or to ask for */
function entries<T>(list: unknown, needed: readonly string[], check: (entry: Fields) => T): readonly T[] {
  const all = (list as readonly unknown[]).slice(0, MOST_ENTRIES).filter(isFields);
  return all.filter((entry) => needed.every((key) => typeof entry[key] === "string")).map(check);
}

function checkRun(run: Fields): ListedRun {
  const notes = isFields(run["notes"]) ? run["notes"] : null;
  return {
    ...texts(run, ["id", "name", "state", "createdAt", "model", "dataset", "task", "source"]),
    ...numbers(run, ["epoch", "epochs", "seconds", "seed"]),
    metrics: record(run["metrics"], MOST_VALUES, finite),
    settings: record(run["settings"], MOST_VALUES, plain),
    ...(notes ? { notes: { text: asText(notes["text"]), tags: textsOf(notes["tags"]) } } : {}),
  } as ListedRun;
}

function checkStudy(study: Fields): ListedStudy {
  return {
    ...texts(study, ["id", "name", "state", "metric"]),
    ...numbers(study, ["finished", "planned"]),
    best: finite(study["best"]),
  } as ListedStudy;
}

function checkDataset(set: Fields): ListedDataset {
  return { ...texts(set, ["id", "name", "task", "target", "source"]), ...numbers(set, ["rows"]) } as ListedDataset;
}

function checkDeployment(one: Fields): ListedDeployment {
  return { ...texts(one, ["name", "state", "url", "run"]), ...numbers(one, ["version"]) } as ListedDeployment;
}

function texts<K extends string>(entry: Fields, keys: readonly K[]): Record<K, string> {
  return Object.fromEntries(keys.map((key) => [key, asText(entry[key])])) as Record<K, string>;
}

function numbers<K extends string>(entry: Fields, keys: readonly K[]): Record<K, number> {
  return Object.fromEntries(keys.map((key) => [key, finite(entry[key]) ?? 0])) as Record<K, number>;
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : [];
}

export function checkAnswer(value: unknown): ListingAnswer | null {
  if (!isFields(value) || value["type"] !== "answer" || !Number.isSafeInteger(value["ask"])) return null;
  const fault = value["fault"];
  return typeof fault === "string" || (fault === null && typeof value["text"] === "string")
    ? (value as unknown as ListingAnswer)
    : null;
}

/** "Did you mean": the known name closest to a mistyped one. */
import { closest, distance } from "fastest-levenshtein";

/** What was meant: initials (`lr` of learning-rate), else what is written almost so, else the only name with that word (`auc` of rocAuc); or undefined. */
export function nearestName(name: string, names: readonly string[]): string | undefined {
  const word = name.replace(/^-+/, "").toLowerCase();
  const initials = names.filter((candidate) => wordsOf(candidate).length > 1 && initialsOf(candidate) === word);
  const exact = names.find((candidate) => candidate.toLowerCase() === name.toLowerCase());
  const holders = word.length < 3 ? [] : names.filter((candidate) => wordsOf(candidate).includes(word));
  return exact ?? initials[0] ?? closestName(name, names) ?? (holders.length === 1 ? holders[0] : undefined);
}

/** `--learning-rate`, `learningRate` and `learning_rate` are learning and rate. */
const wordsOf = (name: string): readonly string[] =>
  name
    .replace(/(\p{Ll})(\p{Lu})/gu, "$1 $2")
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "");

const initialsOf = (name: string): string =>
  wordsOf(name)
    .map((word) => word[0])
    .join("");

/** The closest of `names` when it is close enough to be meant: a third of its letters, or two swapped; case aside. */
function closestName(name: string, names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const lower = name.toLowerCase();
  const found = closest(
    lower,
    names.map((candidate) => candidate.toLowerCase()),
  );
  const index = names.findIndex((candidate) => candidate.toLowerCase() === found);
  const far = distance(lower, found);
  const allowed = Math.max(1, Math.floor(Math.max(lower.length, found.length) / 3));
  return far <= allowed || (far === 2 && sameLetters(lower, found)) ? names[index] : undefined;
}

const sameLetters = (a: string, b: string): boolean => [...a].sort().join("") === [...b].sort().join("");

/** `; did you mean "age"?` or a full stop. */
export function didYouMean(name: string, names: readonly string[]): string {
  const near = nearestName(name, names);
  return near === undefined ? "." : `; did you mean "${near}"?`;
}

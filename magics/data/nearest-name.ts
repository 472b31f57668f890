/** "Did you mean": the known name closest to a mistyped one. */
import { closest, distance } from "fastest-levenshtein";

/** The closest of `names` when it is close enough to be meant (a third of its letters, or two swapped; case aside), else undefined. */
export function nearestName(name: string, names: readonly string[]): string | undefined {
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

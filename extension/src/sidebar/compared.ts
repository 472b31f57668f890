/** Which of the chosen runs are compared. IDs in and out; what is left out is told. */
import { trans } from "../translation.ts";

/** What a kernel compares at once. */
export const MOST_COMPARED = 50;

/**
 * @param listed  newest first
 * @returns       at most MOST_COMPARED, the newest; a sentence where more are chosen
 */
export function comparedRuns(
  listed: readonly { readonly id: string }[],
  chosen: ReadonlySet<string>,
): { readonly ids: readonly string[]; readonly told: string } {
  const all = listed.filter((run) => chosen.has(run.id)).map((run) => run.id);
  const ids = all.slice(0, MOST_COMPARED);
  const told =
    ids.length < all.length
      ? trans.__("The newest %1 of the %2 chosen runs are compared: more cannot be told apart.", ids.length, all.length)
      : "";
  return { ids, told };
}

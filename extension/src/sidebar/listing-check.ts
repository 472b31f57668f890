/** The door for what the kernel tells the sidebar: a value enters; a Listing whose lists are lists, or an answer, leaves; or null. */
import type { Listing, ListingAnswer } from "../../../kernel/contract/listing.ts";
import { isFields } from "../data-check.ts";

export function checkListing(value: unknown): Listing | null {
  if (!isFields(value)) return null;
  const lists = ["runs", "studies", "datasets", "deployments"];
  const whole =
    value["version"] === 1 && typeof value["folder"] === "string" && lists.every((key) => Array.isArray(value[key]));
  if (!whole) return null;
  const named = (value["runs"] as unknown[]).every(
    (run) => isFields(run) && typeof run["id"] === "string" && isFields(run["metrics"]) && isFields(run["settings"]),
  );
  return named ? (value as unknown as Listing) : null;
}

export function checkAnswer(value: unknown): ListingAnswer | null {
  if (!isFields(value) || value["type"] !== "answer" || !Number.isSafeInteger(value["ask"])) return null;
  const fault = value["fault"];
  return typeof fault === "string" || (fault === null && typeof value["text"] === "string")
    ? (value as unknown as ListingAnswer)
    : null;
}

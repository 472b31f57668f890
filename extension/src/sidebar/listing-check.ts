/** The door for the kernel's listing: a value enters; a Listing whose lists are lists leaves, or null. */
import type { Listing } from "../../../kernel/contract/listing.ts";

export function checkListing(value: unknown): Listing | null {
  if (typeof value !== "object" || value === null) return null;
  const listing = value as Record<string, unknown>;
  const lists = ["runs", "studies", "datasets", "deployments"];
  const whole =
    listing["version"] === 1 &&
    typeof listing["folder"] === "string" &&
    lists.every((key) => Array.isArray(listing[key]));
  if (!whole) return null;
  const named = (listing["runs"] as unknown[]).every(
    (run) => typeof run === "object" && run !== null && "id" in run && "metrics" in run && "settings" in run,
  );
  return named ? (listing as unknown as Listing) : null;
}

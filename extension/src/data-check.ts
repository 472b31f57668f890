/**
 * What every door asks of data that came from outside: a notebook file, a message. Enters: anything; leaves: whether it is of a kind, or the part of
 * it that is. Apart because the doors of runs, studies, comparisons, cards and listings ask the same.
 */

/** An object of JSON, its values not yet looked at. */
export type Fields = Record<string, unknown>;

/** An object, and no list. */
export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A number that can be drawn, or null. */
export function finite(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/** A text of at most `most` letters; empty where there is none. */
export function asText(value: unknown, most = Number.POSITIVE_INFINITY): string {
  return typeof value === "string" ? value.slice(0, most) : "";
}

/** What came instead, short enough for a sentence. */
export function shown(value: unknown): string {
  return (JSON.stringify(value) ?? "nothing").slice(0, 60);
}

/** Named values, each as `read` takes it, `most` of them at most. Without a prototype: a metric may be called __proto__. */
export function record<T>(value: unknown, most: number, read: (one: unknown) => T): Readonly<Record<string, T>> {
  const made = Object.create(null) as Record<string, T>;
  if (isFields(value)) for (const [name, one] of Object.entries(value).slice(0, most)) made[name] = read(one);
  return made;
}

/** A text, a yes or no, or a number that can be drawn; else null. */
export function plain(value: unknown): string | number | boolean | null {
  return typeof value === "string" || typeof value === "boolean" ? value : finite(value);
}

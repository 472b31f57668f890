/** A plain value as JavaScript text. Enters: a value; leaves: text that makes an equal one, or why there is none. Apart because it is what may travel. */

export type Literal = { readonly text: string } | { readonly fault: string };

/** Largest text of one value: data belongs into a data set, not into a model's module. */
const longestText = 20_000_000;

/** Numbers (NaN, -0 and infinities too), text, booleans, null, undefined, bigints, dates, arrays, plain objects, Map, Set and typed arrays. */
export function literalOf(value: unknown): Literal {
  const faults: string[] = [];
  const text = write(value, "", new Set(), faults);
  if (faults.length > 0) return { fault: faults[0]! };
  return text.length > longestText ? { fault: "it is larger than 20 MB; make a data set of it" } : { text };
}

function write(value: unknown, path: string, above: Set<object>, faults: string[]): string {
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
  if (typeof value === "bigint") return `${value}n`;
  if (value === undefined || value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "object") return writeObject(value, path, above, faults);
  return refuse(path, `is a ${typeof value}`, faults);
}

function writeObject(value: object, path: string, above: Set<object>, faults: string[]): string {
  if (above.has(value)) return refuse(path, "contains itself", faults);
  if (faults.length > 0) return "";
  const inside = new Set([...above, value]);
  const list = (values: Iterable<unknown>) =>
    Array.from(values, (item, index) => write(item, `${path}[${index}]`, inside, faults)).join(", ");
  if (Array.isArray(value)) return `[${list(value)}]`;
  if (value instanceof Date) return `new Date(${value.getTime()})`;
  if (value instanceof Map) return `new Map([${list(value)}])`;
  if (value instanceof Set) return `new Set([${list(value)}])`;
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    // The tag names the typed array itself, also for a Buffer.
    const items = Array.from(value as never as Iterable<number | bigint>, (item) => write(item, path, inside, faults));
    return `new ${(value as Uint8Array)[Symbol.toStringTag]}([${items.join(",")}])`;
  }
  const prototype = Object.getPrototypeOf(value) as object | null;
  // A plain object of the notebook's own realm has another Object.prototype.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    return refuse(path, `is a ${value.constructor?.name || "class instance"}`, faults);
  }
  const entries = Object.entries(value).map(([key, item]) => {
    return `${JSON.stringify(key)}: ${write(item, `${path}.${key}`, inside, faults)}`;
  });
  return `{ ${entries.join(", ")} }`;
}

function refuse(path: string, what: string, faults: string[]): string {
  faults.push(`${path === "" ? "it" : `its ${path.replace(/^\./, "")}`} ${what}`);
  return "";
}

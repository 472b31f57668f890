/**
 * A value becomes what the page shows. Enters: any value of a cell; leaves: a MIME bundle. Values that render themselves do
 * (`Symbol.for("Jupyter.display")`); the rest is text as Node prints it.
 */
import { inspect, types } from "node:util";
import { displaySymbol, type MimeBundle } from "@lepton/contract";

/** Taken before any cell runs: a cell may declare its own `Object`. */
const { keys, entries, fromEntries } = Object;

/** Values whose MIME bundle is already shown, so that a last line `display.html(...)` is not shown twice. */
export const shown = new WeakSet<object>();

type Maybe<T> = T | Promise<T>;

/** @returns undefined when there is nothing to show; a promise only when the value renders itself later */
export function bundleOf(value: unknown): Maybe<MimeBundle | undefined> {
  if (value === undefined) return undefined;
  if (typeof value !== "object" && typeof value !== "function") return asPlain(inspect(value));
  if (value !== null && shown.has(value)) return undefined;
  const render = value && rendererOf(value);
  if (typeof render === "function") {
    const rendered: unknown = render.call(value);
    return rendered instanceof Promise ? rendered.then(checkBundle) : checkBundle(rendered);
  }
  return asPlain(inspect(value, { maxArrayLength: 100, maxStringLength: 10_000, depth: 4 }));
}

/** Longer texts make a page slow: an object of 100,000 keys has megabytes. */
const LONGEST_TEXT = 100_000;

function asPlain(text: string): MimeBundle {
  const left = text.length - LONGEST_TEXT;
  const more = `\n… ${left.toLocaleString("en-US")} characters left out; console.log shows all`;
  return { "text/plain": left > 0 ? text.slice(0, LONGEST_TEXT) + more : text };
}

/** A proxy whose traps throw is shown as Node shows it. */
function rendererOf(value: object): unknown {
  try {
    return (value as Record<symbol, unknown>)[displaySymbol];
  } catch (cause) {
    if (types.isProxy(value)) return undefined;
    throw cause;
  }
}

/** @throws TypeError when it is no MIME bundle */
export function checkBundle(bundle: unknown): MimeBundle {
  const isObject = typeof bundle === "object" && bundle !== null && !Array.isArray(bundle);
  const wrong = isObject ? keys(bundle).find((name) => !name.includes("/")) : "";
  if (!isObject || wrong !== undefined) {
    const got = wrong ? `the key "${wrong}"` : inspect(bundle, { depth: 0 });
    throw new TypeError(`A MIME bundle maps types such as "text/html" to data, got ${got}.`);
  }
  return fromEntries(entries(bundle).map(([type, data]) => [type, asData(type, data)]));
}

const isText = (type: string) => /^text\/|^image\/svg\+xml$|^application\/(x-)?(javascript|latex)$/.test(type);
const isBinary = (type: string) => /^(image|audio|video)\//.test(type) || type === "application/pdf";

/** Bytes travel as base64, texts as they are, everything else as JSON. */
function asData(type: string, data: unknown): unknown {
  if (isText(type)) return asText(type, data);
  const bytes = bytesOf(data);
  if (bytes) return bytes.toString("base64");
  return isBinary(type) ? asBase64(type, data) : plainJson(data, `"${type}"`);
}

function asText(type: string, data: unknown): unknown {
  const isLines = Array.isArray(data) && data.every((line) => typeof line === "string");
  if (typeof data === "string" || isLines) return data;
  throw new TypeError(`"${type}" is shown as text, got ${short(data)}.`);
}

function asBase64(type: string, data: unknown): string {
  const text = typeof data === "string" ? data.replace(/^data:[^,]*;base64,/, "").replaceAll(/\s/g, "") : "";
  if (text !== "" && text.length % 4 !== 1 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)) return text;
  throw new TypeError(`"${type}" takes bytes (a Uint8Array) or their base64, got ${short(data)}.`);
}

function bytesOf(data: unknown): Buffer | undefined {
  if (data instanceof ArrayBuffer) return Buffer.from(data);
  return ArrayBuffer.isView(data) ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : undefined;
}

/**
 * A value as JSON has it.
 *
 * @param what names the value in the error
 * @throws TypeError for what JSON cannot hold: undefined, functions, bigints, circles
 */
export function plainJson(data: unknown, what: string): unknown {
  if (data === null || typeof data === "string" || typeof data === "boolean") return data;
  const text = toJson(data, what);
  if (text === undefined) throw new TypeError(`${what} is sent as JSON, which has no ${short(data)}.`);
  return JSON.parse(text);
}

function toJson(data: unknown, what: string): string | undefined {
  try {
    return JSON.stringify(data);
  } catch (cause) {
    const reason = String((cause as Error).message).split("\n")[0];
    throw new TypeError(`${what} is sent as JSON: ${reason}.`, { cause });
  }
}

function short(data: unknown): string {
  return inspect(data, { depth: 0, maxStringLength: 40, maxArrayLength: 3, breakLength: Number.POSITIVE_INFINITY });
}

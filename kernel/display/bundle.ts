/**
 * A value becomes what the page shows. Enters: any value of a cell; leaves: a MIME bundle. Values that render themselves do
 * (`Symbol.for("Jupyter.display")`); the rest is text as Node prints it.
 */
import { inspect } from "node:util";
import { displaySymbol, type MimeBundle } from "@lepton/contract";

/** Values whose MIME bundle is already shown, so that a last line `display.html(...)` is not shown twice. */
export const shown = new WeakSet<object>();

type Maybe<T> = T | Promise<T>;

/** @returns undefined when there is nothing to show; a promise only when the value renders itself later */
export function bundleOf(value: unknown): Maybe<MimeBundle | undefined> {
  if (value === undefined) return undefined;
  if (typeof value !== "object" && typeof value !== "function") return { "text/plain": inspect(value) };
  if (value !== null && shown.has(value)) return undefined;
  const render = value && (value as Record<symbol, unknown>)[displaySymbol];
  if (typeof render === "function") {
    const rendered: unknown = render.call(value);
    return rendered instanceof Promise ? rendered.then(checkBundle) : checkBundle(rendered);
  }
  return { "text/plain": inspect(value, { maxArrayLength: 100, maxStringLength: 10_000, depth: 4 }) };
}

/** @throws TypeError when it is no MIME bundle */
export function checkBundle(bundle: unknown): MimeBundle {
  const isObject = typeof bundle === "object" && bundle !== null && !Array.isArray(bundle);
  const wrong = isObject ? Object.keys(bundle).find((name) => !name.includes("/")) : "";
  if (!isObject || wrong !== undefined) {
    const got = wrong ? `the key "${wrong}"` : inspect(bundle, { depth: 0 });
    throw new TypeError(`A MIME bundle maps types such as "text/html" to data, got ${got}.`);
  }
  return Object.fromEntries(Object.entries(bundle).map(([type, data]) => [type, asData(data)]));
}

/** Bytes travel as base64. */
function asData(data: unknown): unknown {
  if (data instanceof ArrayBuffer) return Buffer.from(data).toString("base64");
  if (ArrayBuffer.isView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64");
  return data;
}

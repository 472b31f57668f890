/** `?Math.sqrt`: help as a page payload, which clients show beside the notebook. Enters: the cell; leaves: the payload. */
import { pagerName } from "../cells/split.ts";
import type { Json } from "../wire/frames.ts";
import type { Wire } from "./wire.ts";

export async function showHelp(wire: Wire, code: string): Promise<Json> {
  const name = pagerName(code) ?? "";
  const found = await wire.language.inspect(name, name.length, /^\s*\?\?|\?\?\s*$/.test(code) ? 1 : 0);
  const text = found?.text ?? `Nothing is known about "${name}".`;
  const data = found ? { "text/plain": text, "text/markdown": found.markdown } : { "text/plain": text };
  return { source: "page", data, start: 0 };
}

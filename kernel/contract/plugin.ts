/** A plugin is a value, checked before use, with no side effect on import; its heavy library loads in `compile`/`open`. */
import type { Engine } from "./engine.ts";
import { LeptonError } from "./errors.ts";
import type { Source } from "./source.ts";
import type { Target } from "./target.ts";
import type { Tracker } from "./tracker.ts";

export const CONTRACT = 1;

export interface Plugin {
  readonly name: string;
  /** The contract it was written for; checked first. */
  readonly contract: number;
  readonly engines?: readonly Engine[];
  readonly sources?: readonly Source[];
  readonly targets?: readonly Target[];
  readonly trackers?: readonly Tracker[];
}

const parts = {
  engines: ["unavailable", "devices", "compile"],
  sources: ["matches", "open"],
  targets: ["deploy", "stop", "alive"],
  trackers: ["onStart", "onEvent", "onEnd"],
} as const;

/** Check a value that claims to be a plugin. `origin` is the package or file it came from, for the message. @throws LEPTON_PLUGIN */
export function assertPlugin(value: unknown, origin: string): asserts value is Plugin {
  const refuse = (reason: string): never => {
    throw new LeptonError("LEPTON_PLUGIN", `plugin ${origin}: ${reason}`);
  };
  if (typeof value !== "object" || value === null)
    return refuse(`its default export must be an object, got ${value === null ? "null" : typeof value}.`);
  const plugin = value as Record<string, unknown>;
  if (plugin["contract"] !== CONTRACT) {
    refuse(
      `it is written for contract ${String(plugin["contract"])}, this Lepton has contract ${CONTRACT}; install the matching version.`,
    );
  }
  if (typeof plugin["name"] !== "string" || plugin["name"] === "") refuse("name must be a non-empty string.");
  const known = new Set<string>(["name", "contract", ...Object.keys(parts)]);
  for (const key of Object.keys(plugin)) {
    if (!known.has(key)) refuse(`unknown key "${key}"; keys: ${[...known].join(", ")}.`);
  }
  for (const [part, methods] of Object.entries(parts)) {
    const list = plugin[part];
    if (list === undefined) continue;
    if (!Array.isArray(list)) {
      refuse(`${part} must be an array.`);
      continue;
    }
    for (const [index, item] of list.entries()) {
      const record = item as Record<string, unknown> | null;
      if (typeof record !== "object" || record === null) return refuse(`${part}[${index}] must be an object.`);
      if (typeof record["name"] !== "string" || record["name"] === "")
        refuse(`${part}[${index}].name must be a non-empty string.`);
      for (const method of methods) {
        if (typeof record[method] !== "function")
          refuse(`${part}[${index}] (${String(record["name"])}) has no method ${method}().`);
      }
    }
  }
}

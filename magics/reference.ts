/**
 * A notebook's value named in a magic: `credit`, `study.best`, `study.trials[0].run`. Enters: the text; leaves: the value, or what was near.
 * Apart because arguments, options and `lepton run` name values in the same way.
 */
import { existsSync } from "node:fs";
import path from "node:path";
import { LeptonError, type NotebookHost } from "@lepton/contract";
import { didYouMean } from "./data/nearest-name.ts";

const pattern = /^[\p{L}_$][\p{L}\p{N}_$]*(?:\.[\p{L}_$][\p{L}\p{N}_$]*|\[\d+\])*$/u;

/** True when the text could name a notebook's value. */
export const isReference = (text: string): boolean => pattern.test(text);

/** The value that `text` names, or undefined when its first name is not the notebook's. @throws LEPTON_NAME_UNKNOWN for a property that is not there */
export function resolveReference(host: NotebookHost, text: string): { readonly value: unknown } | undefined {
  if (!isReference(text)) return undefined;
  const [first, ...steps] = text.split(/\.|\[(\d+)\]/).filter((part) => part !== undefined && part !== "");
  const binding = host.lookup(first!);
  if (!binding) return undefined;
  let value = binding.value;
  let place = first!;
  for (const step of steps) {
    value = property(value, step!, place);
    place += /^\d+$/.test(step!) ? `[${step}]` : `.${step}`;
  }
  return { value };
}

const file = /\.(csv|tsv|parquet|json|jsonl|ndjson|safetensors|onnx|pt|pth|h5)$/i;

/** The same where a text may stand too: `rows.csv` is a file also where a variable is called rows, and so is any file that is there. */
export function resolveUnlessFile(host: NotebookHost, text: string): { readonly value: unknown } | undefined {
  try {
    return resolveReference(host, text);
  } catch (error) {
    if (file.test(text) || existsSync(path.resolve(host.folder, text))) return undefined;
    throw error;
  }
}

function property(value: unknown, name: string, path: string): unknown {
  if (value !== null && value !== undefined && name in Object(value)) return (value as Record<string, unknown>)[name];
  const known = value === null || typeof value !== "object" ? [] : propertyNames(value);
  throw new LeptonError("LEPTON_NAME_UNKNOWN", `${path} has no property "${name}"${didYouMean(name, known)}`);
}

/** Its own and its class's properties, without methods of Object. */
function propertyNames(value: object): string[] {
  const own = Object.keys(value);
  const prototype = Object.getPrototypeOf(value) as object | null;
  const inherited = prototype && prototype !== Object.prototype ? Object.getOwnPropertyNames(prototype) : [];
  return [...own, ...inherited.filter((name) => name !== "constructor")];
}

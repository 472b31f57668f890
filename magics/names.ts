/**
 * Names that `--as` bound, kept in `.lepton/names.json`, and bound again after a restart. Enters: names with their results; leaves: the same names,
 * each loaded from its folder when first used. Several kernels may share the file: it is read again before each change, by one at a time.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { isLeptonError, LeptonError, type NotebookHost } from "@lepton/contract";
import { alone } from "./data/alone.ts";
import { replaceFile } from "./data/durable-file.ts";
import { makeOwnFolder } from "./data/own-folder.ts";
import type { LeptonFolder } from "./folder.ts";
import { isBindable } from "./parse.ts";
import type { Plugins } from "./plugins.ts";

/** How a kind of result is found again: the verb's result type ("Lepton.Run") ─► a function of its folder. */
export type Loaders = Readonly<Record<string, (folder: string, plugins: Plugins) => unknown>>;

interface KeptName {
  /** The key in Loaders. */
  readonly kind: string;
  /** Relative to the notebook's folder, with forward slashes. */
  readonly folder: string;
  /** TypeScript type in the notebook. */
  readonly type: string;
}

type KeptNames = Readonly<Record<string, KeptName>>;

/** Keep `name` when its value can be loaded again; forget what it was before when it cannot. */
export function keepName(
  place: LeptonFolder,
  loaders: Loaders,
  name: string,
  value: { readonly value: unknown; readonly kind: string; readonly type: string },
): void {
  makeOwnFolder(place.root);
  alone(place.names, () => change(place, loaders, name, value));
}

function change(place: LeptonFolder, loaders: Loaders, name: string, value: Parameters<typeof keepName>[3]): void {
  const folder = folderOf(value.value);
  const names: Record<string, KeptName> = { ...readNames(place) };
  if (folder === undefined || !(value.kind in loaders)) {
    if (!(name in names)) return;
    delete names[name];
  } else {
    const relative = path.relative(place.notebook, folder).split(path.sep).join("/");
    names[name] = { kind: value.kind, folder: relative, type: value.type };
  }
  replaceFile(place.names, [`${JSON.stringify({ version: 1, names }, null, 2)}\n`]);
}

/** Bind what was kept; a name whose folder has gone says so when it is used, and a file that cannot be read now. */
export function bindKeptNames(place: LeptonFolder, loaders: Loaders, host: NotebookHost, plugins: Plugins): void {
  for (const [name, kept] of Object.entries(namesAtStart(place, host))) {
    const load = loaders[kept.kind];
    if (load && isBindable(name))
      host.bindLazily(name, () => load(path.resolve(place.notebook, kept.folder), plugins), kept.type);
  }
}

/** Folders that a name stands for: `clean` keeps them. */
export function namedFolders(place: LeptonFolder): ReadonlyMap<string, string> {
  const entries = Object.entries(readNames(place));
  return new Map(entries.map(([name, kept]) => [path.resolve(place.notebook, kept.folder), name]));
}

/** Names that `--as` gave, with their kind: "Lepton.Run". */
export function keptKinds(place: LeptonFolder): ReadonlyMap<string, string> {
  return new Map(Object.entries(readNames(place)).map(([name, kept]) => [name, kept.kind]));
}

function folderOf(value: unknown): string | undefined {
  const folder = typeof value === "object" && value !== null ? (value as { folder?: unknown }).folder : undefined;
  return typeof folder === "string" ? folder : undefined;
}

function namesAtStart(place: LeptonFolder, host: NotebookHost): KeptNames {
  try {
    return readNames(place);
  } catch (error) {
    if (!isLeptonError(error)) throw error;
    host.print(`${error.message}\n`, "stderr");
    return {};
  }
}

/** @throws LEPTON_DISK when the file is there and cannot be read: what it names is not to be lost */
function readNames(place: LeptonFolder): KeptNames {
  let text: string;
  try {
    text = readFileSync(place.names, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return {};
    throw new LeptonError(
      "LEPTON_DISK",
      `names that --as gave cannot be read: ${message}. Make the file readable, or delete it.`,
      { cause: error },
    );
  }
  return parseNames(text);
}

/** A damaged file costs the names, not the kernel's start. */
function parseNames(text: string): KeptNames {
  try {
    const parsed = JSON.parse(text) as { version?: unknown; names?: unknown } | null;
    if (parsed?.version !== 1 || typeof parsed.names !== "object" || parsed.names === null) return {};
    const entries = Object.entries(parsed.names as Record<string, Partial<KeptName>>);
    return Object.fromEntries(
      entries.filter(([, kept]) => [kept?.kind, kept?.folder, kept?.type].every((part) => typeof part === "string")),
    ) as KeptNames;
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

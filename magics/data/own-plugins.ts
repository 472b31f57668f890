/**
 * Plugins of the user's own: `"lepton": { "plugins": ["./tracker.ts", "a-package"] }` in the package.json beside the notebook. Enters: that file;
 * leaves: more plugins in the registry. They are loaded when somebody asks for something, not when a notebook is opened: looking at a notebook runs no code of
 * its folder.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { LeptonError } from "@lepton/contract";
import type { Plugins } from "../plugins.ts";
import { importPlugin } from "./import-plugin.ts";
import { didYouMean } from "./nearest-name.ts";
import { shownValue } from "./shown-value.ts";

/** Load what package.json names and the registry has not yet. @throws LEPTON_PLUGIN, LEPTON_FILE_MISSING, LEPTON_FILE_FORMAT */
export async function addOwnPlugins(plugins: Plugins, notebook: string): Promise<void> {
  for (const name of ownPluginNames(notebook)) {
    if (plugins.all.some(({ origin }) => origin === name)) continue;
    plugins.add(await importPlugin(name, notebook), name);
  }
}

/** @throws LEPTON_FILE_MISSING, LEPTON_FILE_FORMAT, LEPTON_PLUGIN when package.json says something else than a list of names */
export function ownPluginNames(notebook: string): readonly string[] {
  const settings = leptonSettings(path.join(notebook, "package.json"));
  for (const key of Object.keys(settings)) {
    if (key === "plugins") continue;
    refuse(`"lepton" has no setting "${key}"${didYouMean(key, ["plugins"])} It has: plugins.`);
  }
  const names = settings["plugins"] ?? [];
  if (Array.isArray(names) && names.every((name) => typeof name === "string" && name !== "")) return names;
  return refuse(
    `lepton.plugins must be a list of files and packages, such as ["./tracker.ts"], got ${shownValue(names)}.`,
  );
}

function leptonSettings(file: string): Readonly<Record<string, unknown>> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return {};
    throw new LeptonError("LEPTON_FILE_MISSING", `${file} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
  let found: { readonly lepton?: unknown } | null;
  try {
    found = JSON.parse(text);
  } catch (error) {
    throw new LeptonError("LEPTON_FILE_FORMAT", `${file} is not JSON: ${(error as Error).message}`, { cause: error });
  }
  const settings = found?.lepton ?? {};
  if (typeof settings === "object" && !Array.isArray(settings)) return settings as Record<string, unknown>;
  return refuse(`"lepton" must be an object with "plugins", got ${shownValue(settings)}.`);
}

function refuse(reason: string): never {
  throw new LeptonError("LEPTON_PLUGIN", `package.json: ${reason}`);
}

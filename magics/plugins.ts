/**
 * The registry: plugins as checked values, found by what they offer. The same object twice is a no-op; the same name with another object is an
 * error that names both origins.
 */
import path from "node:path";
import {
  assertPlugin,
  type Engine,
  LeptonError,
  type Plugin,
  type Source,
  type Target,
  type Tracker,
} from "@lepton/contract";

export interface Plugins {
  add(plugin: unknown, origin: string): void;
  readonly all: readonly { readonly plugin: Plugin; readonly origin: string }[];
  engines(): readonly Engine[];
  sources(): readonly Source[];
  targets(): readonly Target[];
  trackers(): readonly Tracker[];
}

export function createPlugins(): Plugins {
  const entries: { plugin: Plugin; origin: string }[] = [];
  const pick = <T>(part: (plugin: Plugin) => readonly T[] | undefined): readonly T[] =>
    entries.flatMap((entry) => part(entry.plugin) ?? []);
  return {
    all: entries,
    add(plugin, origin) {
      assertPlugin(plugin, origin);
      const same = entries.find((entry) => entry.plugin.name === plugin.name);
      if (same?.plugin === plugin) return;
      if (same) {
        throw new LeptonError(
          "LEPTON_PLUGIN",
          `two plugins are named "${plugin.name}": ${same.origin} and ${origin}; load only one of them.`,
        );
      }
      entries.push({ plugin, origin });
    },
    engines: () => pick((plugin) => plugin.engines),
    sources: () => pick((plugin) => plugin.sources),
    targets: () => pick((plugin) => plugin.targets),
    trackers: () => pick((plugin) => plugin.trackers),
  };
}

/** Those of the registry that are the user's, as a spec in `.lepton/runs/ID` names them: relative files from there, so that the folder may move. */
export function pluginsForRuns(plugins: Plugins): readonly string[] {
  const own = plugins.all.map(({ origin }) => origin).filter((origin) => !origin.startsWith("@lepton/"));
  return own.map((origin) => (/^\.{1,2}\//.test(origin) ? path.posix.join("../../..", origin) : origin));
}

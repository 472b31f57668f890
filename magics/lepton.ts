/**
 * Lepton's magics put together, for the kernel's entry points. Enters: plugins by the packages they come from; leaves: one MagicProvider.
 * The verbs stand in the order of the data: a table becomes a dataset, a run, a study, a deployment; then what tells about them.
 */
import type { MagicProvider } from "@lepton/contract";
import type { Loaders } from "./names.ts";
import { createPlugins, type Plugins } from "./plugins.ts";
import { createProvider } from "./provider.ts";
import type { Verb } from "./verb.ts";

export const verbs: readonly Verb[] = [];

/** A result's type ─► how it is found again in its folder after a restart. */
export const loaders: Loaders = {};

/** @param plugins  package or file ─► its default export; checked here. @throws LEPTON_PLUGIN */
export function createLepton({ plugins }: { readonly plugins: Readonly<Record<string, unknown>> }): MagicProvider {
  return createProvider(verbs, checkedPlugins(plugins), { loaders });
}

function checkedPlugins(found: Readonly<Record<string, unknown>>): Plugins {
  const plugins = createPlugins();
  for (const [origin, plugin] of Object.entries(found)) plugins.add(plugin, origin);
  return plugins;
}

export { type LeptonFolder, leptonFolder } from "./folder.ts";
export { createLepton, loaders, verbs } from "./lepton.ts";
export type { Loaders } from "./names.ts";
export { createPlugins, type Plugins } from "./plugins.ts";
export { createProvider, type ProviderOptions } from "./provider.ts";
export { runSpecFile, type SpecRun } from "./spec-file.ts";
export {
  type ArgumentSpec,
  defineVerb,
  type OptionSpec,
  type Options,
  type Verb,
  type VerbContext,
  type VerbSpec,
} from "./verb.ts";

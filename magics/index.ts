export { type LeptonFolder, leptonFolder } from "./folder.ts";
export { createPlugins, type Plugins } from "./plugins.ts";
export {
  type ArgumentSpec,
  defineVerb,
  type OptionSpec,
  type Options,
  type Verb,
  type VerbContext,
  type VerbSpec,
} from "./verb.ts";

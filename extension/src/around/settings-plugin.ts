/** JupyterLab's settings editor ─► settings.ts. The schema's titles go through the translator here: the server translates only language packs' own. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ISettingRegistry } from "@jupyterlab/settingregistry";
import { ITranslator } from "@jupyterlab/translation";
import { setSettings, settings } from "../settings.ts";
import { trans, useTranslator } from "../translation.ts";

const id = "lepton-lab:settings";

/** What schema/settings.json says in words; a test keeps them equal. */
export const schemaWords: readonly string[] = [
  "Charts of training runs and studies.",
  "Horizontal axis",
  "What the charts of runs and comparisons start with.",
  "Smoothing",
  "What a run's charts start with: 0 draws the values as they are, 0.99 is the smoothest. It is computed on all points, before thinning.",
  "Drawings a second",
  "How often the charts of a running training are drawn at most.",
  "Colours",
  "Okabe and Ito's colours, which all kinds of colour vision tell apart, or black and grey only; lines have dashes in either.",
  "Motion",
  "Whether bars and buttons move smoothly: as the system asks, or never.",
];

export const settingsPlugin: JupyterFrontEndPlugin<void> = {
  id,
  description: "Keeps what a reader chose for the charts of Lepton.",
  autoStart: true,
  requires: [ISettingRegistry],
  optional: [ITranslator],
  activate: (_app: JupyterFrontEnd, registry: ISettingRegistry, translator: ITranslator | null) => {
    useTranslator(translator);
    registry.transform(id, {
      fetch: (plugin) => ({ ...plugin, schema: inWords(plugin.schema) }),
    });
    registry.load(id).then(
      (loaded) => {
        const take = () => {
          setSettings(loaded.composite as Record<string, unknown>);
          // What a style sheet decides (style/around.css).
          document.body.dataset["leptonMotion"] = settings().motion;
          document.body.dataset["leptonColours"] = settings().colours;
        };
        loaded.changed.connect(take);
        take();
      },
      (error: unknown) => console.warn("Lepton's settings cannot be read; its charts use their presets.", error),
    );
  },
};

/** The schema with its titles and descriptions in the reader's language. */
function inWords(schema: ISettingRegistry.ISchema): ISettingRegistry.ISchema {
  const properties = Object.entries(schema.properties ?? {}).map(([name, property]) => [name, told(property)]);
  return { ...told(schema), properties: Object.fromEntries(properties) } as ISettingRegistry.ISchema;
}

function told<T extends { title?: string; description?: string }>(part: T): T {
  const { title, description } = part;
  return {
    ...part,
    ...(title === undefined ? {} : { title: trans.__(title) }),
    ...(description === undefined ? {} : { description: trans.__(description) }),
  };
}

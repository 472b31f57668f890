/**
 * What of Lepton stands around the notebook: commands in the palette, a card in the launcher, and starting points for a new notebook. Apart from the
 * sidebar's plugin, which has its own commands.
 */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ICommandPalette } from "@jupyterlab/apputils";
import { ILauncher } from "@jupyterlab/launcher";
import { INotebookTracker, NotebookActions } from "@jupyterlab/notebook";
import { ITranslator } from "@jupyterlab/translation";
import { leptonIcon } from "../icon.ts";
import { trans, useTranslator } from "../translation.ts";
import { firstNotebook } from "./first-notebook.ts";

const CATEGORY = "Lepton";
const noArguments = { args: { type: "object", properties: {} } } as const;

export const aroundPlugin: JupyterFrontEndPlugin<void> = {
  id: "lepton-lab:around",
  description: "Commands, a launcher card and a first notebook of Lepton.",
  autoStart: true,
  requires: [INotebookTracker],
  optional: [ICommandPalette, ILauncher, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    notebooks: INotebookTracker,
    palette: ICommandPalette | null,
    launcher: ILauncher | null,
    translator: ITranslator | null,
  ) => {
    useTranslator(translator);
    const add = (command: string, options: Parameters<typeof app.commands.addCommand>[1]) => {
      app.commands.addCommand(command, { describedBy: noArguments, ...options });
      palette?.addItem({ command, category: CATEGORY });
    };
    add("lepton:first-notebook", {
      label: (args) =>
        args["isLauncher"] ? trans.__("From a table to a service") : trans.__("New notebook with Lepton's first steps"),
      caption: trans.__("A notebook that trains on a table of yours, compares models and deploys one"),
      icon: leptonIcon,
      execute: (args) => firstNotebook(app, typeof args["cwd"] === "string" ? args["cwd"] : ""),
    });
    launcher?.add({ command: "lepton:first-notebook", args: { isLauncher: true }, category: "Notebook", rank: 900 });
    for (const line of lines(trans)) {
      add(line.command, {
        label: line.label,
        isEnabled: () => notebooks.currentWidget !== null,
        execute: () => insertAndRun(notebooks, line.text, line.runs),
      });
    }
    add("lepton:settings", {
      label: trans.__("Settings of Lepton's charts"),
      isEnabled: () => app.commands.hasCommand("settingeditor:open"),
      execute: () => app.commands.execute("settingeditor:open", { query: "Lepton" }),
    });
  },
};

/** Magics worth a command: those without data run at once, the others wait to be filled in. */
function lines(words: typeof trans) {
  return [
    { command: "lepton:help", label: words.__("List Lepton's magics"), text: "%lepton", runs: true },
    {
      command: "lepton:doctor",
      label: words.__("Look whether Lepton can run here"),
      text: "%lepton doctor",
      runs: true,
    },
    { command: "lepton:runs", label: words.__("Table of all runs of this folder"), text: "%lepton runs", runs: true },
    {
      command: "lepton:train",
      label: words.__("Insert a cell that trains"),
      text: "%lepton train DATA --model mlp --hidden 64,64 --epochs 20 --as run",
      runs: false,
    },
    {
      command: "lepton:sweep",
      label: words.__("Insert a cell that tries many settings"),
      text: "%lepton sweep DATA --model mlp --learning-rate log:1e-4..1e-1 --hidden 32|64|128 --trials 20 --as study",
      runs: false,
    },
  ];
}

/** A new cell below the active one. */
async function insertAndRun(notebooks: INotebookTracker, text: string, runs: boolean): Promise<void> {
  const panel = notebooks.currentWidget;
  if (!panel) return;
  NotebookActions.insertBelow(panel.content);
  panel.content.activeCell?.model.sharedModel.setSource(text);
  if (runs) await NotebookActions.run(panel.content, panel.sessionContext);
  else panel.content.mode = "edit";
}

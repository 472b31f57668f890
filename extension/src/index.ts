/** The extension's plugins: only plugin objects; what they do lies in the files they name. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { IThemeManager } from "@jupyterlab/apputils";
import { INotebookTracker, type NotebookPanel } from "@jupyterlab/notebook";
import { IRenderMimeRegistry } from "@jupyterlab/rendermime";
import { ITranslator, nullTranslator } from "@jupyterlab/translation";
import { cardFactory, type RendererNeeds, runFactory, studyFactory } from "./mime.ts";
import type { KernelSource } from "./run/live.ts";

/** Runs and studies drawn from their snapshots everywhere, and live in a notebook that has a kernel. */
const renderers: JupyterFrontEndPlugin<void> = {
  id: "lepton-lab:renderers",
  description: "Draws training runs and hyperparameter studies of Lepton.",
  autoStart: true,
  requires: [IRenderMimeRegistry],
  optional: [INotebookTracker, IThemeManager, ITranslator],
  activate: (
    _app: JupyterFrontEnd,
    registry: IRenderMimeRegistry,
    notebooks: INotebookTracker | null,
    themes: IThemeManager | null,
    translator: ITranslator | null,
  ) => {
    const trans = (translator ?? nullTranslator).load("lepton_lab");
    const themeChanged = themes?.themeChanged ?? null;
    const add = (to: Pick<IRenderMimeRegistry, "addFactory">, needs: RendererNeeds) => {
      to.addFactory(runFactory(needs));
      to.addFactory(studyFactory(needs));
      to.addFactory(cardFactory(needs));
    };
    add(registry, { trans, themeChanged, kernel: null });
    notebooks?.widgetAdded.connect((_tracker, panel) => {
      add(panel.content.rendermime, { trans, themeChanged, kernel: kernelOf(panel) });
    });
  },
};

function kernelOf(panel: NotebookPanel): KernelSource {
  const session = panel.sessionContext;
  return {
    kernel: () => session.session?.kernel ?? null,
    onChange: (listener) => {
      const restarted = (_sender: unknown, status: string) => {
        if (status === "restarting" || status === "autorestarting")
          session.session?.kernel?.info.then(listener, listener);
      };
      session.kernelChanged.connect(listener);
      session.statusChanged.connect(restarted);
      return () => {
        session.kernelChanged.disconnect(listener);
        session.statusChanged.disconnect(restarted);
      };
    },
  };
}

export default [renderers];

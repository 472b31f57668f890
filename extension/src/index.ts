/** The extension's plugins: only plugin objects; what they do lies in the files they name. */
import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ICommandPalette, IThemeManager } from "@jupyterlab/apputils";
import { INotebookTracker, type NotebookPanel } from "@jupyterlab/notebook";
import { IRenderMimeRegistry } from "@jupyterlab/rendermime";
import { IStatusBar } from "@jupyterlab/statusbar";
import { ITranslator } from "@jupyterlab/translation";
import { Widget } from "@lumino/widgets";
import { aroundPlugin } from "./around/commands.ts";
import { settingsPlugin } from "./around/settings-plugin.ts";
import { leptonIcon } from "./icon.ts";
import { cardFactory, comparisonFactory, type RendererNeeds, runFactory, studyFactory } from "./mime.ts";
import { element } from "./run/dom.ts";
import type { KernelSource } from "./run/live.ts";
import { LazySidebar } from "./sidebar/lazy-sidebar.ts";
import { trans, useTranslator } from "./translation.ts";

/** Runs and studies drawn from their snapshots everywhere, and live in a notebook that has a kernel. */
const renderers: JupyterFrontEndPlugin<void> = {
  id: "lepton-lab:renderers",
  description: "Draws training runs and hyperparameter studies of Lepton.",
  autoStart: true,
  requires: [IRenderMimeRegistry],
  optional: [INotebookTracker, IThemeManager, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    registry: IRenderMimeRegistry,
    notebooks: INotebookTracker | null,
    themes: IThemeManager | null,
    translator: ITranslator | null,
  ) => {
    useTranslator(translator);
    const themeChanged = themes?.themeChanged ?? null;
    const add = (to: Pick<IRenderMimeRegistry, "addFactory">, needs: RendererNeeds) => {
      to.addFactory(runFactory(needs));
      to.addFactory(studyFactory(needs));
      to.addFactory(cardFactory(needs));
      to.addFactory(comparisonFactory(needs));
    };
    const pin: RendererNeeds["pin"] = (view, kernel) =>
      void import("./run/pinned.ts").then(({ pinRun }) => pinRun(app.shell, view, kernel, themeChanged));
    add(registry, { themeChanged, kernel: null, pin });
    notebooks?.widgetAdded.connect((_tracker, panel) => {
      add(panel.content.rendermime, { themeChanged, kernel: kernelOf(panel), pin });
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
      // After a sleep the page is connected again, to the same kernel, and messages in between may be gone.
      const reconnected = (_sender: unknown, status: string) => {
        if (status === "connected") listener();
      };
      session.kernelChanged.connect(listener);
      session.statusChanged.connect(restarted);
      session.connectionStatusChanged.connect(reconnected);
      return () => {
        session.kernelChanged.disconnect(listener);
        session.statusChanged.disconnect(restarted);
        session.connectionStatusChanged.disconnect(reconnected);
      };
    },
  };
}

/** What the folder of the notebook in front holds. */
const sidebar: JupyterFrontEndPlugin<void> = {
  id: "lepton-lab:sidebar",
  description: "Lists the runs, studies, data sets and deployments of Lepton in a notebook's folder.",
  autoStart: true,
  requires: [INotebookTracker],
  optional: [ILayoutRestorer, ICommandPalette, IStatusBar, ITranslator, IThemeManager],
  activate: (
    app: JupyterFrontEnd,
    notebooks: INotebookTracker,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    statusBar: IStatusBar | null,
    translator: ITranslator | null,
    themes: IThemeManager | null,
  ) => {
    useTranslator(translator);
    const onTheme = (listener: () => void) => themes?.themeChanged.connect(listener);
    const widget = new LazySidebar(app, onTheme);
    const sources = new WeakMap<NotebookPanel, KernelSource>();
    const watch = () => {
      const panel = notebooks.currentWidget;
      if (panel && !sources.has(panel)) sources.set(panel, kernelOf(panel));
      widget.watch(panel ? sources.get(panel)! : null);
    };
    notebooks.currentChanged.connect(watch);
    watch();
    widget.title.icon = leptonIcon;
    app.shell.add(widget, "left", { rank: 550, type: "Lepton" });
    restorer?.add(widget, widget.id);
    const command = "lepton:show-sidebar";
    app.commands.addCommand(command, {
      label: trans.__("Show runs, studies and deployments of Lepton"),
      execute: () => app.shell.activateById(widget.id),
      describedBy: { args: { type: "object", properties: {} } },
    });
    palette?.addItem({ command, category: "Lepton" });
    const item = new Widget({ node: element("button", "lepton-Running") });
    item.node.addEventListener("click", () => void app.commands.execute(command));
    statusBar?.registerStatusItem("lepton-lab:going", {
      item,
      align: "left",
      isActive: () => item.node.textContent !== "",
    });
    widget.going.connect((_sidebar, count) => {
      item.node.textContent = count === 0 ? "" : trans._n("Lepton: %1 run", "Lepton: %1 runs", count);
      item.setHidden(count === 0);
    });
  },
};

export default [renderers, sidebar, settingsPlugin, aroundPlugin];

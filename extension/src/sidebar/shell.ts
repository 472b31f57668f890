/** What the sidebar opens beside itself: windows of the main area and dialogs of JupyterLab. Apart because the sidebar itself knows no application. */
import type { JupyterFrontEnd } from "@jupyterlab/application";
import { Clipboard, Dialog, InputDialog, MainAreaWidget, showDialog } from "@jupyterlab/apputils";
import { Widget } from "@lumino/widgets";
import { leptonIcon } from "../icon.ts";
import { element } from "../run/dom.ts";
import { onSettings } from "../settings.ts";
import { trans } from "../translation.ts";

export interface ShownPanel {
  readonly node: HTMLElement;
  repaint(): void;
  dispose(): void;
}

export interface SidebarShell {
  /** Show a panel in the main area; a window of the same ID gets the new content. Tells whether it is still shown there. */
  open(id: string, title: string, panel: ShownPanel): () => boolean;
  /** A name, or null when the reader thinks better of it. */
  askName(title: string, label: string, proposal: string): Promise<string | null>;
  /** Lines to read, as they are. */
  read(title: string, text: string): Promise<void>;
  copy(text: string): void;
}

class PanelWindow extends Widget {
  private panel: ShownPanel | null = null;

  constructor(id: string) {
    super();
    this.id = id;
    this.addClass("lepton-Window");
    this.title.icon = leptonIcon;
    this.title.closable = true;
  }

  fill(panel: ShownPanel, title: string): void {
    this.panel?.dispose();
    this.panel = panel;
    this.title.label = title;
    this.node.replaceChildren(panel.node);
  }

  shows(panel: ShownPanel): boolean {
    return !this.isDisposed && this.panel === panel;
  }

  repaint(): void {
    requestAnimationFrame(() => this.panel?.repaint());
  }

  override dispose(): void {
    if (this.isDisposed) return;
    this.panel?.dispose();
    this.panel = null;
    super.dispose();
  }
}

/** @param onTheme  calls back when the theme changed */
export function sidebarShell(app: JupyterFrontEnd, onTheme: (listener: () => void) => void): SidebarShell {
  const windows = new Map<string, { readonly content: PanelWindow; readonly area: MainAreaWidget<PanelWindow> }>();
  const repaint = () => {
    for (const { content } of windows.values()) content.repaint();
  };
  onTheme(repaint);
  onSettings(repaint);
  return {
    open(id, title, panel) {
      const known = windows.get(id);
      if (known && !known.area.isDisposed) {
        known.content.fill(panel, title);
        known.area.title.label = title;
        app.shell.activateById(known.area.id);
        return () => known.content.shows(panel);
      }
      const content = new PanelWindow(`${id}-content`);
      content.fill(panel, title);
      const area = new MainAreaWidget({ content });
      area.id = id;
      windows.set(id, { content, area });
      app.shell.add(area, "main", { mode: "split-right", type: "Lepton" });
      return () => content.shows(panel);
    },
    async askName(title, label, proposal) {
      const { value, button } = await InputDialog.getText({
        title,
        label,
        text: proposal,
        okLabel: trans.__("Deploy"),
      });
      return button.accept && value?.trim() ? value.trim() : null;
    },
    async read(title, text) {
      const body = new Widget({ node: element("pre", "lepton-Log", text) });
      body.node.tabIndex = 0;
      await showDialog({ title, body, buttons: [Dialog.okButton({ label: trans.__("Close") })] });
    },
    copy: (text) => Clipboard.copyToSystem(text),
  };
}

/** A run kept in sight: the same panel in the right sidebar, followed by the kernel of the notebook it came from. A RunView enters, a widget leaves. */
import type { JupyterFrontEnd } from "@jupyterlab/application";
import type { ISignal } from "@lumino/signaling";
import { Widget } from "@lumino/widgets";
import type { RunView } from "../../../kernel/contract/run.ts";
import { leptonIcon } from "../icon.ts";
import { onSettings } from "../settings.ts";
import { trans } from "../translation.ts";
import type { KernelSource } from "./live.ts";
import { RunPanel } from "./panel.ts";

class PinnedRun extends Widget {
  private readonly panel: RunPanel;
  private readonly stopListening: () => void;

  constructor(
    view: RunView,
    readonly kernel: KernelSource | null,
    private readonly themeChanged: ISignal<unknown, unknown> | null,
  ) {
    super();
    this.panel = new RunPanel({ kernel, pin: null, renew: null });
    this.id = idOf(view);
    this.addClass("lepton-Pinned");
    this.title.icon = leptonIcon;
    this.title.caption = trans.__("Run %1", view.name);
    this.title.closable = true;
    const close = document.createElement("button");
    close.className = "lepton-Button lepton-Unpin";
    close.textContent = trans.__("Unpin");
    close.addEventListener("click", () => this.dispose());
    this.node.append(close, this.panel.node);
    this.panel.show(view);
    themeChanged?.connect(this.repaint, this);
    this.stopListening = onSettings(() => this.repaint());
  }

  override dispose(): void {
    if (this.isDisposed) return;
    this.themeChanged?.disconnect(this.repaint, this);
    this.stopListening();
    this.panel.dispose();
    super.dispose();
  }

  private repaint(): void {
    requestAnimationFrame(() => this.panel.repaint());
  }
}

/** Pin a run, or show it where it is pinned already. One that was pinned from a notebook that is closed by now asks the kernel of this one. */
export function pinRun(
  shell: JupyterFrontEnd.IShell,
  view: RunView,
  kernel: KernelSource | null,
  themeChanged: ISignal<unknown, unknown> | null,
): void {
  const there = [...shell.widgets("right")].find((widget) => widget.id === idOf(view));
  const isSame = there instanceof PinnedRun && there.kernel === kernel;
  if (!isSame) there?.dispose();
  if (!isSame) shell.add(new PinnedRun(view, kernel, themeChanged), "right", { rank: 600, type: "Lepton" });
  shell.activateById(idOf(view));
}

function idOf(view: RunView): string {
  return `lepton-pinned-${view.id}`;
}

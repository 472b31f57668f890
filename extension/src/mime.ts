/** From JupyterLab's renderer interface to our panels: one widget an output, told again when its data is replaced in place. */
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import type { TranslationBundle } from "@jupyterlab/translation";
import { type ISignal, Signal } from "@lumino/signaling";
import { Widget } from "@lumino/widgets";
import { element } from "./run/dom.ts";
import type { KernelSource } from "./run/live.ts";
import { RunPanel } from "./run/panel.ts";
import { checkRunView } from "./run/view-check.ts";
import { StudyPanel } from "./study/panel.ts";
import { checkStudyView } from "./study/view-check.ts";

/** The same names as kernel/contract/cell.ts; a test keeps them equal. */
export const RUN_TYPE = "application/vnd.lepton.run.v1+json";
export const STUDY_TYPE = "application/vnd.lepton.study.v1+json";

interface Panel {
  readonly node: HTMLElement;
  repaint(): void;
  dispose(): void;
}

/** Takes the model's data; returns the sentence that refuses it, or null. */
type Show<P> = (panel: P, data: unknown) => string | null;

class PanelWidget<P extends Panel> extends Widget implements IRenderMime.IRenderer {
  constructor(
    private readonly type: string,
    private readonly panel: P,
    private readonly showData: Show<P>,
    private readonly themeChanged: ISignal<unknown, unknown> | null,
  ) {
    super();
    this.addClass("lepton-Output");
    themeChanged?.connect(this.repaint, this);
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const refused = this.showData(this.panel, model.data[this.type]);
    if (refused === null) {
      if (this.panel.node.parentNode !== this.node) this.node.replaceChildren(this.panel.node);
      return;
    }
    this.node.replaceChildren(element("div", "lepton-Refused", refused));
  }

  override dispose(): void {
    if (this.isDisposed) return;
    this.themeChanged?.disconnect(this.repaint, this);
    Signal.clearData(this);
    this.panel.dispose();
    super.dispose();
  }

  private repaint(): void {
    // The theme's style sheet is in place a frame after the signal.
    requestAnimationFrame(() => this.panel.repaint());
  }
}

export interface RendererNeeds {
  readonly trans: TranslationBundle;
  readonly themeChanged: ISignal<unknown, unknown> | null;
  readonly kernel: KernelSource | null;
}

export function runFactory(needs: RendererNeeds): IRenderMime.IRendererFactory {
  return {
    safe: true,
    mimeTypes: [RUN_TYPE],
    defaultRank: 40,
    createRenderer: () =>
      new PanelWidget(
        RUN_TYPE,
        new RunPanel(needs.trans, needs.kernel),
        (panel, data) => {
          const checked = checkRunView(data);
          if ("refused" in checked) return checked.refused;
          panel.show(checked.view);
          return null;
        },
        needs.themeChanged,
      ),
  };
}

export function studyFactory(needs: RendererNeeds): IRenderMime.IRendererFactory {
  return {
    safe: true,
    mimeTypes: [STUDY_TYPE],
    defaultRank: 40,
    createRenderer: () =>
      new PanelWidget(
        STUDY_TYPE,
        new StudyPanel(needs.trans),
        (panel, data) => {
          const checked = checkStudyView(data);
          if ("refused" in checked) return checked.refused;
          panel.show(checked.view);
          return null;
        },
        needs.themeChanged,
      ),
  };
}

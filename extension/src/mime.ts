/** From JupyterLab's renderer interface to our panels: one widget an output, told again when its data is replaced in place. */
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { type ISignal, Signal } from "@lumino/signaling";
import { Widget } from "@lumino/widgets";
import type { RunView } from "../../kernel/contract/run.ts";
import { checkCardView } from "./card/view-check.ts";
import { checkComparison } from "./compare/view-check.ts";
import { LazyPanel } from "./lazy-panel.ts";
import { element } from "./run/dom.ts";
import type { KernelSource } from "./run/live.ts";
import { checkRunView } from "./run/view-check.ts";
import { onSettings } from "./settings.ts";
import { checkStudyView } from "./study/view-check.ts";

/** The same names as kernel/contract/cell.ts; a test keeps them equal. */
export const RUN_TYPE = "application/vnd.lepton.run.v1+json";
export const STUDY_TYPE = "application/vnd.lepton.study.v1+json";
export const CARD_TYPE = "application/vnd.lepton.card.v1+json";
export const COMPARISON_TYPE = "application/vnd.lepton.comparison.v1+json";

interface Panel {
  readonly node: HTMLElement;
  repaint(): void;
  dispose(): void;
}

class PanelWidget extends Widget implements IRenderMime.IRenderer {
  private readonly stopListening: () => void;

  constructor(
    private readonly type: string,
    private readonly panel: Panel,
    /** Returns the sentence that refuses the data, or null. */
    private readonly showData: (data: unknown) => string | null,
    private readonly themeChanged: ISignal<unknown, unknown> | null,
  ) {
    super();
    this.addClass("lepton-Output");
    themeChanged?.connect(this.repaint, this);
    this.stopListening = onSettings(() => this.repaint());
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const refused = this.showData(model.data[this.type]);
    if (refused === null) {
      if (this.panel.node.parentNode !== this.node) this.node.replaceChildren(this.panel.node);
      return;
    }
    this.node.replaceChildren(element("div", "lepton-Refused", refused));
  }

  override dispose(): void {
    if (this.isDisposed) return;
    this.themeChanged?.disconnect(this.repaint, this);
    this.stopListening();
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
  readonly themeChanged: ISignal<unknown, unknown> | null;
  readonly kernel: KernelSource | null;
  /** Keeps a run in sight beside the notebook. */
  readonly pin: ((view: RunView, kernel: KernelSource | null) => void) | null;
}

export function runFactory(needs: RendererNeeds): IRenderMime.IRendererFactory {
  const { kernel, pin } = needs;
  const load = async () =>
    new (await import("./run/panel.ts")).RunPanel({ kernel, pin: pin && ((view) => pin(view, kernel)) });
  return factory(RUN_TYPE, needs, () => new LazyPanel(load), checkRunView);
}

export function studyFactory(needs: RendererNeeds): IRenderMime.IRendererFactory {
  const load = async () => new (await import("./study/panel.ts")).StudyPanel();
  return factory(STUDY_TYPE, needs, () => new LazyPanel(load), checkStudyView);
}

export function comparisonFactory(needs: RendererNeeds): IRenderMime.IRendererFactory {
  const load = async () => new (await import("./compare/panel.ts")).ComparisonPanel();
  return factory(COMPARISON_TYPE, needs, () => new LazyPanel(load), checkComparison);
}

export function cardFactory(needs: RendererNeeds): IRenderMime.IRendererFactory {
  const load = async () => new (await import("./card/panel.ts")).CardPanel(needs.kernel);
  return factory(CARD_TYPE, needs, () => new LazyPanel(load), checkCardView);
}

/** A factory for one of our types: data is checked, then shown by a panel, or refused in a sentence. */
function factory<V>(
  type: string,
  needs: RendererNeeds,
  make: () => Panel & { show(view: V): void },
  check: (data: unknown) => { readonly view: V } | { readonly refused: string },
): IRenderMime.IRendererFactory {
  return {
    // Panels build elements from text only, never markup from data.
    safe: true,
    mimeTypes: [type],
    defaultRank: 40,
    createRenderer: () => {
      const panel = make();
      const show = (data: unknown) => {
        const checked = check(data);
        if ("refused" in checked) return checked.refused;
        panel.show(checked.view);
        return null;
      };
      return new PanelWidget(type, panel, show, needs.themeChanged);
    },
  };
}

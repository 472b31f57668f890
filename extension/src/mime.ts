/**
 * From JupyterLab's renderer interface to our panels: one widget an output, told again when its data is replaced in place. What checks and draws a type is
 * fetched when its first output is: a page without studies never loads their charts.
 */
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { type ISignal, Signal } from "@lumino/signaling";
import { Widget } from "@lumino/widgets";
import type { MimeBundle } from "../../kernel/contract/cell.ts";
import type { RunView } from "../../kernel/contract/run.ts";
import { element } from "./run/dom.ts";
import type { KernelSource } from "./run/live.ts";
import { onSettings } from "./settings.ts";
import { trans } from "./translation.ts";

/** The same names as kernel/contract/cell.ts; a test keeps them equal. */
export const RUN_TYPE = "application/vnd.lepton.run.v1+json";
export const STUDY_TYPE = "application/vnd.lepton.study.v1+json";
export const CARD_TYPE = "application/vnd.lepton.card.v1+json";
export const COMPARISON_TYPE = "application/vnd.lepton.comparison.v1+json";

interface Panel<V> {
  readonly node: HTMLElement;
  show(view: V): void;
  repaint(): void;
  dispose(): void;
}

/** Puts a bundle in place of the output. */
type Renew = (output: MimeBundle) => void;

/** What draws one type of output, and the door its data goes through first. */
interface Drawing<V> {
  readonly panel: Panel<V>;
  check(data: unknown): { readonly view: V } | { readonly refused: string };
}

class PanelWidget<V> extends Widget implements IRenderMime.IRenderer {
  private readonly stopListening: () => void;
  private loading: Promise<Drawing<V>> | null = null;
  private panel: Panel<V> | null = null;
  private model: IRenderMime.IMimeModel | null = null;

  constructor(
    private readonly type: string,
    private readonly load: (renew: Renew) => Promise<Drawing<V>>,
    private readonly themeChanged: ISignal<unknown, unknown> | null,
  ) {
    super();
    this.addClass("lepton-Output");
    themeChanged?.connect(this.repaint, this);
    this.stopListening = onSettings(() => this.repaint());
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    this.model = model;
    this.loading ??= this.load((output) => this.renew(output));
    let drawing: Drawing<V>;
    try {
      drawing = await this.loading;
    } catch (error) {
      // The server may be gone or have another version by now: the next data asks again.
      this.loading = null;
      const why = trans.__("What draws this could not be loaded (%1); reload the page.", String(error));
      this.node.replaceChildren(element("div", "lepton-Refused", why));
      return;
    }
    const { panel, check } = drawing;
    if (this.isDisposed) {
      panel.dispose();
      return;
    }
    this.panel = panel;
    const refused = shown(panel, check, model.data[this.type]);
    if (refused !== null) {
      this.node.replaceChildren(element("div", "lepton-Refused", refused));
      return;
    }
    if (panel.node.parentNode !== this.node) this.node.replaceChildren(panel.node);
  }

  override dispose(): void {
    if (this.isDisposed) return;
    this.themeChanged?.disconnect(this.repaint, this);
    this.stopListening();
    Signal.clearData(this);
    this.panel?.dispose();
    super.dispose();
  }

  /** As if the kernel had replaced the output: the notebook keeps what is put in its place, and it is drawn anew. */
  private renew(output: MimeBundle): void {
    if (!this.isDisposed) this.model?.setData({ data: output as IRenderMime.IMimeModel["data"] });
  }

  private repaint(): void {
    // The theme's style sheet is in place a frame after the signal.
    requestAnimationFrame(() => this.panel?.repaint());
  }
}

/** Shows data, or returns the sentence that refuses it: what damaged or hostile data gets past the check must not break the page. */
function shown<V>(panel: Panel<V>, check: Drawing<V>["check"], data: unknown): string | null {
  try {
    const checked = check(data);
    if ("refused" in checked) return checked.refused;
    panel.show(checked.view);
    return null;
  } catch (error) {
    console.warn("lepton-lab: an output could not be drawn.", error);
    return trans.__("This output cannot be drawn: its data is damaged.");
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
  return factory(RUN_TYPE, needs, async (renew) => {
    const [{ RunPanel }, { checkRunView }] = await Promise.all([
      import("./run/panel.ts"),
      import("./run/view-check.ts"),
    ]);
    const panel = new RunPanel({ kernel, pin: pin && ((view) => pin(view, kernel)), renew });
    return { panel, check: checkRunView };
  });
}

export function studyFactory(needs: RendererNeeds): IRenderMime.IRendererFactory {
  return factory(STUDY_TYPE, needs, async () => {
    const [{ StudyPanel }, door] = await Promise.all([import("./study/panel.ts"), import("./study/view-check.ts")]);
    return { panel: new StudyPanel(), check: door.checkStudyView };
  });
}

export function comparisonFactory(needs: RendererNeeds): IRenderMime.IRendererFactory {
  return factory(COMPARISON_TYPE, needs, async () => {
    const [{ ComparisonPanel }, door] = await Promise.all([
      import("./compare/panel.ts"),
      import("./compare/view-check.ts"),
    ]);
    return { panel: new ComparisonPanel(), check: door.checkComparison };
  });
}

export function cardFactory(needs: RendererNeeds): IRenderMime.IRendererFactory {
  return factory(CARD_TYPE, needs, async () => {
    const [{ CardPanel }, door] = await Promise.all([import("./card/panel.ts"), import("./card/view-check.ts")]);
    return { panel: new CardPanel(needs.kernel), check: door.checkCardView };
  });
}

function factory<V>(
  type: string,
  needs: RendererNeeds,
  load: (renew: Renew) => Promise<Drawing<V>>,
): IRenderMime.IRendererFactory {
  return {
    // Panels build elements from text only, never markup from data.
    safe: true,
    mimeTypes: [type],
    defaultRank: 40,
    createRenderer: () => new PanelWidget(type, load, needs.themeChanged),
  };
}

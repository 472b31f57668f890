/** A panel whose code is fetched when its first data comes: a page without studies never loads their charts. Enter: data; leaves: the panel's node, filled soon. */
import { element } from "./run/dom.ts";
import { trans } from "./translation.ts";

export interface Panel<V> {
  readonly node: HTMLElement;
  show(view: V): void;
  repaint(): void;
  dispose(): void;
}

export class LazyPanel<V> implements Panel<V> {
  readonly node = element("div", "lepton-Lazy");
  private panel: Panel<V> | null = null;
  private wanted: { readonly view: V } | null = null;
  private asked = false;
  private disposed = false;

  constructor(private readonly load: () => Promise<Panel<V>>) {}

  show(view: V): void {
    this.wanted = { view };
    if (this.panel) this.panel.show(view);
    else if (!this.asked) void this.fill();
  }

  repaint(): void {
    this.panel?.repaint();
  }

  dispose(): void {
    this.disposed = true;
    this.panel?.dispose();
  }

  private async fill(): Promise<void> {
    this.asked = true;
    let panel: Panel<V>;
    try {
      panel = await this.load();
    } catch (error) {
      // The server may be gone or have another version: the next data asks again.
      this.asked = false;
      const why = trans.__("What draws this could not be loaded (%1); reload the page.", String(error));
      this.node.replaceChildren(element("div", "lepton-Refused", why));
      return;
    }
    if (this.disposed) {
      panel.dispose();
      return;
    }
    this.panel = panel;
    this.node.replaceChildren(panel.node);
    if (this.wanted) panel.show(this.wanted.view);
  }
}

/**
 * A drawing that fits its width: painted anew when its data or its width changes, at most once a frame and only while it is on the screen. The painter
 * gets the width in px and gives an SVG.
 */
import { element } from "../run/dom.ts";

export class Chart {
  readonly node = element("div", "lepton-Chart");
  private width = 0;
  private stale = true;
  private visible = false;
  private asked = false;
  private disposed = false;
  private readonly seen: IntersectionObserver;
  private readonly resized: ResizeObserver;

  constructor(private readonly paint: (width: number) => SVGElement | HTMLElement | null) {
    this.seen = new IntersectionObserver((entries) => {
      this.visible = entries.at(-1)?.isIntersecting ?? false;
      if (this.visible && this.stale) this.ask();
    });
    this.resized = new ResizeObserver(() => {
      if (Math.floor(this.node.clientWidth) !== this.width) this.update();
    });
    this.seen.observe(this.node);
    this.resized.observe(this.node);
  }

  update(): void {
    this.stale = true;
    this.ask();
  }

  dispose(): void {
    this.disposed = true;
    this.seen.disconnect();
    this.resized.disconnect();
  }

  private ask(): void {
    if (this.asked || !this.visible || this.disposed) return;
    this.asked = true;
    requestAnimationFrame(() => {
      this.asked = false;
      this.draw();
    });
  }

  private draw(): void {
    const width = Math.floor(this.node.clientWidth);
    if (this.disposed || width < 60) return;
    this.width = width;
    this.stale = false;
    const made = this.paint(width);
    this.node.replaceChildren(...(made ? [made] : []));
  }
}

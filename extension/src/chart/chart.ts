/**
 * A drawing that fits its width: painted anew when its data or its width changes, at most once a frame and only while it is on the screen. The painter
 * gets the width in px and gives an SVG.
 */
import { element } from "../run/dom.ts";
import { Redraw } from "./redraw.ts";

/** Nothing is drawn into less. */
const LEAST_WIDTH_PX = 60;

export class Chart {
  readonly node = element("div", "lepton-Chart");
  private width = 0;
  private visible = false;
  private disposed = false;
  private readonly redraw = new Redraw(
    () => this.visible && !this.disposed && this.node.clientWidth >= LEAST_WIDTH_PX,
    async () => this.draw(),
  );
  private readonly seen: IntersectionObserver;
  private readonly resized: ResizeObserver;

  constructor(private readonly paint: (width: number) => SVGElement | HTMLElement | null) {
    this.seen = new IntersectionObserver((entries) => {
      this.visible = entries.at(-1)?.isIntersecting ?? false;
      if (this.visible && this.redraw.isDue) this.redraw.ask();
    });
    this.resized = new ResizeObserver(() => {
      if (Math.floor(this.node.clientWidth) !== this.width) this.update();
    });
    this.seen.observe(this.node);
    this.resized.observe(this.node);
    this.redraw.ask();
  }

  update(): void {
    this.redraw.ask();
  }

  dispose(): void {
    this.disposed = true;
    this.seen.disconnect();
    this.resized.disconnect();
  }

  private draw(): void {
    this.width = Math.floor(this.node.clientWidth);
    const made = this.paint(this.width);
    this.node.replaceChildren(...(made ? [made] : []));
  }
}

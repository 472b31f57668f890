/**
 * Parallel coordinates: a line for each trial or run through one axis for each hyperparameter, curved so that a line can be followed through an axis.
 * Enter: lines with their values and dimensions; leaves: a drawing in which ranges are brushed and axes reordered, by pointer or by keyboard. A class
 * because ranges and order outlive a repaint.
 */
import { element } from "../run/dom.ts";
import { isDark } from "../run/theme.ts";
import { trans } from "../translation.ts";
import { Chart } from "./chart.ts";
import { shadeText } from "./colour.ts";
import { type Dimension, labelAt, shareOf, ticksOf } from "./dimension.ts";
import { cut } from "./letters.ts";
import type { ParallelData, ParallelLine } from "./parallel-data.ts";
import { type Brush, brushAfterKey, inBrushes, moved } from "./parallel-state.ts";
import { coordinate, svg, tip } from "./svg.ts";

const HEIGHT = 380;
const TOP = 40;
const BOTTOM = 54;
const SIDE = 64;
const LEAST_GAP = 92;
/** More lines than this are drawn thin and see-through. */
const MANY = 150;

export class ParallelChart {
  readonly node = element("div", "lepton-Parallel");
  private readonly chart = new Chart((width) => this.paint(width));
  private readonly hint = element("p", "lepton-Hint");
  private readonly brushes = new Map<string, Brush>();
  private order: string[] = [];
  private data: ParallelData = { dimensions: [], lines: [] };
  private drawnLines: { readonly line: ParallelLine; readonly node: SVGPathElement }[] = [];
  private dragging = false;
  private pointed: string | null = null;

  /** @param chosen  told which lines lie in all brushed ranges; null when there is no range */
  constructor(private readonly chosen: (keys: ReadonlySet<string> | null) => void) {
    this.hint.textContent = trans.__(
      "Drag along an axis to choose a range, drag its name to move it. By keyboard: Enter sets a range, up and down move it, with Shift they widen and narrow it, left and right move the axis, Escape clears.",
    );
    this.chart.node.classList.add("lepton-Scrolls");
    this.node.append(this.chart.node, this.hint);
  }

  /**
   * @param pointed  the key of a line that is marked
   * @returns which of the new lines lie in all brushed ranges, as `chosen` is told; null when there is no range
   */
  show(data: ParallelData, pointed: string | null = null): ReadonlySet<string> | null {
    this.data = data;
    this.pointed = pointed;
    const names = data.dimensions.map(({ name }) => name);
    this.order = [
      ...this.order.filter((name) => names.includes(name)),
      ...names.filter((name) => !this.order.includes(name)),
    ];
    for (const name of this.brushes.keys()) if (!names.includes(name)) this.brushes.delete(name);
    if (!this.dragging) this.chart.update();
    return this.keys();
  }

  /** Mark one line; the drawing stays. */
  point(key: string): void {
    this.pointed = key;
    for (const { line, node } of this.drawnLines) node.classList.toggle("lepton-Pointed", line.key === key);
  }

  repaint(): void {
    this.chart.update();
  }

  dispose(): void {
    this.chart.dispose();
  }

  private dimensions(): Dimension[] {
    return this.order.map((name) => this.data.dimensions.find((one) => one.name === name)!);
  }

  private paint(outer: number): SVGElement {
    const dimensions = this.dimensions();
    const width = Math.max(outer, 2 * SIDE + (dimensions.length - 1) * LEAST_GAP);
    const gap = dimensions.length > 1 ? (width - 2 * SIDE) / (dimensions.length - 1) : 0;
    const place = (index: number) => SIDE + index * gap;
    const ordered = this.data.lines.toSorted((a, b) => Number(a.best) - Number(b.best));
    this.drawnLines = ordered.map((line) => ({ line, node: this.line(line, dimensions, place) }));
    const axes = dimensions.map((dimension, index) => this.axis(dimension, place(index), gap));
    this.fade();
    const label = trans.__("parallel coordinates of %1 lines over %2 axes", this.data.lines.length, dimensions.length);
    const focused = document.activeElement?.getAttribute("data-axis");
    const here = this.node.contains(document.activeElement);
    if (here && focused) requestAnimationFrame(() => this.axisNode(focused)?.focus());
    return svg(
      "svg",
      { width, height: HEIGHT, role: "group", "aria-label": label },
      svg(
        "g",
        { class: this.data.lines.length > MANY ? "lepton-Dense" : "" },
        ...this.drawnLines.map(({ node }) => node),
      ),
      ...axes,
    );
  }

  private axisNode(name: string): SVGElement | undefined {
    return [...this.node.querySelectorAll<SVGElement>("[data-axis]")].find((one) => one.dataset["axis"] === name);
  }

  private line(line: ParallelLine, dimensions: readonly Dimension[], place: (index: number) => number): SVGPathElement {
    let path = "";
    let before: readonly [number, number] | null = null;
    for (const [index, dimension] of dimensions.entries()) {
      const share = shareOf(dimension, line.values[dimension.name]);
      const [x, y]: [number, number] = [place(index), share === null ? HEIGHT - BOTTOM + 20 : heightOf(share)];
      const middle = before ? (before[0] + x) / 2 : x;
      path += before
        ? `C${coordinate(middle)} ${coordinate(before[1])} ${coordinate(middle)} ${coordinate(y)} ${coordinate(x)} ${coordinate(y)}`
        : `M${coordinate(x)} ${coordinate(y)}`;
      before = [x, y];
    }
    const stroke = line.colour === null ? "var(--jp-border-color1)" : shadeText(line.colour, isDark());
    const look = {
      class: `lepton-ParallelLine${line.best ? " lepton-ParallelBest" : ""}${line.key === this.pointed ? " lepton-Pointed" : ""}`,
      stroke,
      "data-key": line.key,
    };
    return svg("path", { d: path, ...look }, tip(line.label));
  }

  private axis(dimension: Dimension, x: number, gap: number): SVGElement {
    const { name } = dimension;
    const title = svg(
      "text",
      { x, y: 16, "text-anchor": "middle", class: "lepton-AxisName" },
      cut(name, Math.max(8, Math.floor(gap / 7.5))),
      tip(dimension.log ? trans.__("%1 (log)", name) : name),
    );
    const hit = svg("rect", { x: x - 14, y: TOP, width: 28, height: HEIGHT - TOP - BOTTOM, class: "lepton-AxisHit" });
    const node = svg(
      "g",
      {
        class: "lepton-ParallelAxis",
        tabindex: "0",
        role: "slider",
        "data-axis": name,
        "aria-orientation": "vertical",
      },
      svg("line", { x1: x, x2: x, y1: TOP, y2: HEIGHT - BOTTOM, class: "lepton-Axis" }),
      ...ticksOf(dimension, 7).map(({ share, label }) =>
        svg("text", { x: x - 7, y: heightOf(share) + 4, "text-anchor": "end" }, cut(label, 9)),
      ),
      ...(dimension.log ? [svg("text", { x, y: 31, "text-anchor": "middle", class: "lepton-AxisNote" }, "log")] : []),
      ...this.missing(dimension, x),
      svg("rect", { class: "lepton-Brush", x: x - 7, width: 14, y: 0, height: 0 }),
      hit,
      title,
    );
    hit.addEventListener("pointerdown", (event) => this.brushByPointer(event, dimension, hit));
    title.addEventListener("pointerdown", (event) => this.moveByPointer(event, name, gap));
    node.addEventListener("keydown", (event) => this.key(event, name));
    this.drawBrush(node, dimension);
    return node;
  }

  /** Where lines without a value on this axis pass. */
  private missing(dimension: Dimension, x: number): SVGElement[] {
    const some = this.data.lines.some((line) => shareOf(dimension, line.values[dimension.name]) === null);
    return some ? [svg("text", { x, y: HEIGHT - BOTTOM + 38, "text-anchor": "middle" }, trans.__("none"))] : [];
  }

  private drawBrush(node: SVGElement, dimension: Dimension): void {
    const brush = this.brushes.get(dimension.name);
    const shape = node.querySelector(".lepton-Brush")!;
    const [low, high] = brush ?? [0, 0];
    shape.setAttribute("y", coordinate(heightOf(high)));
    shape.setAttribute("height", brush ? coordinate(heightOf(low) - heightOf(high)) : "0");
    const range = brush
      ? trans.__("%1: %2 to %3", dimension.name, labelAt(dimension, low), labelAt(dimension, high))
      : trans.__("%1: no range", dimension.name);
    node.setAttribute("aria-label", dimension.name);
    node.setAttribute("aria-valuemin", "0");
    node.setAttribute("aria-valuemax", "100");
    node.setAttribute("aria-valuenow", String(brush ? Math.round((low + high) * 50) : 50));
    node.setAttribute("aria-valuetext", range);
  }

  private brushByPointer(event: PointerEvent, dimension: Dimension, hit: SVGElement): void {
    event.preventDefault();
    const axis = this.axisNode(dimension.name)!;
    axis.focus();
    const shareAt = (one: PointerEvent) => {
      const { top, height } = hit.getBoundingClientRect();
      return Math.min(1, Math.max(0, 1 - (one.clientY - top) / height));
    };
    const from = shareAt(event);
    this.follow(
      event,
      hit,
      (one) => {
        const to = shareAt(one);
        if (Math.abs(to - from) < 0.01) this.brushes.delete(dimension.name);
        else this.brushes.set(dimension.name, [Math.min(from, to), Math.max(from, to)]);
        this.drawBrush(axis, dimension);
        this.fade();
      },
      () => this.tell(),
    );
    // A press alone clears the range.
    this.brushes.delete(dimension.name);
    this.drawBrush(axis, dimension);
    this.fade();
  }

  private moveByPointer(event: PointerEvent, name: string, gap: number): void {
    event.preventDefault();
    const from = event.clientX;
    let to = from;
    this.follow(
      event,
      event.currentTarget as SVGElement,
      (one) => (to = one.clientX),
      () => {
        this.order = moved(this.order, name, gap > 0 ? Math.round((to - from) / gap) : 0);
        this.chart.update();
      },
    );
  }

  /** Follow the pointer until it is let go; meanwhile nothing is painted anew. */
  private follow(event: PointerEvent, on: SVGElement, move: (event: PointerEvent) => void, end: () => void): void {
    this.dragging = true;
    on.setPointerCapture(event.pointerId);
    const ended = () => {
      on.removeEventListener("pointermove", move);
      on.removeEventListener("pointerup", ended);
      on.removeEventListener("pointercancel", ended);
      this.dragging = false;
      end();
      this.chart.update();
    };
    on.addEventListener("pointermove", move);
    on.addEventListener("pointerup", ended);
    on.addEventListener("pointercancel", ended);
  }

  private key(event: KeyboardEvent, name: string): void {
    const steps: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1 };
    const step = steps[event.key];
    const after = step === undefined ? brushAfterKey(this.brushes.get(name), event.key, event.shiftKey) : undefined;
    if (step === undefined && after === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    if (step !== undefined) {
      this.order = moved(this.order, name, step);
      this.chart.update();
      return;
    }
    if (after) this.brushes.set(name, after);
    else this.brushes.delete(name);
    this.drawBrush(this.axisNode(name)!, this.dimensions().find((one) => one.name === name)!);
    this.fade();
    this.tell();
  }

  private keys(): ReadonlySet<string> | null {
    if (this.brushes.size === 0) return null;
    const ranged = this.data.dimensions.flatMap((one) => {
      const brush = this.brushes.get(one.name);
      return brush ? [{ dimension: one, brush }] : [];
    });
    return new Set(this.data.lines.filter((line) => inBrushes(line.values, ranged)).map((line) => line.key));
  }

  private fade(): void {
    const keys = this.keys();
    for (const { line, node } of this.drawnLines)
      node.classList.toggle("lepton-Faded", keys !== null && !keys.has(line.key));
  }

  private tell(): void {
    this.chosen(this.keys());
  }
}

function heightOf(share: number): number {
  return TOP + (1 - share) * (HEIGHT - TOP - BOTTOM);
}

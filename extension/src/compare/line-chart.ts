/**
 * The chart of compared runs with its legend. Enter: a ComparisonView and how it is to be drawn; leaves: lines whose values are read in the legend at the
 * place that a pointer or the arrow keys choose, and of which a pressed legend entry brings one group in front. A class because place and choice outlive
 * a new drawing.
 */
import type { ComparisonView } from "../../../kernel/contract/comparison.ts";
import { Chart } from "../chart/chart.ts";
import { seriesClass } from "../chart/colour.ts";
import { shareOf } from "../chart/dimension.ts";
import { svg } from "../chart/svg.ts";
import { tick } from "../chart/tick.ts";
import { kernelWord } from "../kernel-words.ts";
import { element } from "../run/dom.ts";
import { trans } from "../translation.ts";
import type { ComparedAxis } from "./axes.ts";
import { axisWord, type DrawnLines, drawLines, type LineSettings } from "./lines.ts";
import { nearestPlace, placesOf, type ReadValue, stepPlace, valuesAt } from "./readout.ts";

interface Entry {
  readonly button: HTMLButtonElement;
  readonly value: HTMLElement;
}

export class LineChart {
  readonly node = element("div", "lepton-LineChart");
  private readonly chart: Chart;
  private readonly legend = element("div", "lepton-Legend");
  private readonly cursor = svg("line", { class: "lepton-Cursor", "pointer-events": "none" });
  private entries: readonly Entry[] = [];
  private view: ComparisonView | null = null;
  private drawn: DrawnLines | null = null;
  /** Everything that a group is drawn with, in the order of the drawing. */
  private marks: readonly SVGElement[] = [];
  /** Where values can be read, rising. */
  private places: readonly number[] = [];
  private axis: ComparedAxis = "epoch";
  /** Where values are read, along the axis; null for each line's end. */
  private at: number | null = null;
  private only: number | null = null;

  constructor(private readonly settings: () => LineSettings) {
    this.chart = new Chart((width) => this.paint(width));
    const { node } = this.chart;
    node.addEventListener("pointermove", (event) => this.readAt(event));
    node.addEventListener("pointerleave", () => this.moveTo(null));
    node.addEventListener("keydown", (event) => this.key(event));
    this.node.append(node, this.legend);
  }

  show(view: ComparisonView): void {
    const names = view.groups.map(({ name }) => name).join("\n");
    if (names !== this.view?.groups.map(({ name }) => name).join("\n")) this.offer(view);
    this.view = view;
    this.update();
  }

  update(): void {
    this.chart.update();
  }

  dispose(): void {
    this.chart.dispose();
  }

  private offer(view: ComparisonView): void {
    this.only = null;
    this.entries = view.groups.map((group, index) => {
      const sample = svg("path", { d: "M0 7h28", class: `lepton-Line ${seriesClass(index)}` });
      const swatch = svg("svg", { width: 28, height: 14, "aria-hidden": "true", class: "lepton-Swatch" }, sample);
      const value = element("span", "lepton-LegendValue");
      const button = element("button", "lepton-LegendEntry lepton-LegendButton", swatch, group.name, value);
      button.type = "button";
      button.title = trans.__("Bring %1 in front of the others", group.name);
      button.setAttribute("aria-pressed", "false");
      button.addEventListener("click", () => this.choose(this.only === index ? null : index));
      return { button, value };
    });
    this.legend.replaceChildren(...this.entries.map(({ button }) => button));
  }

  private choose(group: number | null): void {
    this.only = group;
    for (const [index, { button }] of this.entries.entries())
      button.setAttribute("aria-pressed", String(index === group));
    this.fade();
  }

  /** The chosen group lies over the others, which are faded. */
  private fade(): void {
    const isChosen = (mark: SVGElement) => mark.dataset["group"] === String(this.only);
    for (const mark of this.marks) mark.classList.toggle("lepton-Faded", this.only !== null && !isChosen(mark));
    const others = this.marks.filter((mark) => !isChosen(mark));
    this.drawn?.node.append(...others, ...this.marks.filter(isChosen), this.cursor);
  }

  private paint(width: number): SVGElement | HTMLElement | null {
    if (!this.view) return null;
    const settings = this.settings();
    this.drawn = drawLines(this.view, settings, width);
    if (!this.drawn) return this.nothing();
    this.marks = [...this.drawn.node.querySelectorAll<SVGElement>("[data-group]")];
    this.places = placesOf(this.drawn.lines);
    // A place on another axis is none on this one; on this one the lines may be shorter now.
    if (settings.axis !== this.axis) this.at = null;
    this.axis = settings.axis;
    if (this.at !== null) this.at = nearestPlace(this.places, this.at, this.shareAt);
    this.fade();
    this.read();
    return this.drawn.node;
  }

  /** Without lines there is nothing to read: the chart is a sentence, and no slider. */
  private nothing(): HTMLElement {
    this.marks = [];
    this.places = [];
    this.at = null;
    const { node } = this.chart;
    for (const name of node.getAttributeNames()) {
      if (name === "role" || name === "tabindex" || name.startsWith("aria-")) node.removeAttribute(name);
    }
    for (const { value } of this.entries) value.textContent = "";
    return element("p", "lepton-Hint", trans.__("No run has ended an epoch yet."));
  }

  private readonly shareAt = (x: number) => (this.drawn && shareOf(this.drawn.across, x)) ?? 0;

  private readAt(event: PointerEvent): void {
    if (!this.drawn) return;
    const { inner, across } = this.drawn;
    const share = (event.clientX - this.drawn.node.getBoundingClientRect().left - inner.left) / inner.width;
    const { low, high, log } = across;
    const inside = Math.min(1, Math.max(0, share));
    const at = log ? low * (high / low) ** inside : low + (high - low) * inside;
    this.moveTo(nearestPlace(this.places, at, this.shareAt));
  }

  private key(event: KeyboardEvent): void {
    if (!this.drawn) return;
    const arrows = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 };
    const steps = { ...arrows, PageUp: 10, PageDown: -10, Home: -1e9, End: 1e9 }[event.key];
    if (steps === undefined && event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    this.moveTo(steps === undefined ? null : stepPlace(this.places, this.at, steps));
  }

  private moveTo(at: number | null): void {
    if (at === this.at) return;
    this.at = at;
    this.read();
  }

  /** The values into the legend, the cursor to its place, and both into words for who hears them. */
  private read(): void {
    if (!this.drawn) return;
    const { lines, inner, across, label } = this.drawn;
    const values = valuesAt(lines, this.at);
    const isBoth = values.some(({ split }) => split === "train") && values.some(({ split }) => split === undefined);
    for (const [index, { value }] of this.entries.entries()) {
      const own = values.filter(({ group }) => group === index);
      value.textContent = own.length === 0 ? tick(null) : own.map((one) => wordOf(one, isBoth)).join(" · ");
    }
    const x = inner.left + this.shareAt(this.at ?? across.low) * inner.width;
    for (const [name, place] of Object.entries({ x1: x, x2: x, y1: inner.top, y2: inner.top + inner.height }))
      this.cursor.setAttribute(name, String(place));
    this.cursor.classList.toggle("lepton-Hidden", this.at === null);
    const where = this.at === null ? trans.__("at the end") : `${axisWord(this.settings().axis)} ${tick(this.at)}`;
    const said = values.map((one) => `${this.view?.groups[one.group]?.name} ${wordOf(one, isBoth)}`);
    const { node } = this.chart;
    node.tabIndex = 0;
    node.setAttribute("role", "slider");
    node.setAttribute("aria-label", label);
    node.setAttribute("aria-valuemin", String(across.low));
    node.setAttribute("aria-valuemax", String(across.high));
    node.setAttribute("aria-valuenow", String(this.at ?? across.high));
    node.setAttribute("aria-valuetext", `${where}: ${said.join("; ")}`);
  }
}

/** A value; where lines on both rows are drawn, one on training rows says so. */
function wordOf({ value, split }: ReadValue, isBoth: boolean): string {
  return isBoth && split === "train" ? `${kernelWord(split)} ${tick(value)}` : tick(value);
}

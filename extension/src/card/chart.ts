/**
 * A card's chart in the page: an SVG built element by element, in the theme's own colours, so that nothing has to be drawn again when the theme
 * changes. A checked chart block enters; a figure leaves.
 */
import type { CardBlock, CardLine } from "../../../kernel/contract/card.ts";
import { tick } from "../chart/tick.ts";
import { element } from "../run/dom.ts";
import { cardWord } from "./words.ts";

type ChartBlock = Extract<CardBlock, { kind: "chart" }>;
type Range = readonly [number, number];

const SVG = "http://www.w3.org/2000/svg";
const size = { width: 320, height: 260, left: 44, right: 10, top: 8, bottom: 36 };
/** As many as style/base.css has colours for; then they begin again. */
const STROKES = 6;
const TICKS = 5;

export function chartFigure(chart: ChartBlock): HTMLElement {
  const [xRange, yRange] = ranges(chart);
  const x = (value: number) =>
    size.left + ((value - xRange[0]) / (xRange[1] - xRange[0])) * (size.width - size.left - size.right);
  const y = (value: number) =>
    size.height -
    size.bottom -
    ((value - yRange[0]) / (yRange[1] - yRange[0])) * (size.height - size.top - size.bottom);
  const svg = draw("svg", {
    viewBox: `0 0 ${size.width} ${size.height}`,
    role: "img",
    "aria-label": `${cardWord(chart.title)}: ${chart.lines.map((line) => cardWord(line.name)).join(", ")}`,
  });
  svg.append(...axis(xRange, yRange, x, y, chart));
  if (chart.hasDiagonal) {
    const [from, to] = [Math.max(xRange[0], yRange[0]), Math.min(xRange[1], yRange[1])];
    svg.append(draw("path", { class: "lepton-ChartGuide", d: `M${x(from)} ${y(from)}L${x(to)} ${y(to)}` }));
  }
  svg.append(...chart.lines.map((line, index) => drawLine(line, index, x, y)));
  const legend = element("ul", "lepton-ChartLegend", ...chart.lines.map(legendEntry));
  const figure = element("figure", "lepton-CardChart", element("figcaption", "", cardWord(chart.title)), legend);
  figure.insertBefore(svg, legend);
  return figure;
}

function draw(name: string, attributes: Readonly<Record<string, string | number>>, text = ""): SVGElement {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
  if (text) node.textContent = text;
  return node;
}

function ranges({ isUnit, hasDiagonal, lines }: ChartBlock): readonly [Range, Range] {
  if (isUnit)
    return [
      [0, 1],
      [0, 1],
    ];
  const x = extent(lines.flatMap((line) => line.x));
  const y = extent(lines.flatMap((line) => line.y));
  if (!hasDiagonal) return [x, y];
  const both: Range = [Math.min(x[0], y[0]), Math.max(x[1], y[1])];
  return [both, both];
}

function extent(values: readonly number[]): Range {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return [0, 1];
  return low === high ? [low - 1, high + 1] : [low, high];
}

type Place = (value: number) => number;

function axis(xRange: Range, yRange: Range, x: Place, y: Place, chart: ChartBlock): SVGElement[] {
  const bottom = size.height - size.bottom;
  const right = size.width - size.right;
  const at = ([low, high]: Range) => Array.from({ length: TICKS + 1 }, (_, i) => low + ((high - low) * i) / TICKS);
  const lines = [
    ...at(xRange).map((value) => `M${x(value)} ${size.top}V${bottom}`),
    ...at(yRange).map((value) => `M${size.left} ${y(value)}H${right}`),
  ];
  const label = (value: number) => tick(Number(value.toPrecision(3)));
  return [
    draw("path", { class: "lepton-ChartGrid", d: lines.join("") }),
    ...at(xRange).map((value) => draw("text", { x: x(value), y: bottom + 14, "text-anchor": "middle" }, label(value))),
    ...at(yRange).map((value) =>
      draw("text", { x: size.left - 5, y: y(value) + 4, "text-anchor": "end" }, label(value)),
    ),
    draw("text", { x: (size.left + right) / 2, y: size.height - 6, "text-anchor": "middle" }, cardWord(chart.xLabel)),
    draw(
      "text",
      { transform: `translate(11 ${(size.top + bottom) / 2}) rotate(-90)`, "text-anchor": "middle" },
      cardWord(chart.yLabel),
    ),
  ];
}

function drawLine(line: CardLine, index: number, x: Place, y: Place): SVGElement {
  const group = draw("g", { class: "lepton-ChartLine", "data-stroke": index % STROKES });
  const places = line.x.map((value, i) => [x(value), y(line.y[i] ?? 0)] as const);
  if (line.drawn === "line") {
    const d = places.map(([px, py], i) => `${i === 0 ? "M" : "L"}${px.toFixed(1)} ${py.toFixed(1)}`).join("");
    group.append(draw("path", { d }));
  }
  if (line.drawn === "points" || places.length <= 12) {
    group.append(...places.map(([cx, cy]) => draw("circle", { cx: cx.toFixed(1), cy: cy.toFixed(1), r: 2.2 })));
  }
  return group;
}

function legendEntry(line: CardLine, index: number): HTMLElement {
  const swatch = draw("svg", { viewBox: "0 0 24 8", width: 24, height: 8, "aria-hidden": "true" });
  const stroke = draw("g", { class: "lepton-ChartLine", "data-stroke": index % STROKES });
  stroke.append(line.drawn === "line" ? draw("path", { d: "M0 4H24" }) : draw("circle", { cx: 12, cy: 4, r: 3 }));
  swatch.append(stroke);
  const entry = element("li", "", cardWord(line.name));
  entry.prepend(swatch);
  return entry;
}

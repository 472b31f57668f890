/** A chart block of a card as an SVG picture, for HTML and for the files beside a markdown card. */
import type { CardBlock } from "@lepton/contract";
import { shorten } from "../format.ts";
import { ink, ordered, type Stroke, strokes } from "../palette.ts";
import { extent, type Scale, scale } from "../scale.ts";
import { coordinate, element, type Markup, picture, textElement } from "../svg.ts";

export type ChartBlock = Extract<CardBlock, { kind: "chart" }>;
type ChartLine = ChartBlock["lines"][number];

const size = { width: 440, plot: 300, left: 56, right: 16, top: 32, bottom: 44, legendRow: 18 };
const colours: readonly Stroke[] = [strokes.train, ...ordered];

export function chartPicture(chart: ChartBlock): string {
  const [xRange, yRange] = ranges(chart);
  const right = size.width - size.right;
  const bottom = size.top + size.plot;
  const x = scale({ low: xRange[0], high: xRange[1], from: size.left, to: right, count: 5 });
  const y = scale({ low: yRange[0], high: yRange[1], from: bottom, to: size.top, count: 5 });
  const height = bottom + size.bottom + size.legendRow * chart.lines.length;
  return picture(size.width, height, chart.title, [
    textElement(shorten(chart.title, 60), { x: 8, y: 18, "font-weight": 600, "font-size": 13 }),
    gridAndAxes(x, y, right, bottom),
    textElement(chart.xLabel, { x: (size.left + right) / 2, y: bottom + 34, "text-anchor": "middle", fill: ink.soft }),
    verticalText(chart.yLabel, (size.top + bottom) / 2),
    ...(chart.hasDiagonal ? [diagonal(x, y, xRange, yRange)] : []),
    ...chart.lines.map((line, index) => drawn(line, colours[index % colours.length]!, x, y)),
    ...chart.lines.map((line, index) => legendEntry(line, index, bottom + size.bottom)),
  ]);
}

type Range = readonly [number, number];

/** Points of one scale on both axes where the diagonal means equality. */
function ranges({ isUnit, hasDiagonal, lines }: ChartBlock): readonly [Range, Range] {
  if (isUnit)
    return [
      [0, 1],
      [0, 1],
    ];
  const x = extent(lines.flatMap((line) => line.x)) ?? [0, 1];
  const y = extent(lines.flatMap((line) => line.y)) ?? [0, 1];
  if (!hasDiagonal) return [x, y];
  const both: Range = [Math.min(x[0], y[0]), Math.max(x[1], y[1])];
  return [both, both];
}

function gridAndAxes(x: Scale, y: Scale, right: number, bottom: number): Markup {
  const across = y.ticks.map((tick) => `M${size.left} ${coordinate(y.at(tick.value))}H${right}`).join("");
  const down = x.ticks.map((tick) => `M${coordinate(x.at(tick.value))} ${size.top}V${bottom}`).join("");
  const small = { "font-size": 11, fill: ink.soft };
  return element("g", {}, [
    element("path", { d: across + down, stroke: ink.grid, fill: "none" }),
    element("path", { d: `M${size.left} ${size.top}V${bottom}H${right}`, stroke: ink.axis, fill: "none" }),
    ...x.ticks.map((tick) =>
      textElement(tick.label, { x: x.at(tick.value), y: bottom + 16, "text-anchor": "middle", ...small }),
    ),
    ...y.ticks.map((tick) =>
      textElement(tick.label, { x: size.left - 6, y: y.at(tick.value) + 4, "text-anchor": "end", ...small }),
    ),
  ]);
}

function verticalText(text: string, middle: number): Markup {
  return textElement(text, {
    transform: `translate(15 ${coordinate(middle)}) rotate(-90)`,
    "text-anchor": "middle",
    fill: ink.soft,
  });
}

function diagonal(x: Scale, y: Scale, [low, high]: Range, [bottom, top]: Range): Markup {
  const [from, to] = [Math.max(low, bottom), Math.min(high, top)];
  const d = `M${coordinate(x.at(from))} ${coordinate(y.at(from))}L${coordinate(x.at(to))} ${coordinate(y.at(to))}`;
  return element("path", { d, stroke: ink.axis, "stroke-dasharray": "3 4", fill: "none" });
}

function drawn(line: ChartLine, stroke: Stroke, x: Scale, y: Scale): Markup {
  const places = line.x.map((value, index) => [x.at(value), y.at(line.y[index]!)] as const);
  if (line.drawn === "points") {
    const dots = places.map(([cx, cy]) => element("circle", { cx, cy, r: 2.4 }));
    return element("g", { fill: stroke.color, "fill-opacity": "0.6" }, dots);
  }
  const d = places.map(([px, py], index) => `${index === 0 ? "M" : "L"}${coordinate(px)} ${coordinate(py)}`).join("");
  const dots = places.length <= 12 ? places.map(([cx, cy]) => element("circle", { cx, cy, r: 2.6 })) : [];
  return element("g", { fill: stroke.color }, [
    element("path", { d, stroke: stroke.color, "stroke-width": "1.8", "stroke-dasharray": stroke.dash, fill: "none" }),
    ...dots,
  ]);
}

function legendEntry(line: ChartLine, index: number, top: number): Markup {
  const stroke = colours[index % colours.length]!;
  const y = top + size.legendRow * index;
  const swatch =
    line.drawn === "points"
      ? element("circle", { cx: size.left + 12, cy: y, r: 3, fill: stroke.color })
      : element("path", {
          d: `M${size.left} ${y}h24`,
          stroke: stroke.color,
          "stroke-width": "1.8",
          "stroke-dasharray": stroke.dash,
        });
  const name = textElement(shorten(line.name, 52), { x: size.left + 30, y: y + 4, "font-size": 11, fill: ink.soft });
  return element("g", {}, [swatch, name]);
}

/** One panel of a chart: title, legend, axes with grid, lines and points. A place on the page and series enter; markup leaves. */
import { textWidth } from "./format.ts";
import { ink, type Stroke } from "./palette.ts";
import { extent, type Scale, scale } from "./scale.ts";
import { coordinate, element, type Markup, textElement } from "./svg.ts";

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Line {
  readonly name: string;
  readonly stroke: Stroke;
  readonly x: readonly number[];
  /** null breaks the line. */
  readonly y: readonly (number | null)[];
  readonly width?: number;
  /** A confidence band, drawn as far as the axis goes. */
  readonly band?: { readonly low: readonly (number | null)[]; readonly high: readonly (number | null)[] };
  /** Goes on level until the next point, as a best value so far does. */
  readonly stepped?: boolean;
}

/** A single point with a shape: a trial, the best epoch. */
export interface Mark {
  readonly x: number;
  readonly y: number;
  readonly shape: "circle" | "ring" | "cross" | "star";
  readonly color: string;
  readonly title?: string;
}

export interface PanelRequest {
  readonly box: Box;
  readonly title: string;
  readonly lines: readonly Line[];
  readonly marks: readonly Mark[];
  readonly xLabel: string;
  readonly xRange: readonly [number, number];
  /** Ticks of x at whole numbers only, as for epochs; true when left out. */
  readonly xIsWhole?: boolean;
  /** Said where there is nothing to draw yet. */
  readonly empty: string;
  /** Draw y by ratio when all values are positive and span more than a factor of 50. */
  readonly mayBeLog: boolean;
  /** True where the caller draws the lines' names itself. */
  readonly unnamed?: boolean;
  /** Legend entries besides the lines. */
  readonly legend?: readonly { readonly name: string; readonly mark: Mark["shape"]; readonly color: string }[];
}

const gutter = { left: 52, right: 12, top: 44, bottom: 40 };

export function panel(request: PanelRequest): Markup {
  const { box } = request;
  const inner: Box = {
    x: box.x + gutter.left,
    y: box.y + gutter.top,
    width: box.width - gutter.left - gutter.right,
    height: box.height - gutter.top - gutter.bottom,
  };
  const values = [...request.lines.flatMap((line) => line.y), ...request.marks.map((mark) => mark.y)];
  const yExtent = extent(values);
  const heading = textElement(request.title, { x: box.x + 8, y: box.y + 16, "font-weight": 600, "font-size": 13 });
  if (!yExtent) return element("g", {}, [heading, frame(inner), emptyNote(inner, request.empty)]);
  const x = scale({
    low: request.xRange[0],
    high: request.xRange[1],
    from: inner.x,
    to: inner.x + inner.width,
    count: 6,
    integer: request.xIsWhole ?? true,
  });
  const y = verticalScale(yExtent, inner, request.mayBeLog);
  return element("g", {}, [
    heading,
    ...(request.unnamed ? [] : [legend(request, box)]),
    grid(y, inner),
    axis(x, y, inner, request.xLabel),
    ...request.lines.flatMap((line) => (line.band ? drawBand(line, line.band, x, y, inner) : [])),
    ...request.lines.map((line) => drawLine(line, x, y)),
    ...request.marks.map((mark) => drawMark(mark, x.at(mark.x), y.at(mark.y))),
  ]);
}

/** The y scale with a little room above and below. */
function verticalScale([low, high]: readonly [number, number], inner: Box, mayBeLog: boolean): Scale {
  const place = { from: inner.y + inner.height, to: inner.y, count: 5 };
  if (mayBeLog && low > 0 && high / low > 50) return scale({ ...place, low: low / 1.1, high: high * 1.1, log: true });
  const room = (high - low) * 0.06;
  const floor = low >= 0 ? Math.max(0, low - room) : low - room;
  return scale({ ...place, low: floor, high: high + room });
}

function frame(inner: Box): Markup {
  return element("rect", { ...inner, fill: "none", stroke: ink.grid });
}

function emptyNote(inner: Box, text: string): Markup {
  return textElement(text, {
    x: inner.x + inner.width / 2,
    y: inner.y + inner.height / 2,
    "text-anchor": "middle",
    fill: ink.soft,
  });
}

function grid(y: Scale, inner: Box): Markup {
  const path = y.ticks
    .map((tick) => `M${coordinate(inner.x)} ${coordinate(y.at(tick.value))}h${coordinate(inner.width)}`)
    .join("");
  return element("path", { d: path, stroke: ink.grid, fill: "none" });
}

function axis(x: Scale, y: Scale, inner: Box, xLabel: string): Markup {
  const bottom = inner.y + inner.height;
  const small = { "font-size": 11, fill: ink.soft };
  const xTicks = x.ticks.map((tick) =>
    textElement(tick.label, { x: x.at(tick.value), y: bottom + 16, "text-anchor": "middle", ...small }),
  );
  const yTicks = y.ticks.map((tick) =>
    textElement(tick.label, { x: inner.x - 7, y: y.at(tick.value) + 4, "text-anchor": "end", ...small }),
  );
  const notches = x.ticks.map((tick) => `M${coordinate(x.at(tick.value))} ${coordinate(bottom)}v4`).join("");
  return element("g", {}, [
    element("path", {
      d: `M${coordinate(inner.x)} ${coordinate(bottom)}h${coordinate(inner.width)}${notches}`,
      stroke: ink.axis,
    }),
    ...xTicks,
    ...yTicks,
    textElement(xLabel, { x: inner.x + inner.width / 2, y: bottom + 32, "text-anchor": "middle", ...small }),
  ]);
}

/** Swatch and name of each line, right of the title or under it. */
function legend(request: PanelRequest, box: Box): Markup {
  const parts: Markup[] = [];
  let x = box.x + gutter.left;
  const y = box.y + 34;
  const name = (text: string) => {
    parts.push(textElement(text, { x, y: y + 4, "font-size": 11, fill: ink.soft }));
    x += textWidth(text, 11) + 16;
  };
  for (const line of request.lines) {
    parts.push(element("path", { d: `M${coordinate(x)} ${y}h22`, ...strokeOf(line) }));
    x += 27;
    name(line.name);
  }
  for (const entry of request.legend ?? []) {
    parts.push(drawMark({ shape: entry.mark, color: entry.color, x: 0, y: 0 }, x + 5, y));
    x += 14;
    name(entry.name);
  }
  return element("g", {}, parts);
}

function strokeOf(line: Line) {
  return {
    stroke: line.stroke.color,
    "stroke-width": line.width ?? 1.8,
    "stroke-dasharray": line.stroke.dash,
    "stroke-linejoin": "round",
    fill: "none",
  };
}

/** Along the high ends and back along the low ones; points without a band are left out. */
function drawBand(line: Line, band: NonNullable<Line["band"]>, x: Scale, y: Scale, inner: Box): Markup {
  const inside = (value: number) => Math.min(inner.y + inner.height, Math.max(inner.y, y.at(value)));
  const known = line.x.flatMap((at, index) => {
    const [low, high] = [band.low[index] ?? null, band.high[index] ?? null];
    return low === null || high === null ? [] : [{ x: x.at(at), low: inside(low), high: inside(high) }];
  });
  if (known.length < 2) return element("g", {});
  const up = known.map((point) => `${coordinate(point.x)} ${coordinate(point.high)}`);
  const back = known.toReversed().map((point) => `${coordinate(point.x)} ${coordinate(point.low)}`);
  const d = `M${[...up, ...back].join("L")}Z`;
  return element("path", { d, fill: line.stroke.color, "fill-opacity": "0.16" });
}

/** A path with gaps at null; a point alone between gaps is drawn as a dot. */
function drawLine(line: Line, x: Scale, y: Scale): Markup {
  let path = "";
  let open = false;
  const dots: Markup[] = [];
  for (const [index, value] of line.y.entries()) {
    const at = line.x[index];
    if (value === null || at === undefined || !Number.isFinite(value)) {
      open = false;
      continue;
    }
    const [px, py] = [coordinate(x.at(at)), coordinate(y.at(value))];
    const alone = !open && (line.y[index + 1] ?? null) === null;
    if (alone) dots.push(element("circle", { cx: x.at(at), cy: y.at(value), r: 2.5, fill: line.stroke.color }));
    path += !open ? `M${px} ${py}` : line.stepped ? `H${px}V${py}` : `L${px} ${py}`;
    open = true;
  }
  return element("g", {}, [element("path", { d: path, ...strokeOf(line) }), ...dots]);
}

/** A five-pointed star of radius `r` round (x, y), as a path. */
function starPath(x: number, y: number, r: number): string {
  const points = Array.from({ length: 10 }, (_, index) => {
    const angle = (index * Math.PI) / 5 - Math.PI / 2;
    const radius = index % 2 === 0 ? r : r * 0.42;
    return `${coordinate(x + radius * Math.cos(angle))} ${coordinate(y + radius * Math.sin(angle))}`;
  });
  return `M${points.join("L")}Z`;
}

function drawMark(mark: Mark, x: number, y: number): Markup {
  const { color } = mark;
  switch (mark.shape) {
    case "circle":
      return element("circle", { cx: x, cy: y, r: 3, fill: color, "fill-opacity": 0.75 });
    case "ring":
      return element("circle", { cx: x, cy: y, r: 4, fill: "none", stroke: color, "stroke-width": 1.5 });
    case "cross":
      return element("path", {
        d: `M${coordinate(x - 3.5)} ${coordinate(y - 3.5)}l7 7m0 -7l-7 7`,
        stroke: color,
        "stroke-width": 1.6,
        fill: "none",
      });
    case "star":
      return element("path", { d: starPath(x, y, 7), fill: color, stroke: "#ffffff", "stroke-width": 1 });
    default:
      return mark.shape satisfies never;
  }
}

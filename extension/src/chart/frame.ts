/** Axes, grid and titles round a drawing. Enter: two dimensions and a place; leaves: markup, and where a pair of values lies. */
import { type Dimension, shareOf, ticksOf } from "./dimension.ts";
import { cut, lettersOf } from "./letters.ts";
import { svg } from "./svg.ts";

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface FrameRequest {
  /** All there is room for, axes included. */
  readonly box: Box;
  readonly x: Dimension;
  readonly y: Dimension;
  readonly title?: string;
  readonly xLabel?: string;
  readonly yLabel?: string;
  /** Ticks of x at whole numbers only: epochs, trials. */
  readonly wholeX?: boolean;
  readonly wholeY?: boolean;
}

export interface Frame {
  readonly node: SVGGElement;
  /** The place inside the axes. */
  readonly inner: Box;
  at(x: unknown, y: unknown): readonly [number, number] | null;
}

export const gutter = { left: 58, right: 14, top: 26, bottom: 38 };

export function frame(request: FrameRequest): Frame {
  const { box, x, y } = request;
  const inner = {
    left: box.left + gutter.left,
    top: box.top + gutter.top,
    width: Math.max(20, box.width - gutter.left - gutter.right),
    height: Math.max(20, box.height - gutter.top - gutter.bottom),
  };
  const parts: SVGElement[] = [...yAxis(request, inner), ...xAxis(request, inner)];
  if (request.title) {
    parts.push(svg("text", { x: box.left + 4, y: box.top + 14, class: "lepton-ChartTitle" }, request.title));
  }
  return {
    node: svg("g", {}, ...parts),
    inner,
    at: (xValue, yValue) => {
      const [across, up] = [shareOf(x, xValue), shareOf(y, yValue)];
      return across === null || up === null
        ? null
        : [inner.left + across * inner.width, inner.top + (1 - up) * inner.height];
    },
  };
}

function yAxis({ y, yLabel, wholeY }: FrameRequest, inner: Box): SVGElement[] {
  const parts: SVGElement[] = [];
  for (const { share, label } of ticksOf(y, Math.max(2, Math.floor(inner.height / 42)), wholeY)) {
    const at = inner.top + (1 - share) * inner.height;
    parts.push(svg("line", { x1: inner.left, x2: inner.left + inner.width, y1: at, y2: at, class: "lepton-Grid" }));
    parts.push(svg("text", { x: inner.left - 6, y: at + 4, "text-anchor": "end" }, cut(label, 9)));
  }
  if (yLabel) {
    const middle = inner.top + inner.height / 2;
    const x = inner.left - gutter.left + 10;
    parts.push(svg("text", { x, y: middle, transform: `rotate(-90 ${x} ${middle})`, "text-anchor": "middle" }, yLabel));
  }
  return parts;
}

function xAxis({ x, xLabel, wholeX }: FrameRequest, inner: Box): SVGElement[] {
  const bottom = inner.top + inner.height;
  const widest = x.choices ? Math.max(...x.choices.map((choice) => Math.min(12, lettersOf(choice))), 4) * 7 : 56;
  const parts: SVGElement[] = [
    svg("line", { x1: inner.left, x2: inner.left + inner.width, y1: bottom, y2: bottom, class: "lepton-Axis" }),
  ];
  for (const { share, label } of ticksOf(x, Math.max(2, Math.floor(inner.width / widest)), wholeX)) {
    const at = inner.left + share * inner.width;
    parts.push(svg("line", { x1: at, x2: at, y1: bottom, y2: bottom + 4, class: "lepton-Axis" }));
    parts.push(svg("text", { x: at, y: bottom + 16, "text-anchor": "middle" }, cut(label, 12)));
  }
  if (xLabel) {
    parts.push(svg("text", { x: inner.left + inner.width / 2, y: bottom + 32, "text-anchor": "middle" }, xLabel));
  }
  return parts;
}

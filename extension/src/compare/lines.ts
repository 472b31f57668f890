/** Curves of compared runs in one chart: each group's mean with its band, single runs as lines. A ComparisonView and a metric enter; a drawing leaves. */
import type {
  ComparedBand,
  ComparedCurve,
  ComparedLines,
  ComparisonView,
} from "../../../kernel/contract/comparison.ts";
import { seriesClass } from "../chart/colour.ts";
import { type Dimension, extent, rangeOf, shareOf } from "../chart/dimension.ts";
import { type Box, type Frame, frame } from "../chart/frame.ts";
import { pathOf, svg, tip } from "../chart/svg.ts";
import { kernelWord } from "../kernel-words.ts";
import { trans } from "../translation.ts";
import { atEpoch, type ComparedAxis, placesOfGroup } from "./axes.ts";
import { bandPath } from "./band-path.ts";
import type { ReadLine } from "./readout.ts";
import { type ComparedRows, linesOn } from "./rows.ts";

const HEIGHT = 380;

export interface LineSettings {
  readonly metric: string;
  readonly rows: ComparedRows;
  /** 0 (none) to below 1. */
  readonly smoothing: number;
  readonly axis: ComparedAxis;
  /** Each run of a group behind its mean. */
  readonly single: boolean;
  readonly logX: boolean;
  readonly logY: boolean;
}

/** A curve or a band with its places along the axis. */
interface Placed<T> {
  readonly of: T;
  readonly x: readonly (number | null)[];
}

/** A drawing, and what its lines are made of, so that their values can be read. */
export interface DrawnLines {
  readonly node: SVGElement;
  readonly label: string;
  readonly across: Dimension;
  /** The place inside the axes. */
  readonly inner: Box;
  /** One a group: its mean, or its only run; a second one where it is drawn on training rows besides. */
  readonly lines: readonly ReadLine[];
}

export function drawLines(view: ComparisonView, settings: LineSettings, width: number): DrawnLines | null {
  const { metric, axis } = settings;
  const drawn = linesOn(view, settings.rows, metric, settings.smoothing);
  const curves = drawn.curves.map((curve) => placedCurve(view, curve, axis));
  if (curves.length === 0) return null;
  const bands = drawn.bands.map((band) => ({ of: band, x: placesOfGroup(view, band.group, band.x, axis) }));
  const x = rangeOf(
    axis,
    [...curves, ...bands].flatMap((one) => one.x),
    { room: 0.02, log: settings.logX },
  );
  const made = frame({
    box: { left: 0, top: 0, width, height: HEIGHT },
    x,
    y: heightsOf(drawn, settings),
    title: titleOf(drawn, metric, axisWord(axis)),
    xLabel: axis === "seconds" ? trans.__("seconds of training") : axisWord(axis),
    wholeX: axis !== "seconds",
  });
  const isBoth = isOnBoth(drawn);
  const isBeside = ({ split }: { readonly split?: "train" }) => isBoth && split === "train";
  const banded = new Set(bands.map(({ of }) => lineKey(of.group, of.split)));
  const isBanded = ({ of }: Placed<ComparedCurve>) => banded.has(lineKey(view.runs[of.run]!.group, of.split));
  const single = curves.filter((curve) => settings.single || !isBanded(curve));
  const label = trans.__("%1 of %2 runs in %3 groups", metric, view.runs.length, view.groups.length);
  const node = svg(
    "svg",
    { width, height: HEIGHT, role: "img", "aria-label": label },
    made.node,
    ...bands.map((band) => bandShape(band, made, x, isBeside(band.of))),
    ...single.map((curve) => {
      const run = view.runs[curve.of.run]!;
      const thin = isBanded(curve) ? " lepton-ThinLine" : "";
      const look = { more: `${thin}${isBeside(curve.of) ? " lepton-BesideLine" : ""}`, split: curve.of.split };
      return line(pathAlong(curve.x, curve.of.y, made), run.group, look, trans.__("%1, seed %2", run.name, run.seed));
    }),
    ...bands.map((band) => {
      const look = { more: isBeside(band.of) ? " lepton-BesideLine" : "", split: band.of.split };
      return line(pathAlong(band.x, band.of.mean, made), band.of.group, look, view.groups[band.of.group]!.name);
    }),
  );
  const lines = [
    ...bands.map(({ of, x: places }) => ({ group: of.group, x: places, y: of.mean, split: of.split })),
    ...curves
      .filter((curve) => !isBanded(curve))
      .map(({ of, x: places }) => ({ group: view.runs[of.run]!.group, x: places, y: of.y, split: of.split })),
  ];
  return { node, label, across: x, inner: made.inner, lines: lines.toSorted(inLegend) };
}

export function axisWord(axis: ComparedAxis): string {
  const words = { epoch: trans.__("epoch"), step: trans.__("step"), seconds: trans.__("time") };
  return words[axis];
}

function placedCurve(view: ComparisonView, curve: ComparedCurve, axis: ComparedAxis): Placed<ComparedCurve> {
  const clock = view.runs[curve.run]!.clock;
  return { of: curve, x: curve.x.map((epoch) => atEpoch(clock, epoch, axis)) };
}

function pathAlong(x: Placed<unknown>["x"], y: readonly (number | null)[], made: Frame): string {
  return pathOf(x.map((at, index) => made.at(at, y[index] ?? null)));
}

interface Look {
  /** Classes, each with a space before it. */
  readonly more: string;
  readonly split: "train" | undefined;
}

function line(d: string, group: number, { more, split }: Look, title: string): SVGElement {
  const said = split === undefined ? title : `${title}, ${kernelWord(split)}`;
  return svg("path", { d, class: `lepton-Line ${seriesClass(group)}${more}`, "data-group": String(group) }, tip(said));
}

function lineKey(group: number, split: "train" | undefined): string {
  return `${group} ${split}`;
}

/** Whether lines on validation and on training rows are drawn together; those on training rows are thinner then. */
function isOnBoth({ curves }: ComparedLines): boolean {
  return curves.some(({ split }) => split === "train") && curves.some(({ split }) => split === undefined);
}

/** By group, validation rows first. */
function inLegend(a: ReadLine, b: ReadLine): number {
  return a.group - b.group || Number(a.split === "train") - Number(b.split === "train");
}

function titleOf(drawn: ComparedLines, metric: string, axis: string): string {
  if (isOnBoth(drawn)) return trans.__("%1 by %2 on validation rows, thin lines on training rows", metric, axis);
  return drawn.curves[0]?.split === "train"
    ? trans.__("%1 on training rows by %2", metric, axis)
    : trans.__("%1 on validation rows by %2", metric, axis);
}

/** High enough for all lines; a band of two seeds may be far wider than what it is round, and is cut off. */
function heightsOf({ curves, bands }: ComparedLines, { metric, logY }: LineSettings): Dimension {
  const values = curves.flatMap((curve) => curve.y);
  const [low, high] = extent(values) ?? [0, 1];
  const room = (high - low) * 0.5;
  const floor = logY && low > 0 ? low / 2 : Number.NEGATIVE_INFINITY;
  const inBand = bands
    .flatMap((band) => [...band.low, ...band.high])
    .map((value) => (value === null ? null : Math.min(high + room, Math.max(low - room, floor, value))));
  return rangeOf(metric, [...values, ...inBand], { log: logY && low > 0 });
}

function bandShape({ of, x }: Placed<ComparedBand>, made: Frame, across: Dimension, isBeside: boolean): SVGElement {
  const { left, top, width, height } = made.inner;
  const d = bandPath(of, {
    x: (index) => {
      const share = shareOf(across, x[index]);
      return share === null ? null : left + share * width;
    },
    // Any place along the axis has the same heights.
    y: (value) => made.at(across.low, value)?.[1] ?? null,
    top,
    bottom: top + height,
  });
  return svg("path", {
    d,
    class: `lepton-Band ${seriesClass(of.group)}${isBeside ? " lepton-BesideBand" : ""}`,
    "data-group": String(of.group),
  });
}

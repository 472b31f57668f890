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
  /** One a group: its mean, or its only run. */
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
    title:
      settings.rows === "train"
        ? trans.__("%1 on training rows by %2", metric, axisWord(axis))
        : trans.__("%1 on validation rows by %2", metric, axisWord(axis)),
    xLabel: axis === "seconds" ? trans.__("seconds of training") : axisWord(axis),
    wholeX: axis !== "seconds",
  });
  const banded = new Set(bands.map((band) => band.of.group));
  const single = curves.filter((curve) => settings.single || !banded.has(view.runs[curve.of.run]!.group));
  const label = trans.__("%1 of %2 runs in %3 groups", metric, view.runs.length, view.groups.length);
  const node = svg(
    "svg",
    { width, height: HEIGHT, role: "img", "aria-label": label },
    made.node,
    ...bands.map((band) => bandShape(band, made, x)),
    ...single.map((curve) => {
      const run = view.runs[curve.of.run]!;
      const thin = banded.has(run.group) ? " lepton-ThinLine" : "";
      return line(pathAlong(curve.x, curve.of.y, made), run.group, thin, trans.__("%1, seed %2", run.name, run.seed));
    }),
    ...bands.map((band) =>
      line(pathAlong(band.x, band.of.mean, made), band.of.group, "", view.groups[band.of.group]!.name),
    ),
  );
  const lines = [
    ...bands.map(({ of, x: places }) => ({ group: of.group, x: places, y: of.mean })),
    ...curves
      .map(({ of, x: places }) => ({ group: view.runs[of.run]!.group, x: places, y: of.y }))
      .filter(({ group }) => !banded.has(group)),
  ];
  return { node, label, across: x, inner: made.inner, lines: lines.toSorted((a, b) => a.group - b.group) };
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

function line(d: string, group: number, more: string, title: string): SVGElement {
  return svg("path", { d, class: `lepton-Line ${seriesClass(group)}${more}`, "data-group": String(group) }, tip(title));
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

function bandShape({ of, x }: Placed<ComparedBand>, made: Frame, across: Dimension): SVGElement {
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
  return svg("path", { d, class: `lepton-Band ${seriesClass(of.group)}`, "data-group": String(of.group) });
}

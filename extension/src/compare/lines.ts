/** Curves of compared runs in one chart: each group's mean with its band, single runs as lines. A ComparisonView and a metric enter; a drawing leaves. */
import type { ComparedBand, ComparisonView } from "../../../kernel/contract/comparison.ts";
import { seriesClass } from "../chart/colour.ts";
import { type Dimension, extent, rangeOf } from "../chart/dimension.ts";
import { type Frame, frame } from "../chart/frame.ts";
import { coordinate, pathOf, svg, tip } from "../chart/svg.ts";
import { trans } from "../translation.ts";

const HEIGHT = 380;

export interface LineSettings {
  readonly metric: string;
  /** Each run of a group behind its mean. */
  readonly single: boolean;
  readonly log: boolean;
}

export function drawLines(view: ComparisonView, settings: LineSettings, width: number): SVGElement | null {
  const { metric } = settings;
  const curves = view.curves.filter((curve) => curve.metric === metric);
  if (curves.length === 0) return null;
  const bands = view.bands.filter((band) => band.metric === metric);
  const made = frame({
    box: { left: 0, top: 0, width, height: HEIGHT },
    x: rangeOf(
      "epoch",
      curves.flatMap((curve) => curve.x),
      { room: 0.02 },
    ),
    y: heightsOf(view, settings),
    title: trans.__("%1 on validation rows by epoch", metric),
    xLabel: trans.__("epoch"),
    wholeX: true,
  });
  const banded = new Set(bands.map((band) => band.group));
  const single = curves.filter((curve) => settings.single || !banded.has(view.runs[curve.run]!.group));
  const label = trans.__("%1 of %2 runs in %3 groups", metric, view.runs.length, view.groups.length);
  return svg(
    "svg",
    { width, height: HEIGHT, role: "img", "aria-label": label },
    made.node,
    ...bands.map((band) => bandShape(band, made)),
    ...single.map((curve) => {
      const run = view.runs[curve.run]!;
      const thin = banded.has(run.group) ? " lepton-ThinLine" : "";
      const d = pathOf(curve.x.map((x, index) => made.at(x, curve.y[index] ?? null)));
      return line(d, run.group, thin, `${run.name}, seed ${run.seed}`);
    }),
    ...bands.map((band) => {
      const d = pathOf(band.x.map((x, index) => made.at(x, band.mean[index] ?? null)));
      return line(d, band.group, "", view.groups[band.group]!.name);
    }),
  );
}

function line(d: string, group: number, more: string, title: string): SVGElement {
  return svg("path", { d, class: `lepton-Line ${seriesClass(group)}${more}` }, tip(title));
}

/** High enough for all lines; a band of two seeds may be far wider than what it is round, and is cut off. */
function heightsOf(view: ComparisonView, { metric, log }: LineSettings): Dimension {
  const values = view.curves.filter((curve) => curve.metric === metric).flatMap((curve) => curve.y);
  const [low, high] = extent(values) ?? [0, 1];
  const room = (high - low) * 0.5;
  const inBand = view.bands
    .filter((band) => band.metric === metric)
    .flatMap((band) => [...band.low, ...band.high])
    .map((value) => (value === null ? null : Math.min(high + room, Math.max(low - room, value))));
  return rangeOf(metric, [...values, ...inBand], { log: log && low > 0 });
}

function bandShape(band: ComparedBand, made: Frame): SVGElement {
  const { top, height } = made.inner;
  const inside = (y: number) => Math.min(top + height, Math.max(top, y));
  const edge = (x: number, value: number | null, otherwise: number) => {
    const at =
      value === null
        ? null
        : (made.at(x, value) ?? [
            made.at(
              x,
              band.mean.find((one) => one !== null),
            )![0],
            otherwise,
          ]);
    return at && `${coordinate(at[0])} ${coordinate(inside(at[1]))}`;
  };
  const known = band.x.flatMap((x, index) => {
    const [low, high] = [edge(x, band.low[index] ?? null, top + height), edge(x, band.high[index] ?? null, top)];
    return low && high ? [{ low, high }] : [];
  });
  const points = [...known.map((one) => one.high), ...known.toReversed().map((one) => one.low)];
  return svg("path", {
    d: points.length < 4 ? "" : `M${points.join("L")}Z`,
    class: `lepton-Band ${seriesClass(band.group)}`,
  });
}

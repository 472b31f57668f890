/**
 * The metric over two hyperparameters as filled contours with the trials on them. A StudyView and two names enter; a drawing leaves. Our own: a chart of
 * 40 trials is drawn in some milliseconds, and needs no library.
 */
import type { StudyView } from "../../../kernel/contract/study.ts";
import { shade, shadeText } from "../chart/colour.ts";
import { type Dimension, dimensionOf, extent, shareOf, textOf } from "../chart/dimension.ts";
import { type Box, frame } from "../chart/frame.ts";
import { mark, svg, tip } from "../chart/svg.ts";
import { tick } from "../chart/tick.ts";
import { isDark } from "../run/theme.ts";
import { trans } from "../translation.ts";
import { bandWords } from "./band-words.ts";
import { type Surface, type SurfacePoint, surfaceOf, valueAt } from "./surface.ts";
import { valueAxis } from "./value-axis.ts";

const HEIGHT = 380;
const LEGEND = 92;
const BANDS = 10;
const GRID = { columns: 48, rows: 36 };

export function drawContour(
  view: StudyView,
  names: readonly [string, string],
  width: number,
  log: boolean,
): SVGElement {
  const [xName, yName] = names;
  const dimensions = names.map((name) =>
    dimensionOf(
      name,
      view.trials.map((trial) => trial.parameters[name]),
      view.space[name],
    ),
  );
  const [x, y] = dimensions as [Dimension, Dimension];
  const box = { left: 0, top: 0, width: width - LEGEND, height: HEIGHT };
  const title = trans.__("%1 over %2 and %3", view.metric, xName, yName);
  const made = frame({
    box,
    x,
    y,
    title,
    xLabel: x.log ? `${xName} (log)` : xName,
    yLabel: y.log ? `${yName} (log)` : yName,
  });
  const isLog = valueAxis(view, log).log;
  const points = pointsOf(view, names, x, y).map((one) => (isLog ? { ...one, value: Math.log10(one.value) } : one));
  const range = extent(points.map((point) => point.value));
  const children: Element[] = [made.node];
  if (points.length >= 3 && range) {
    const surface = surfaceOf(points, GRID.columns, GRID.rows);
    const seen = extent(surface.values)!;
    children.unshift(pictureOf(surface, seen, made.inner));
    children.push(legend(seen, isLog, view, width - LEGEND + 8));
  } else {
    const empty = trans.__("A contour needs three trials with a value.");
    children.push(svg("text", { x: width / 2, y: HEIGHT / 2, "text-anchor": "middle" }, empty));
  }
  const marks = view.trials.flatMap((trial) => {
    const at = made.at(trial.parameters[xName], trial.parameters[yName]);
    if (!at || trial.value === null) return [];
    const text = `${trans.__("trial")} ${trial.number}: ${xName} ${textOf(trial.parameters[xName])}, ${yName} ${textOf(trial.parameters[yName])}, ${view.metric} ${tick(trial.value)}`;
    const one = mark(trial.state, at[0], at[1], text, trial.number === view.best);
    one.dataset["trial"] = String(trial.number);
    return [one];
  });
  return svg(
    "svg",
    { width, height: HEIGHT, role: "img", "aria-label": title, class: "lepton-Contour" },
    ...children,
    ...marks,
  );
}

function pointsOf(view: StudyView, names: readonly [string, string], x: Dimension, y: Dimension): SurfacePoint[] {
  return view.trials.flatMap((trial) => {
    const [across, up] = [shareOf(x, trial.parameters[names[0]]), shareOf(y, trial.parameters[names[1]])];
    const hasValue = trial.value !== null && trial.state !== "running";
    return across === null || up === null || !hasValue ? [] : [{ x: across, y: up, value: trial.value! }];
  });
}

/** The surface in bands of one colour each, as a picture inside the axes. */
function pictureOf(surface: Surface, [low, high]: readonly [number, number], inner: Box): SVGElement {
  const [width, height] = [Math.ceil(inner.width), Math.ceil(inner.height)];
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const pen = canvas.getContext("2d")!;
  const image = pen.createImageData(width, height);
  const dark = isDark();
  const colours = Array.from({ length: BANDS }, (_, band) => shade((band + 0.5) / BANDS, dark));
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const value = valueAt(surface, column / (width - 1), 1 - row / (height - 1));
      const share = high > low ? (value - low) / (high - low) : 0.5;
      const [red, green, blue] = colours[Math.min(BANDS - 1, Math.floor(share * BANDS))]!;
      image.data.set([red, green, blue, 255], (row * width + column) * 4);
    }
  }
  pen.putImageData(image, 0, 0);
  return svg("image", {
    x: inner.left,
    y: inner.top,
    width: inner.width,
    height: inner.height,
    href: canvas.toDataURL("image/png"),
    preserveAspectRatio: "none",
  });
}

function legend(range: readonly [number, number], isLog: boolean, view: StudyView, left: number): SVGElement {
  const dark = isDark();
  const top = 40;
  const step = 22;
  const cells = bandWords(range, BANDS, isLog).map((text, band) => {
    const index = BANDS - 1 - band;
    const fill = shadeText((band + 0.5) / BANDS, dark);
    return [
      svg("rect", { x: left, y: top + index * step, width: 16, height: step, fill }, tip(text)),
      svg("text", { x: left + 22, y: top + index * step + 15 }, text),
    ];
  });
  return svg("g", {}, svg("text", { x: left, y: top - 8 }, view.metric), ...cells.flat());
}

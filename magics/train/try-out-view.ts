/** What a dry run and a learning-rate test found, as their user sees it: a table of layers, a curve, and numbers to code. */
import { type Displayable, displaySymbol, type MimeBundle } from "@lepton/contract";
import { formatNumber } from "../draw/format.ts";
import { ink, strokes } from "../draw/palette.ts";
import { panel } from "../draw/panel.ts";
import { picture } from "../draw/svg.ts";
import { tableBundle } from "../draw/table.ts";
import type { RateCurve } from "./find-learning-rate.ts";
import type { Rehearsal } from "./rehearse.ts";

export type ShownRehearsal = Rehearsal & Displayable;
export type ShownCurve = RateCurve & Displayable;

export function shownRehearsal(rehearsal: Rehearsal): ShownRehearsal {
  const { name, layers, parameters, memoryBytes, batchSize, loss, stepMs, engine, device } = rehearsal;
  const caption =
    `${name}, dry run: ${parameters.toLocaleString("en-US")} parameters; at most ${formatNumber(memoryBytes / 1e6)} MB at ${batchSize} rows a batch; ` +
    `first batch: loss ${formatNumber(loss)}, ${formatNumber(stepMs)} ms a step (${engine}, ${device}). Nothing was written.`;
  const rows = layers.map((layer) => [layer.name, `[${layer.output.join(", ")}]`, layer.parameters]);
  const bundle = tableBundle({ caption, columns: ["layer", "output", "parameters"], rows, total: rows.length });
  return Object.defineProperty({ ...rehearsal }, displaySymbol, { value: () => bundle }) as ShownRehearsal;
}

export function shownCurve(curve: RateCurve): ShownCurve {
  const { suggested } = curve;
  const text =
    suggested === null
      ? "The loss never fell: look at the model and the data before the learning rate."
      : `Suggested: --learning-rate ${suggested} (the loss was smallest at ${formatNumber(curve.lowest ?? 0)}).`;
  const bundle: MimeBundle = { "image/svg+xml": curveSvg(curve, text), "text/plain": text };
  return Object.defineProperty({ ...curve }, displaySymbol, { value: () => bundle }) as ShownCurve;
}

function curveSvg({ rates, losses, suggested }: RateCurve, title: string): string {
  const x = rates.map((rate) => Math.log10(rate));
  const at = suggested === null ? -1 : rates.findIndex((rate) => rate >= suggested);
  const chart = panel({
    box: { x: 8, y: 8, width: 624, height: 284 },
    title,
    lines: [{ name: "loss", stroke: strokes.train, x, y: losses }],
    marks: at < 0 ? [] : [{ x: x[at]!, y: losses[at]!, shape: "star", color: ink.accent, title }],
    xLabel: "learning rate, as a power of ten",
    xRange: [x[0] ?? -7, x.at(-1) ?? 1],
    empty: "no step was taken",
    mayBeLog: true,
  });
  return picture(640, 300, title, [chart]);
}

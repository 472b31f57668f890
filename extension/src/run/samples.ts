/** Rows with what the model makes of them: images with their answers, or a table. A checked SamplesView enters; asked for when the tab is opened. */

import type { Sample, SamplesView } from "../../../kernel/contract/analysis.ts";
import { tick } from "../chart/tick.ts";
import { kernelWord } from "../kernel-words.ts";
import { trans } from "../translation.ts";
import { button, element, table } from "./dom.ts";

const IMAGE_PX = 96;

export class Samples {
  readonly node = element("div", "lepton-Samples");
  private readonly about = element("p", "lepton-Facts");
  private readonly rows = element("div", "lepton-SampleRows");

  constructor(ask: () => void) {
    const again = button(trans.__("Look again"), trans.__("Predict these rows with the weights as they are now"), ask);
    this.node.append(element("div", "lepton-Controls", again), this.about, this.rows);
  }

  say(text: string, ...actions: readonly HTMLElement[]): void {
    this.about.replaceChildren(text, ...actions.flatMap((action) => [" ", action]));
  }

  show(view: SamplesView): void {
    const classes = view.task !== "regression";
    const first = classes ? trans.__("the surest mistakes first") : trans.__("the largest errors first");
    this.say(trans.__("%1 rows of %2: %3, then others", String(view.samples.length), kernelWord(view.split), first));
    const { image } = view;
    this.rows.replaceChildren(...(image ? view.samples.map((sample) => picture(sample, image)) : [tableOf(view)]));
  }
}

function picture(sample: Sample, [height, width, channels]: readonly [number, number, number]): HTMLElement {
  const canvas = element("canvas", "lepton-Pixels");
  canvas.width = width;
  canvas.height = height;
  canvas.style.width = `${Math.round((IMAGE_PX * width) / Math.max(width, height))}px`;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", answer(sample));
  const pen = canvas.getContext("2d");
  if (pen) pen.putImageData(imageData(sample.pixels ?? "", width, height, channels), 0, 0);
  const words = element("figcaption", sample.isRight === false ? "lepton-Wrong" : "", answer(sample));
  return element("figure", "lepton-Sample", canvas, words);
}

function imageData(base64: string, width: number, height: number, channels: number): ImageData {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const data = new ImageData(width, height);
  for (let at = 0; at < width * height; at++) {
    for (let c = 0; c < 3; c++) data.data[at * 4 + c] = bytes[at * channels + (channels === 3 ? c : 0)] ?? 0;
    data.data[at * 4 + 3] = 255;
  }
  return data;
}

function answer({ actual, predicted, probability, isRight }: Sample): string {
  const sure = probability === null ? "" : ` ${(probability * 100).toFixed(0)} %`;
  if (isRight) return `\u2713 ${predicted}${sure}`;
  return isRight === null
    ? trans.__("%1, is %2", predicted, actual)
    : trans.__("\u2717 %1, is %2", predicted + sure, actual);
}

function tableOf({ samples, features, columns, task }: SamplesView): HTMLElement {
  const sure = task === "regression" ? [] : [trans.__("probability")];
  const head = [trans.__("row"), trans.__("actual"), trans.__("predicted"), ...sure, ...(columns ?? features)];
  const rows = samples.map(({ row, actual, predicted, probability, raw, values = [] }) => [
    String(row),
    actual,
    predicted,
    ...(task === "regression" ? [] : [tick(probability)]),
    ...(raw ?? values).map((value) => (typeof value === "string" ? value : tick(value))),
  ]);
  const caption = columns ? trans.__("Rows as they are in the file") : trans.__("Rows as training saw them");
  const made = table(caption, head, rows);
  for (const [index, row] of [...made.tBodies[0]!.rows].entries()) {
    if (samples[index]!.isRight === false) row.classList.add("lepton-Wrong");
  }
  return element("div", "lepton-Scrolls", made);
}

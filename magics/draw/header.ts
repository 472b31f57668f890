/** The head of a chart: title, a chip with the state, a line of facts, a progress bar. */
import { shorten, textWidth } from "./format.ts";
import { ink } from "./palette.ts";
import { element, type Markup, textElement } from "./svg.ts";

export interface Chip {
  readonly text: string;
  readonly color: string;
}

export interface HeaderRequest {
  readonly width: number;
  readonly title: string;
  readonly chip: Chip;
  readonly facts: readonly string[];
  /** 0 to 1. */
  readonly progress: number;
}

export function header(request: HeaderRequest): Markup {
  const { width, chip } = request;
  const title = shorten(request.title, 70);
  const chipWidth = textWidth(chip.text, 11) + 18;
  const chipX = width - 20 - chipWidth;
  const facts = shorten(request.facts.join("  ·  "), Math.floor((width - 40) / (12 * 0.55)));
  return element("g", {}, [
    textElement(title, { x: 20, y: 29, "font-size": 17, "font-weight": 600 }),
    element("rect", { x: chipX, y: 14, width: chipWidth, height: 19, rx: 9.5, fill: chip.color }),
    textElement(chip.text, {
      x: chipX + chipWidth / 2,
      y: 27.5,
      "font-size": 11,
      "font-weight": 600,
      "text-anchor": "middle",
      fill: "#ffffff",
    }),
    textElement(facts, { x: 20, y: 51, fill: ink.soft }),
    element("rect", { x: 20, y: 60, width: width - 40, height: 4, rx: 2, fill: ink.grid }),
    element("rect", { x: 20, y: 60, width: (width - 40) * request.progress, height: 4, rx: 2, fill: chip.color }),
  ]);
}

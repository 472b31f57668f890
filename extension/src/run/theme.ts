/** Colours of the page's theme, read when drawing, and one colour and dash for each line so that none is told apart by colour alone. */
import type { SplitName } from "../../../kernel/contract/run.ts";
import { settings } from "../settings.ts";

export interface Ink {
  readonly text: string;
  readonly faint: string;
  readonly grid: string;
  readonly background: string;
}

/** @source Okabe & Ito 2008, colours that all kinds of colour vision tell apart; without the yellow, too pale on white */
const colours = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00"];
const coloursOnDark = ["#56B4E9", "#E69F00", "#2FCBA0", "#E6A6CB", "#7FA8FF", "#F0E442"];

/** For readers who chose grey, and for print: dashes tell the lines apart. */
const greys = ["#1a1a1a", "#6e6e6e", "#444444"];
const greysOnDark = ["#f5f5f5", "#a0a0a0", "#cfcfcf"];

function palette(): readonly string[] {
  if (settings().colours === "grey") return isDark() ? greysOnDark : greys;
  return isDark() ? coloursOnDark : colours;
}

export function inkOf(node: HTMLElement): Ink {
  const style = getComputedStyle(node);
  const read = (name: string, otherwise: string) => style.getPropertyValue(name).trim() || otherwise;
  return {
    text: read("--jp-ui-font-color1", "#212121"),
    faint: read("--jp-ui-font-color2", "#616161"),
    grid: read("--jp-border-color2", "#e0e0e0"),
    background: read("--jp-layout-color0", "#ffffff"),
  };
}

export function isDark(): boolean {
  return document.body.dataset["jpThemeLight"] === "false";
}

const dashes: readonly number[][] = [[], [7, 4], [2, 3], [10, 3, 2, 3], [14, 4], [5, 2, 2, 2, 2, 2]];

/** The n-th of many series: six colours, and another dash for each, so that black and white still tells them apart; then the pairs shift. */
export function seriesStroke(index: number): { readonly colour: string; readonly dash: number[] } {
  const list = palette();
  const round = Math.floor(index / list.length);
  return { colour: list[index % list.length]!, dash: [...dashes[(index + round) % dashes.length]!] };
}

/** Training is drawn through, validation dashed, test dotted. */
export function strokeOf(split: SplitName, index: number): { readonly colour: string; readonly dash: number[] } {
  const list = palette();
  const dash = split === "train" ? [] : split === "validation" ? [7, 4] : [2, 3];
  return { colour: list[index % list.length]!, dash };
}

/** Colours and dashes that stay apart for colour-blind readers and in print. Source: Okabe and Ito, "Color Universal Design", 2008. */

export interface Stroke {
  readonly color: string;
  /** SVG's stroke-dasharray; undefined for a solid line. */
  readonly dash?: string;
}

const blue = "#0072b2";
const vermilion = "#d55e00";
const green = "#009e73";
const purple = "#aa4499";

export const strokes = {
  train: { color: blue },
  validation: { color: vermilion, dash: "7 3" },
  test: { color: green, dash: "2 3" },
} as const satisfies Readonly<Record<string, Stroke>>;

/** Series that share a panel, told apart by colour and dash. */
export const ordered: readonly Stroke[] = [
  { color: vermilion, dash: "7 3" },
  { color: green },
  { color: purple, dash: "2 3" },
  { color: "#56b4e9", dash: "10 3 2 3" },
  { color: "#b58900", dash: "4 2" },
];

export const ink = {
  text: "#1f2933",
  soft: "#52606d",
  axis: "#9aa5b1",
  grid: "#e4e7eb",
  accent: blue,
  good: green,
  bad: "#b3261e",
} as const;

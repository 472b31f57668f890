/** Pictures made comparable: numbers rounded, so that a change of the last digit is no change. */

/** One element a line, numbers to whole units. */
export function normalSvg(svg: string): string {
  return `${svg.replace(/>(?=<)/g, ">\n").replace(/-?\d+\.\d+(?:e-?\d+)?/g, (text) => String(Math.round(Number(text))))}\n`;
}

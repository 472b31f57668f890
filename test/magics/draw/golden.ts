/** Pictures made comparable: places rounded, so that a change of the last digit is no change. */

/** One element a line, numbers in attributes to whole units. */
export function normalSvg(svg: string): string {
  const whole = (text: string) => String(Math.round(Number(text)));
  const rounded = svg.replace(/="[^"]*"/g, (attribute) => attribute.replace(/-?\d+\.\d+(?:e-?\d+)?/g, whole));
  return `${rounded.replace(/>(?=<)/g, ">\n")}\n`;
}

/** Every point of a run as CSV (RFC 4180), one a row. Series enter, a file's text leaves. */
import type { PointSeries } from "./points.ts";

/** @param gauges  learning rate, memory ...: their split is empty */
export function csvOf(series: readonly PointSeries[], gauges: readonly PointSeries[]): string {
  const rows = ["split,name,step,epoch,seconds,value"];
  const add = (line: PointSeries, split: string) => {
    for (const [i, step] of line.step.entries()) {
      rows.push(
        [split, csvCell(line.name), step, known(line.epoch[i]), known(line.seconds[i]), line.y[i] ?? ""].join(","),
      );
    }
  };
  for (const line of series) add(line, line.split);
  for (const line of gauges) add(line, "");
  return `${rows.join("\n")}\n`;
}

/** Of every CSV file that the page writes: a text that begins like a formula is text to a spreadsheet too (OWASP, "CSV Injection"). */
export function csvCell(name: string): string {
  const safe = /^[=+\-@\t\r]/.test(name) ? `'${name}` : name;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function known(value: number | undefined): number | "" {
  return value !== undefined && Number.isFinite(value) ? value : "";
}

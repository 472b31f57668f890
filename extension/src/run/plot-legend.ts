/** The legend of a live chart: each line's dash and colour, its last value until the pointer asks for another, and switches that keys reach too. */
import type uPlot from "uplot";
import type { PointSeries } from "./points.ts";
import { strokeOf } from "./theme.ts";

/** The last known value of the n-th series; null before the first. */
export function lastOf(plot: uPlot, series: number): number | null {
  const values = plot.data[series];
  for (let at = (values?.length ?? 0) - 1; at >= 0; at--) {
    const value = values![at];
    if (value !== null && value !== undefined) return value;
  }
  return null;
}

/** A piece of each line beside its name. */
export function legendMarkers(lines: readonly PointSeries[]): uPlot.Legend.Markers {
  const strokeAt = (series: number) => {
    const index = (series - 1) % Math.max(1, lines.length);
    return strokeOf(lines[index]?.split ?? "train", index);
  };
  return {
    width: 2,
    fill: () => "transparent",
    stroke: (_plot, series) => strokeAt(series).colour,
    dash: (_plot, series) => {
      const [first = 0] = strokeAt(series).dash;
      return first === 0 ? "solid" : first > 3 ? "dashed" : "dotted";
    },
  };
}

/** uPlot hides and shows a line by a click on its name; Enter and the space bar do the same. */
export function dressLegend(plot: uPlot): void {
  for (const [index, row] of [...plot.root.querySelectorAll(".u-legend .u-series")].entries()) {
    const marker = row.querySelector<HTMLElement>(".u-marker");
    const name = row.querySelector<HTMLElement>(".u-label");
    if (!marker || !name) continue;
    marker.style.borderWidth = "2px 0 0";
    name.tabIndex = 0;
    name.setAttribute("role", "switch");
    const tell = () => name.setAttribute("aria-checked", String(plot.series[index]?.show !== false));
    tell();
    name.parentElement?.addEventListener("click", tell);
    name.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      name.click();
    });
  }
}

/** A run as text for terminals and for pages that show nothing else: state, sparklines of the curves, best and test values. */
import type { RunView } from "@lepton/contract";
import { formatNumber, formatSeconds, shorten, sparkline, stateAt } from "./format.ts";
import { headlineMetrics } from "./metric-names.ts";
import { alignColumns } from "./text-table.ts";

export function runText(view: RunView): string {
  const left = view.etaSeconds !== null && view.state === "running" ? `, ${formatSeconds(view.etaSeconds)} left` : "";
  const head = [
    shorten(view.name, 60),
    stateAt(view.state, view.updatedAt),
    `epoch ${formatNumber(Math.floor(view.epoch * 100) / 100)}/${view.epochs}`,
    `${formatSeconds(view.seconds)}${left}`,
    `${view.model} on ${view.dataset}`,
    `${view.engine} ${view.device}`,
    `seed ${view.seed}`,
  ].join("  ");
  return [head, ...alignColumns(curveRows(view)).map((line) => `  ${line}`), ...valueLines(view)].join("\n");
}

/** Split and metric, sparkline, first ─► last value, best value. */
function curveRows(view: RunView): string[][] {
  const shown = ["loss", ...headlineMetrics(view)];
  return view.series
    .filter((series) => shown.includes(series.name))
    .map((series) => {
      const best = series.split === "validation" ? view.best?.validation[series.name] : undefined;
      return [
        `${series.split} ${series.name}`,
        sparkline(series.y, 24),
        `${formatNumber(series.y[0])} → ${formatNumber(series.y.at(-1))}`,
        best === undefined ? "" : `best ${formatNumber(best)} (epoch ${view.best?.epoch})`,
      ];
    });
}

function valueLines(view: RunView): string[] {
  const lines: string[] = [];
  if (view.test) {
    const values = Object.entries(view.test).map(([name, value]) => `${name} ${formatNumber(value)}`);
    lines.push(`  test  ${values.join("  ")}`);
  }
  if (view.reason !== null) lines.push(`  ${view.state}: ${view.reason}`);
  lines.push(...view.messages.slice(-2).map((message) => `  ${message}`));
  return lines;
}

/**
 * A card as one HTML file: no script, no other file, nothing from the network; every text from data is escaped. It follows the reader's light or
 * dark theme, reads on a phone and prints.
 */
import type { CardBlock, CardTable, CardView } from "@lepton/contract";
import { formatNumber } from "../format.ts";
import { escapeMarkup } from "../svg.ts";
import { chartPicture } from "./chart.ts";

const style = `
:root { color-scheme: light dark; --ink: #1f2933; --soft: #52606d; --line: #d3d9e0; --back: #ffffff; --code: #f3f5f7; --blue: 0, 114, 178; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ec; --soft: #aab4be; --line: #3c4650; --back: #15191d; --code: #20262c; --blue: 86, 180, 233; } }
body { margin: 0 auto; padding: 24px 16px 64px; max-width: 60em; color: var(--ink); background: var(--back); line-height: 1.5;
  font-family: Inter, "Helvetica Neue", Helvetica, Arial, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif; }
h1 { margin: 0 0 4px; } h2 { margin: 32px 0 8px; padding-top: 8px; border-top: 1px solid var(--line); } h3 { margin: 16px 0 4px; font-size: 1em; }
.soft { color: var(--soft); } .asks { color: var(--soft); font-style: italic; }
dl { display: grid; grid-template-columns: minmax(8em, max-content) 1fr; gap: 2px 16px; margin: 8px 0; } dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: 8px 0; } caption { text-align: left; font-weight: 600; padding: 4px 0; }
th, td { padding: 3px 10px; border-bottom: 1px solid var(--line); text-align: right; } th:first-child { text-align: left; font-weight: normal; } thead th { font-weight: 600; }
td.shaded { background: rgba(var(--blue), calc(var(--share) * 0.55)); }
pre { background: var(--code); padding: 8px 12px; white-space: pre-wrap; overflow-wrap: anywhere; } .human { white-space: pre-wrap; margin: 4px 0; }
.charts { display: flex; flex-wrap: wrap; gap: 12px; } .charts svg { max-width: 100%; height: auto; }
@media (max-width: 36em) { dl { grid-template-columns: 1fr; } dd { margin-bottom: 6px; } }
@media print { h2 { break-after: avoid; } table, .charts svg, pre { break-inside: avoid; } }
`.trim();

export function cardHtml(card: CardView): string {
  const sections = card.sections.map(
    (section, index) =>
      `<section aria-labelledby="s${index}">\n<h2 id="s${index}">${escapeMarkup(section.title)}</h2>\n${blocks(section.blocks)}\n</section>`,
  );
  const name = escapeMarkup(card.name);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="generator" content="Lepton">
<title>${name}: model card</title>
<style>
${style}
</style>
</head>
<body>
<main>
<h1>${name}</h1>
<p class="soft">Model card of run ${escapeMarkup(card.run)}, ${escapeMarkup(card.createdAt.slice(0, 10))}</p>
${sections.join("\n")}
</main>
</body>
</html>
`;
}

/** Charts that follow each other stand beside each other. */
function blocks(all: readonly CardBlock[]): string {
  const parts: string[] = [];
  let charts: string[] = [];
  const flush = () => {
    if (charts.length > 0) parts.push(`<div class="charts">\n${charts.join("\n")}\n</div>`);
    charts = [];
  };
  for (const one of all) {
    if (one.kind === "chart") charts.push(chartPicture(one));
    else {
      flush();
      parts.push(block(one));
    }
  }
  flush();
  return parts.join("\n");
}

function block(one: Exclude<CardBlock, { kind: "chart" }>): string {
  switch (one.kind) {
    case "facts": {
      const rows = one.facts.map(({ name, value }) => `<dt>${escapeMarkup(name)}</dt><dd>${escapeMarkup(value)}</dd>`);
      return `<dl>\n${rows.join("\n")}\n</dl>`;
    }
    case "table":
      return `<div class="wide"><table>\n<caption>${escapeMarkup(one.title)}</caption>\n${table(one.table, one.isShaded ?? false)}\n</table></div>`;
    case "code":
      return `<h3>${escapeMarkup(one.title)}</h3>\n<pre><code>${escapeMarkup(one.text)}</code></pre>`;
    case "human": {
      const text =
        one.text === null
          ? `<p class="asks">${escapeMarkup(one.asks)} (to be written)</p>`
          : `<p class="human">${escapeMarkup(one.text)}</p>`;
      return `<h3>${escapeMarkup(one.title)}</h3>\n${text}`;
    }
    default:
      return one satisfies never;
  }
}

function table({ columns, rows }: CardTable, isShaded: boolean): string {
  const head = columns.map((name) => `<th scope="col">${escapeMarkup(name)}</th>`).join("");
  const body = rows.map((row) => {
    const total = row.reduce<number>((sum, cell) => sum + (typeof cell === "number" ? cell : 0), 0);
    const cells = row.map((cell, index) => {
      const text = escapeMarkup(typeof cell === "string" ? cell : formatNumber(cell));
      if (index === 0) return `<th scope="row">${text}</th>`;
      if (!isShaded || typeof cell !== "number") return `<td>${text}</td>`;
      return `<td class="shaded" style="--share: ${(total > 0 ? cell / total : 0).toFixed(3)}">${text}</td>`;
    });
    return `<tr>${cells.join("")}</tr>`;
  });
  return `<thead><tr>${head}</tr></thead>\n<tbody>\n${body.join("\n")}\n</tbody>`;
}

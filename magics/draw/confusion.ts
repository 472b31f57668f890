/** A confusion matrix as a panel: rows are what is true, columns what was predicted; shade is the share of the row. */
import type { RunView } from "@lepton/contract";
import { formatCount, shorten } from "./format.ts";
import { ink } from "./palette.ts";
import type { Box } from "./panel.ts";
import { element, type Markup, textElement, titleElement } from "./svg.ts";

type Confusion = NonNullable<RunView["confusion"]>;

export function confusionPanel(confusion: Confusion, box: Box, split = "test"): Markup {
  const count = confusion.classes.length;
  const left = box.x + 62;
  const top = box.y + 62;
  const side = Math.min((box.width - 74) / count, (box.height - 92) / count);
  const size = Math.max(6, Math.min(11, side * 0.42));
  const letters = Math.max(2, Math.floor(side / (size * 0.62)));
  const cells = confusion.counts.flatMap((row, r) =>
    row.map((value, c) =>
      cell(confusion, r, c, value, { x: left + c * side, y: top + r * side, width: side, height: side }, size),
    ),
  );
  const names = confusion.classes.flatMap((name, index) => {
    const middle = (index + 0.5) * side;
    const soft = { "font-size": size, fill: ink.soft };
    return [
      textElement(shorten(name, 8), { x: left - 5, y: top + middle + size / 3, "text-anchor": "end", ...soft }),
      textElement(shorten(name, letters), { x: left + middle, y: top - 5, "text-anchor": "middle", ...soft }),
    ];
  });
  return element("g", {}, [
    textElement(`Confusion (${split})`, { x: box.x + 8, y: box.y + 16, "font-weight": 600, "font-size": 13 }),
    textElement("predicted →", { x: left, y: box.y + 38, "font-size": 11, fill: ink.soft }),
    textElement("true ↓", { x: left - 5, y: box.y + 38, "font-size": 11, fill: ink.soft, "text-anchor": "end" }),
    ...cells,
    ...names,
  ]);
}

function cell(confusion: Confusion, row: number, column: number, value: number, box: Box, size: number): Markup {
  const total = confusion.counts[row]!.reduce((sum, one) => sum + one, 0);
  const share = total > 0 ? value / total : 0;
  const [from, to] = [confusion.classes[row]!, confusion.classes[column]!];
  return element("g", {}, [
    element("rect", { ...box, fill: "#0072b2", "fill-opacity": share.toFixed(3), stroke: ink.grid }),
    textElement(formatCount(value), {
      x: box.x + box.width / 2,
      y: box.y + box.height / 2 + size / 3,
      "text-anchor": "middle",
      "font-size": size,
      fill: share > 0.6 ? "#ffffff" : ink.text,
    }),
    titleElement(`true ${from}, predicted ${to}: ${value}`),
  ]);
}

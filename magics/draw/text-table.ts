/** Columns of text under one another in a terminal, wide (CJK) characters counted as two. */
import { terminalWidth } from "./format.ts";

export type Alignment = "left" | "right";

/** Pad cells so that columns line up; two spaces between, none at the end of a line. Columns without an alignment go left. */
export function alignColumns(rows: readonly (readonly string[])[], alignments: readonly Alignment[] = []): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, terminalWidth(cell));
  }
  return rows.map((row) =>
    row
      .map((cell, index) => {
        const room = " ".repeat(widths[index]! - terminalWidth(cell));
        return alignments[index] === "right" ? room + cell : cell + room;
      })
      .join("  ")
      .trimEnd(),
  );
}

/**
 * Settling: an executed cell's module is replaced by its declarations (`const x = f(y)` becomes `declare const x: number`), so that no later
 * question infers it again, however long the chain of cells is. A cell that cannot be declared stays as it is, only slower.
 */
import type { Notebook } from "./notebook.ts";
import type { Unit } from "./scope.ts";

/**
 * Settle executed cells, the oldest first, until the time is up. Types inferred for one cell serve the next, since the program stays the same
 * until all texts are replaced at the end.
 *
 * @returns true when some are left
 */
export function settle(notebook: Notebook, forMs: number): boolean {
  const until = performance.now() + forMs;
  const waiting = [...notebook.scope.units.values()].filter((unit) => !unit.settled);
  const declared = new Map<Unit, string>();
  for (const unit of waiting) {
    if (performance.now() > until && declared.size > 0) break;
    declared.set(unit, declarationsOf(notebook, unit) ?? unit.text);
  }
  for (const [unit, text] of declared) {
    unit.text = text;
    unit.settled = true;
    notebook.writeUnit(unit);
  }
  return declared.size < waiting.length;
}

function declarationsOf(notebook: Notebook, unit: Unit): string | undefined {
  const file = notebook.file(unit.module);
  if (notebook.service.getProgram()?.getSourceFile(file) === undefined) return undefined; // no living name: nobody asks
  const output = notebook.service.getEmitOutput(file, true, true);
  return output.outputFiles.find((emitted) => emitted.name.endsWith(".d.ts"))?.text;
}

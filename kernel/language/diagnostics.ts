/**
 * What TypeScript has against a cell. Enters: a draft. Leaves: errors and warnings at the cell's own lines. What is no mistake in a
 * notebook (assigning a name from an earlier cell, a package without types) is left out.
 */
import ts from "typescript";
import type { Draft } from "./draft.ts";
import { importStatement } from "./exported.ts";
import type { Notebook } from "./notebook.ts";
import { lineAndColumn } from "./offsets.ts";
import type { CellDiagnostic } from "./protocol.ts";
import { withoutOurs } from "./scope.ts";

/** Never shown. */
const noise: ReadonlySet<number> = new Set([
  7016, // Could not find a declaration file for module: the package has no types.
  2669, // Augmentations for the global scope ... : every cell is a module.
]);
/** Implicit any, shown only where the folder's tsconfig.json asks for it. */
const implicitAny: ReadonlySet<number> = new Set([
  7005, 7006, 7008, 7010, 7011, 7018, 7019, 7022, 7023, 7024, 7031, 7034, 7053,
]);
/** "Cannot assign to 'x' because it is an import": x is a constant, a class or a function of an earlier cell. */
const assignsImport = 2632;

export function diagnostics(notebook: Notebook, draft: Draft): readonly CellDiagnostic[] {
  if (draft.plain.wholeCell) return [];
  const syntax = notebook.service.getSyntacticDiagnostics(draft.file);
  const found = syntax.length > 0 ? syntax : notebook.service.getSemanticDiagnostics(draft.file);
  return found.flatMap((diagnostic) => cellDiagnostic(notebook, draft, diagnostic) ?? []);
}

function cellDiagnostic(notebook: Notebook, draft: Draft, diagnostic: ts.Diagnostic): CellDiagnostic | undefined {
  const start = (diagnostic.start ?? 0) - draft.offset;
  if (start < 0 || noise.has(diagnostic.code)) return undefined;
  if (!notebook.settings.own && implicitAny.has(diagnostic.code)) return undefined;
  const end = start + (diagnostic.length ?? 0);
  const said = withoutOurs(ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n"));
  const name = draft.plain.text.slice(start, end);
  return {
    code: diagnostic.code,
    severity: diagnostic.category === ts.DiagnosticCategory.Error ? "error" : "warning",
    message:
      diagnostic.code === assignsImport
        ? `Cannot assign to '${name}': an earlier cell declares it as a constant.`
        : said,
    ...lineAndColumn(draft.plain.text, start),
    start,
    end,
    ...fixOf(notebook, diagnostic.code, name),
  };
}

/** "Cannot find name 'x'": the import that would bring it, where one is known. */
function fixOf(notebook: Notebook, code: number, name: string): { readonly fix?: string } {
  const specifier = unknownName.has(code) ? notebook.exported.modules.get(name)?.[0] : undefined;
  return specifier === undefined ? {} : { fix: importStatement(name, specifier) };
}

const unknownName: ReadonlySet<number> = new Set([2304, 2552, 2503]);

/**
 * Where a cell assigns to a constant. Enters: JavaScript in which a name is assigned that this cell or an earlier one made with `const` or `import`; leaves:
 * the offsets of these assignments. A cell's top-level names are all `let`s of the notebook, so V8 does not see them; esbuild knows the scopes.
 */
import { utf16Column, withEsbuild } from "./transpile.ts";

/**
 * @param earlier constants of earlier cells that this one assigns and does not declare
 * @returns offsets of identifiers, in UTF-16 units; none where esbuild cannot read the text as one module
 */
export async function constantAssignments(js: string, earlier: readonly string[]): Promise<ReadonlySet<number>> {
  const head = earlier.length === 0 ? "\n" : `const ${earlier.map((name) => `${name} = 0`).join(", ")};\n`;
  const starts = lineStarts(js);
  const warnings = await withEsbuild((esbuild) =>
    esbuild.transform(head + js, { loader: "js", target: "node24", logLevel: "silent" }),
  )
    .then((result) => result.warnings)
    .catch(() => []); // a name declared twice, as notebooks may: V8's own checks remain
  const found = warnings.flatMap(({ id, location }) => (id === "assign-to-constant" && location ? [location] : []));
  return new Set(
    found.map(({ line, column, lineText }) => (starts[line - 2] ?? 0) + utf16Column(lineText, column)), // the head is line 1
  );
}

function lineStarts(text: string): readonly number[] {
  return [0, ...[...text.matchAll(/\r\n|[\n\r\u2028\u2029]/g)].map((end) => end.index + end[0].length)];
}

/** The names that each package exports, as a list under review: `npm run golden` writes it again, the diff is the change. */
import path from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";
import { root } from "./imports.ts";

const packages = {
  "@lepton/contract": "kernel/contract/index.ts",
  "@lepton/graph": "magics/graph/index.ts",
  "@lepton/magics": "magics/index.ts",
  "@lepton/engine-onnx": "plugins/engine-onnx/index.ts",
  "@lepton/engine-torch": "plugins/engine-torch/index.ts",
  "@lepton/source-duckdb": "plugins/source-duckdb/index.ts",
  "@lepton/server": "plugins/server/index.ts",
  "@lepton/target-local": "plugins/target-local/index.ts",
};

/** Exported names in the order of the index, types marked; an `export *` would show as such. */
function exportsOf(file: string): string[] {
  const source = ts.createSourceFile(file, ts.sys.readFile(path.join(root, file)) ?? "", ts.ScriptTarget.Latest, true);
  return source.statements.flatMap((statement): string[] => {
    if (ts.isExportAssignment(statement)) return ["default"];
    if (ts.isExportDeclaration(statement)) {
      if (!statement.exportClause || !ts.isNamedExports(statement.exportClause))
        return [`* from ${statement.moduleSpecifier?.getText()}`];
      return statement.exportClause.elements.map(
        (one) => `${statement.isTypeOnly || one.isTypeOnly ? "type " : ""}${one.name.text}`,
      );
    }
    const isExported =
      ts.canHaveModifiers(statement) &&
      ts.getModifiers(statement)?.some((one) => one.kind === ts.SyntaxKind.ExportKeyword);
    return isExported ? [`${statement.getText(source).split("\n")[0]} (declared in the index)`] : [];
  });
}

test("packages export what test/golden/api.txt lists, by name, in reading order", async () => {
  const parts = Object.entries(packages).map(([name, file]) =>
    [name, ...exportsOf(file).map((one) => `  ${one}`), ""].join("\n"),
  );
  const text = parts.join("\n");
  expect(text).not.toContain("* from");
  await expect(text).toMatchFileSnapshot("golden/api.txt");
});

/** The names that a cell's top level makes. Enters: a parsed cell. Leaves: name ─► kind, and what the cell exports or adds to the world itself. */
import ts from "typescript";

/** "variable" may be assigned again; the others are taken by import, which keeps their documentation and both meanings of a class. */
export type NameKind = "variable" | "constant" | "declaration" | "import";

export interface TopLevel {
  readonly names: ReadonlyMap<string, NameKind>;
  /** Names with an `export` of their own. */
  readonly exported: ReadonlySet<string>;
  /** True when the cell has `declare global` or `declare module`: it must stay in the program even when no name of it is alive. */
  readonly augments: boolean;
}

interface Found {
  names: Map<string, NameKind>;
  exported: Set<string>;
  augments: boolean;
}

/** Parse a cell alone: no binding, no types. */
export function parseCell(text: string, jsx: boolean): ts.SourceFile {
  return ts.createSourceFile(jsx ? "cell.tsx" : "cell.ts", text, ts.ScriptTarget.ESNext, false);
}

/** What the parser has against a file. TypeScript keeps it out of its types. */
export function syntaxErrors(file: ts.SourceFile): readonly ts.DiagnosticWithLocation[] {
  return (file as unknown as { parseDiagnostics: readonly ts.DiagnosticWithLocation[] }).parseDiagnostics;
}

export function topLevelOf(file: ts.SourceFile): TopLevel {
  const found: Found = { names: new Map(), exported: new Set(), augments: false };
  for (const statement of file.statements) addStatement(statement, found);
  return found;
}

function addStatement(statement: ts.Statement, found: Found): void {
  const exported = ts.canHaveModifiers(statement) && hasExport(statement);
  const add = (name: string, kind: NameKind) => {
    found.names.set(name, kind);
    if (exported) found.exported.add(name);
  };
  if (ts.isVariableStatement(statement)) addVariables(statement.declarationList, add);
  else if (ts.isModuleDeclaration(statement)) {
    if (ts.isStringLiteral(statement.name) || statement.flags & ts.NodeFlags.GlobalAugmentation) found.augments = true;
    else if (ts.isIdentifier(statement.name)) add(statement.name.text, "declaration");
  } else if (ts.isImportDeclaration(statement)) addImports(statement.importClause, add);
  else if (ts.isImportEqualsDeclaration(statement)) add(statement.name.text, "import");
  else if (ts.isExportDeclaration(statement)) addExportClause(statement, found);
  else if (
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isEnumDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement)
  ) {
    if (statement.name) add(statement.name.text, "declaration");
  } else addHoisted(statement, (name) => add(name, "variable"));
}

function hasExport(statement: ts.HasModifiers): boolean {
  const modifiers = ts.getModifiers(statement) ?? [];
  const has = (kind: ts.SyntaxKind) => modifiers.some((modifier) => modifier.kind === kind);
  return has(ts.SyntaxKind.ExportKeyword) && !has(ts.SyntaxKind.DefaultKeyword);
}

function addVariables(list: ts.VariableDeclarationList, add: (name: string, kind: NameKind) => void): void {
  const constant = (list.flags & ts.NodeFlags.BlockScoped) > ts.NodeFlags.Let;
  for (const declaration of list.declarations) {
    for (const name of namesOf(declaration.name)) add(name, constant ? "constant" : "variable");
  }
}

function namesOf(name: ts.BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) => (ts.isOmittedExpression(element) ? [] : namesOf(element.name)));
}

function addImports(clause: ts.ImportClause | undefined, add: (name: string, kind: NameKind) => void): void {
  if (clause?.name) add(clause.name.text, "import");
  const bindings = clause?.namedBindings;
  if (bindings === undefined) return;
  if (ts.isNamespaceImport(bindings)) add(bindings.name.text, "import");
  else for (const element of bindings.elements) add(element.name.text, "import");
}

function addExportClause(statement: ts.ExportDeclaration, found: Found): void {
  if (!statement.exportClause || !ts.isNamedExports(statement.exportClause)) return;
  for (const element of statement.exportClause.elements) found.exported.add(element.name.text);
}

/** `var` inside blocks and loops belongs to the cell's top level. */
function addHoisted(node: ts.Node, add: (name: string) => void): void {
  if (ts.isFunctionLike(node) || ts.isClassLike(node) || ts.isExpressionStatement(node)) return;
  if (ts.isVariableDeclarationList(node) && !(node.flags & ts.NodeFlags.BlockScoped)) addVariables(node, add);
  ts.forEachChild(node, (child) => addHoisted(child, add));
}

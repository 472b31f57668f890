/**
 * The names that a piece of JavaScript uses but does not declare. Enters: a syntax tree; leaves: names. Apart because it is plain scope analysis, with
 * no notion of notebooks. A name declared anywhere in a block belongs to that block, `var` and functions' own names to the function.
 */
import type { AnyNode } from "acorn";

type Node = AnyNode & Readonly<Record<string, unknown>>;

/** Free names in the order of first use, `this` and property names not among them. */
export function freeNames(tree: AnyNode): string[] {
  const found = new Set<string>();
  visit(tree as Node, [], found);
  return [...found];
}

type Scopes = readonly ReadonlySet<string>[];

function visit(node: Node, scopes: Scopes, found: Set<string>): void {
  switch (node.type) {
    case "Identifier":
      if (!scopes.some((scope) => scope.has(node.name))) found.add(node.name);
      return;
    case "FunctionExpression":
    case "FunctionDeclaration":
    case "ArrowFunctionExpression":
      return visitFunction(node, scopes, found);
    case "ClassExpression":
    case "ClassDeclaration":
      return visitParts(node, node.id ? [...scopes, new Set([node.id.name])] : scopes, found, ["superClass", "body"]);
    case "MemberExpression":
      return visitParts(node, scopes, found, node.computed ? ["object", "property"] : ["object"]);
    case "Property":
    case "MethodDefinition":
    case "PropertyDefinition":
      return visitParts(node, scopes, found, node.computed ? ["key", "value"] : ["value"]);
    case "LabeledStatement":
      return visitParts(node, scopes, found, ["body"]);
    case "BreakStatement":
    case "ContinueStatement":
    case "MetaProperty":
    case "ImportDeclaration":
      return;
    case "CatchClause":
      return visitParts(node, [...scopes, new Set(node.param ? patternNames(node.param as Node) : [])], found);
    case "BlockStatement":
    case "StaticBlock":
    case "Program":
    case "SwitchStatement":
    case "ForStatement":
    case "ForInStatement":
    case "ForOfStatement":
      return visitParts(node, [...scopes, new Set(blockNames(node))], found);
    default:
      return visitParts(node, scopes, found);
  }
}

function visitFunction(node: Node, scopes: Scopes, found: Set<string>): void {
  const { params, id } = node as unknown as { params: Node[]; id?: { name: string } | null };
  const own = new Set<string>(["arguments", ...params.flatMap(patternNames), ...varNames(node["body"] as Node)]);
  if (node.type === "ArrowFunctionExpression") own.delete("arguments");
  if (id) own.add(id.name);
  visitParts(node, [...scopes, own], found, ["params", "body"]);
}

function visitParts(node: Node, scopes: Scopes, found: Set<string>, keys: readonly string[] = Object.keys(node)): void {
  for (const key of keys) for (const child of nodesIn(node[key])) visit(child, scopes, found);
}

function nodesIn(value: unknown): Node[] {
  if (Array.isArray(value)) return value.flatMap(nodesIn);
  return typeof value === "object" && value !== null && typeof (value as Node).type === "string" ? [value as Node] : [];
}

/** Names that a pattern binds: `a`, `{ a, b: [c] }`, `...rest`, `a = 1`. */
function patternNames(pattern: Node): string[] {
  switch (pattern.type) {
    case "Identifier":
      return [pattern.name];
    case "ObjectPattern":
      return pattern.properties.flatMap((property) => {
        return patternNames((property.type === "RestElement" ? property.argument : property.value) as Node);
      });
    case "ArrayPattern":
      return pattern.elements.flatMap((element) => (element ? patternNames(element as Node) : []));
    case "RestElement":
      return patternNames(pattern.argument as Node);
    case "AssignmentPattern":
      return patternNames(pattern.left as Node);
    default:
      return [];
  }
}

/** let, const, class, function and imports declared directly in a block, a switch or the head of a loop. */
function blockNames(node: Node): string[] {
  const cases = node.type === "SwitchStatement" ? node.cases.flatMap(({ consequent }) => consequent) : [];
  const parts = [node["body"], node["init"], node["left"], cases].flatMap(nodesIn);
  const list = node.type.startsWith("For") ? parts.filter((part) => part.type === "VariableDeclaration") : parts;
  return list.flatMap(declaredNames);
}

function declaredNames(node: Node): string[] {
  if (node.type === "ImportDeclaration") return node.specifiers.map(({ local }) => local.name);
  if (/^Export(Named|Default)/.test(node.type)) return nodesIn(node["declaration"]).flatMap(declaredNames);
  if (node.type === "VariableDeclaration") return node.declarations.flatMap(({ id }) => patternNames(id as Node));
  if (node.type === "FunctionDeclaration" || node.type === "ClassDeclaration") return node.id ? [node.id.name] : [];
  return [];
}

/** `var` anywhere in a function's body but inside other functions. */
function varNames(node: Node): string[] {
  if (/Function/.test(node.type) || node.type.startsWith("Class")) return [];
  const own = node.type === "VariableDeclaration" && node.kind === "var" ? declaredNames(node) : [];
  return [...own, ...Object.keys(node).flatMap((key) => nodesIn(node[key]).flatMap(varNames))];
}

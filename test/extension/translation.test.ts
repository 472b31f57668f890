/**
 * The interface's words: each goes through the translator, and each has its Chinese. Read from the extension's sources by TypeScript's own parser, so
 * that a word that no test shows is found too.
 */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { root } from "../../.house/environment.mjs";
import { cardPatternWords, cardWords } from "../../extension/src/card/words.ts";

const sources = path.join(root, "extension", "src");
const catalogueFile = path.join(root, "extension", "lepton_lab", "locale", "zh_CN", "LC_MESSAGES", "lepton.json");
const catalogue = JSON.parse(readFileSync(catalogueFile, "utf8")) as Record<string, readonly string[]>;

interface Found {
  readonly text: string;
  readonly place: string;
  /** Between the values of a template. */
  readonly isPart: boolean;
}

const files = filesOf(sources);

function filesOf(folder: string): ts.SourceFile[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"))
    .map((name) => parse(path.join(folder, name)));
}

function parse(file: string): ts.SourceFile {
  return ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
}

/** What a translator is called with: `trans.__("text")`, `trans._n("one", "many", count)` whose entry is the first; and the lists of words that are handed to it. */
function translated(): Found[] {
  return files.flatMap((file) => [
    ...nodes(file, ts.isCallExpression).flatMap((call) => {
      return /^_[_n]$/.test(methodOf(call)) ? literals(call.arguments[0]!) : [];
    }),
    ...nodes(file, ts.isVariableDeclaration).flatMap((list) =>
      /[wW]ords$/.test(list.name.getText()) && list.initializer ? literals(list.initializer) : [],
    ),
  ]);
}

/** Words of the page that no translator sees. */
function untranslated(): Found[] {
  return files.flatMap((file) => nodes(file, isShown).flatMap((node) => literals(node)));
}

/** An expression whose text a reader meets, in the forms that these sources use. */
function isShown(node: ts.Node): node is ts.Expression {
  const { parent } = node;
  if (!parent) return false;
  if (ts.isCallExpression(parent)) return isShownArgument(parent, parent.arguments.indexOf(node as ts.Expression));
  if (ts.isBinaryExpression(parent) && parent.right === node && ts.isPropertyAccessExpression(parent.left))
    return parent.operatorToken.kind === ts.SyntaxKind.EqualsToken && shownProperties.has(parent.left.name.text);
  return ts.isPropertyAssignment(parent) && parent.initializer === node && shownProperties.has(parent.name.getText());
}

const shownProperties = new Set(["textContent", "title", "placeholder", "label", "caption", "alt", "refused", "body"]);
const shownAttributes = /^(aria-label|title|placeholder|alt)$/;

function isShownArgument(call: ts.CallExpression, at: number): boolean {
  const name = ts.isIdentifier(call.expression) ? call.expression.text : methodOf(call);
  if (name === "element" || name === "append" || name === "prepend") return at >= (name === "element" ? 2 : 0);
  if (name === "button" || name === "table") return at === 0 || at === 1;
  if (name === "say" || name === "columnHeader") return at === 0;
  if (name === "setAttribute") return at === 1 && shownAttributes.test(literals(call.arguments[0]!)[0]?.text ?? "");
  return false;
}

function methodOf(call: ts.CallExpression): string {
  return ts.isPropertyAccessExpression(call.expression) ? call.expression.name.text : "";
}

function nodes<N extends ts.Node>(from: ts.Node, is: (node: ts.Node) => node is N): N[] {
  const found: N[] = [];
  const visit = (node: ts.Node): void => {
    if (is(node)) found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(from);
  return found;
}

/** The texts that an expression may stand for; what is called, looked up or compared in it is not its text. */
function literals(node: ts.Node): Found[] {
  if (ts.isStringLiteralLike(node)) return [{ text: node.text, place: placeOf(node), isPart: false }];
  if (ts.isTemplateExpression(node))
    return [node.head, ...node.templateSpans.map((span) => span.literal)].map((part) => ({
      text: part.text,
      place: placeOf(node),
      isPart: true,
    }));
  if (ts.isConditionalExpression(node)) return [...literals(node.whenTrue), ...literals(node.whenFalse)];
  if (ts.isParenthesizedExpression(node) || ts.isSpreadElement(node)) return literals(node.expression);
  if (ts.isArrayLiteralExpression(node)) return node.elements.flatMap(literals);
  if (ts.isBinaryExpression(node)) return [...literals(node.left), ...literals(node.right)];
  return [];
}

function placeOf(node: ts.Node): string {
  const file = node.getSourceFile();
  const { line } = file.getLineAndCharacterOfPosition(node.getStart());
  return `${path.relative(root, file.fileName)}:${line + 1}`;
}

/** Formats' names, and what stands in every language as it is. */
const same = /^(CSV|PNG|SVG|JSON|Lepton|Split|Type)$/;
const isWord = ({ text }: Found) => /\p{L}{2,}/u.test(text) && !same.test(text.trim());
const told = ({ text, place }: Found) => `${place} "${text}"`;
const placeholders = (text: string) => [...new Set(text.match(/%\d/g) ?? [])].sort();

describe("the interface's words", () => {
  test("every text that a reader meets goes through the translator", () => {
    expect(untranslated().filter(isWord).map(told)).toEqual([]);
  });

  test("every text has its Chinese, and the Chinese keeps the places of its values", () => {
    const texts = translated();
    expect(texts.length).toBeGreaterThan(200);
    expect(texts.filter(({ text }) => !catalogue[text]?.[0]).map(told)).toEqual([]);
    const entries = Object.entries(catalogue).filter(([text]) => text !== "");
    expect(entries.filter(([text, [chinese = ""]]) => !sameValues(text, chinese)).map(([text]) => text)).toEqual([]);
  });

  test("the catalogue has no text that the interface lost", () => {
    const texts = new Set(translated().map(({ text }) => text));
    expect(Object.keys(catalogue).filter((text) => text !== "" && !texts.has(text))).toEqual([]);
  });
});

describe("words from elsewhere", () => {
  test("every fixed word that the kernel writes into a card is known to the page", () => {
    // results.ts writes eval_results.yaml, which is no part of the page.
    const written = filesOf(path.join(root, "magics", "draw", "card")).flatMap((file) =>
      nodes(file, ts.isPropertyAssignment)
        .filter(() => !file.fileName.endsWith("results.ts"))
        .filter((one) => /^(title|asks|name|xLabel|yLabel)$/.test(one.name.getText()))
        .flatMap((one) => literals(one.initializer)),
    );
    expect(written.length).toBeGreaterThan(50);
    const isKnown = ({ text, isPart }: Found) =>
      isPart ? [...cardWords, ...cardPatternWords].some((words) => words.includes(text)) : cardWords.includes(text);
    expect(written.filter((one) => isWord(one) && !isKnown(one)).map(told)).toEqual([]);
  });

  test("the settings' schema says what the translator knows", () => {
    const schema = JSON.parse(readFileSync(path.join(root, "extension", "schema", "settings.json"), "utf8"));
    const said = Object.values(schema.properties as Record<string, { title: string; description: string }>);
    const words = [schema.description, ...said.flatMap(({ title, description }) => [title, description])];
    expect(words.filter((text) => !catalogue[text])).toEqual([]);
  });
});

function sameValues(text: string, chinese: string): boolean {
  return placeholders(text).join() === placeholders(chinese).join();
}

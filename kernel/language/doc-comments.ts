/**
 * Documentation comments of TypeScript files, parsed when somebody reads them. Their trees are a tenth of the language service's memory and half
 * of the time to its first answer; an inspection needs two or three of them. Enters: a question that reads documentation. Leaves: its answer.
 *
 * How: files are parsed without them (`jsDocMode`), and while `withDocs` runs a node without `jsDoc` makes its own from the text before it.
 */
import ts from "typescript";

/** TypeScript's own, not in its types. */
interface Inner {
  readonly objectAllocator: { getNodeConstructor(): { readonly prototype: object } };
  getJSDocCommentRanges(node: ts.Node, text: string): readonly ts.CommentRange[] | undefined;
  parseIsolatedJSDocComment(text: string, start: number, length: number): { readonly jsDoc: ts.JSDoc } | undefined;
  setParent(child: ts.Node, parent: ts.Node): void;
  setParentRecursive(root: ts.Node, incremental: boolean): void;
}
const inner = ts as unknown as Inner;

/** In JavaScript they are types, and are parsed. */
export const jsDocMode = ts.JSDocParsingMode.ParseForTypeInfo;

let reading = false;
const known = new WeakMap<ts.Node, readonly ts.JSDoc[]>();

Object.defineProperty(inner.objectAllocator.getNodeConstructor().prototype, "jsDoc", {
  configurable: true,
  get(this: ts.Node): readonly ts.JSDoc[] | undefined {
    return reading ? docsOf(this) : undefined;
  },
  /** TypeScript sets undefined at every declaration it makes. */
  set(this: ts.Node, value: readonly ts.JSDoc[] | undefined) {
    if (value !== undefined)
      Object.defineProperty(this, "jsDoc", { value, writable: true, configurable: true, enumerable: true });
  },
});

/** Answer a question that shows documentation. */
export function withDocs<T>(answer: () => T): T {
  reading = true;
  try {
    return answer();
  } finally {
    reading = false;
  }
}

function docsOf(node: ts.Node): readonly ts.JSDoc[] | undefined {
  const before = known.get(node);
  if (before) return before;
  const text = (node.getSourceFile() as ts.SourceFile | undefined)?.text;
  if (text === undefined || node.pos < 0) return undefined;
  const docs = (inner.getJSDocCommentRanges(node, text) ?? []).flatMap(({ pos, end }) => {
    const found = inner.parseIsolatedJSDocComment(text, pos, end - pos)?.jsDoc;
    if (!found) return [];
    inner.setParentRecursive(found, false);
    inner.setParent(found, node);
    return [found];
  });
  known.set(node, docs);
  return docs;
}

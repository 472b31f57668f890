/** Help inside a call's brackets: every overload, its parameters, and which one the cursor is at. */
import ts from "typescript";
import { withDocs } from "./doc-comments.ts";
import type { Draft } from "./draft.ts";
import type { Notebook } from "./notebook.ts";
import type { SignatureHelp } from "./protocol.ts";
import { withoutOurs } from "./scope.ts";

export function signatureHelp(notebook: Notebook, draft: Draft, cursor: number): SignatureHelp | undefined {
  const help = withDocs(() => notebook.service.getSignatureHelpItems(draft.file, cursor + draft.offset, {}));
  if (help === undefined) return undefined;
  return {
    signatures: help.items.map(signature),
    activeSignature: help.selectedItemIndex,
    activeParameter: help.argumentIndex,
  };
}

function signature(item: ts.SignatureHelpItem): SignatureHelp["signatures"][number] {
  const text = ts.displayPartsToString;
  const parameters = item.parameters.map((parameter) => ({
    label: withoutOurs(text(parameter.displayParts)),
    documentation: text(parameter.documentation),
  }));
  const inside = parameters.map((parameter) => parameter.label).join(text(item.separatorDisplayParts));
  return {
    label: withoutOurs(text(item.prefixDisplayParts) + inside + text(item.suffixDisplayParts)),
    documentation: text(item.documentation),
    parameters,
  };
}

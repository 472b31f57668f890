// Writes what can be told from the code: docs/magics.md, docs/operators.md, and the tables in README.md between `<!-- NAME -->` and `<!-- /NAME -->`.
// Run with Node 24 (`npm run docs`); test/docs.test.ts fails when they differ from the specs.

import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { errorCodes } from "../kernel/contract/errors.ts";
import { exampleText } from "../magics/flag.ts";
import { helpMarkdown } from "../magics/help.ts";
import { verbs } from "../magics/lepton.ts";
import { operatorsMarkdown } from "./operators-doc.mjs";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

export function magicsMarkdown() {
  const parts = [
    "# The magics",
    "",
    "Generated from the specs by `npm run docs`. Every verb is also a function with the same words:",
    "`%lepton train credit --hidden 64,64 --as run` is `const run = await lepton.train(credit, { hidden: [64, 64] })`.",
    "`--as NAME` binds the result in the notebook, `--help` prints what is below. Unknown verbs, options and values are errors that name the nearest one.",
    "",
    ...verbs.map(({ spec }) => `- [${spec.name}](#${spec.name}): ${spec.summary}`),
    "",
  ];
  for (const { spec } of verbs) parts.push(`## ${spec.name}`, "", helpMarkdown(spec), "");
  return `${parts.join("\n").trimEnd()}\n`;
}

const row = (...cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;

/** The tables of README.md by their markers' names. */
export function readmeTables() {
  return {
    magics: [
      row("verb", "what it does", "for example"),
      row("---", "---", "---"),
      ...verbs.map(({ spec }) => row(`\`${spec.name}\``, spec.summary, `\`${exampleText(spec.examples[0])}\``)),
    ].join("\n"),
    errors: [
      row("code", "what it says"),
      row("---", "---"),
      ...Object.entries(errorCodes).map(([code, text]) => row(`\`${code}\``, text)),
    ].join("\n"),
  };
}

/** A text with its marked parts replaced. @throws when a marker is missing */
export function withTables(text) {
  for (const [name, table] of Object.entries(readmeTables())) {
    const marked = new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- /${name} -->)`);
    if (!marked.test(text)) throw new Error(`README.md has no <!-- ${name} --> ... <!-- /${name} -->`);
    text = text.replace(marked, (_, open, close) => `${open}${table}\n${close}`);
  }
  return text;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const readme = path.join(root, "README.md");
  writeFileSync(readme, withTables(readFileSync(readme, "utf8")));
  writeFileSync(path.join(root, "docs", "magics.md"), magicsMarkdown());
  writeFileSync(path.join(root, "docs", "operators.md"), operatorsMarkdown());
}

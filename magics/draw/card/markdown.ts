/** A card as markdown: for GitHub, Hugging Face and notebooks. Text from data is escaped; what people wrote is markdown already. */
import type { CardBlock, CardTable, CardView } from "@lepton/contract";
import { formatNumber } from "../format.ts";
import { frontMatter } from "./front-matter.ts";

/** @param withMetadata  begin with the YAML front matter of Hugging Face */
export function cardMarkdown(card: CardView, withMetadata: boolean): string {
  const sections = card.sections.map((section) => [`## ${section.title}`, ...section.blocks.map(block)].join("\n\n"));
  const body = [`# ${plain(card.name)}`, ...sections].join("\n\n");
  return `${withMetadata ? `${frontMatter(card.metadata)}\n` : ""}${body}\n`;
}

function block(one: CardBlock): string {
  switch (one.kind) {
    case "facts":
      return one.facts.map((fact) => `- **${plain(fact.name)}**: ${plain(fact.value)}`).join("\n");
    case "table":
      return `**${plain(one.title)}**\n\n${table(one.table)}`;
    case "code":
      return `**${plain(one.title)}**\n\n${fence(one.text)}`;
    case "human":
      return `**${one.title}**\n\n${one.text ?? `*${one.asks} (to be written)*`}`;
    default:
      return one satisfies never;
  }
}

function table({ columns, rows }: CardTable): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const cell = (value: string | number | null) => plain(typeof value === "string" ? value : formatNumber(value));
  return [line(columns.map(plain)), line(columns.map(() => "---")), ...rows.map((row) => line(row.map(cell)))].join(
    "\n",
  );
}

/** A fence longer than any inside. */
function fence(text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const marks = "`".repeat(longest + 1);
  return `${marks}text\n${text}\n${marks}`;
}

/** Text that markdown and html leave alone. */
function plain(text: string): string {
  return text
    .replace(/\s+/g, " ")
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/([\\`*_[\]|~$])/g, "\\$1");
}

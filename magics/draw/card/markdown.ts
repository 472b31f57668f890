/** A card as markdown: for GitHub, Hugging Face and notebooks. Text from data is escaped; what people wrote is markdown already. */
import type { CardBlock, CardTable, CardView } from "@lepton/contract";
import { formatNumber } from "../format.ts";
import { frontMatter } from "./front-matter.ts";

type ChartBlock = Extract<CardBlock, { kind: "chart" }>;

export interface MarkdownOptions {
  /** Begin with the YAML front matter of Hugging Face. */
  readonly withMetadata?: boolean;
  /** The address of a chart's picture; without one the chart is told in words. */
  readonly pictureOf?: (chart: ChartBlock) => string | undefined;
}

export function cardMarkdown(card: CardView, { withMetadata = false, pictureOf }: MarkdownOptions = {}): string {
  const sections = card.sections.map((section) =>
    [`## ${section.title}`, ...section.blocks.map((one) => block(one, pictureOf))].join("\n\n"),
  );
  const body = [`# ${plain(card.name)}`, ...sections].join("\n\n");
  return `${withMetadata ? `${frontMatter(card.metadata)}\n` : ""}${body}\n`;
}

function block(one: CardBlock, pictureOf: MarkdownOptions["pictureOf"]): string {
  switch (one.kind) {
    case "facts":
      return one.facts.map((fact) => `- **${plain(fact.name)}**: ${plain(fact.value)}`).join("\n");
    case "table":
      return `**${plain(one.title)}**\n\n${table(one.table)}`;
    case "code":
      return `**${plain(one.title)}**\n\n${fence(one.text, one.isDiff ? "diff" : "text")}`;
    case "chart": {
      const picture = pictureOf?.(one);
      if (picture !== undefined) return `![${plain(one.title)}](${encodeURI(picture)})`;
      return `**${plain(one.title)}**: ${one.lines.map((line) => plain(line.name)).join(", ")}`;
    }
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
function fence(text: string, language: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const marks = "`".repeat(longest + 1);
  return `${marks}${language}\n${text}\n${marks}`;
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

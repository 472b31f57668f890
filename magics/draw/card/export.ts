/**
 * A card as files. Enters: a card and the file that was asked for; leaves: the paths that were written. Markdown has its pictures and the results for
 * Hugging Face beside it; HTML and JSON are one file each.
 */
import path from "node:path";
import { type CardView, LeptonError } from "@lepton/contract";
import { replaceFile } from "../../data/durable-file.ts";
import { type ChartBlock, chartPicture } from "./chart.ts";
import { cardHtml } from "./html.ts";
import { cardMarkdown } from "./markdown.ts";
import { evalResults } from "./results.ts";

const kinds = [".md", ".html", ".json"];

/** Before any work. @throws LEPTON_OPTION_VALUE */
export function checkCardFile(file: string): void {
  if (kinds.includes(path.extname(file).toLowerCase())) return;
  throw new LeptonError(
    "LEPTON_OPTION_VALUE",
    `card: to must end in .md, .html or .json, got "${path.basename(file)}".`,
  );
}

/** @returns the files, the one that was asked for first. @throws LEPTON_OPTION_VALUE, LEPTON_DISK when its folder does not exist */
export function exportCard(card: CardView, file: string): readonly string[] {
  checkCardFile(file);
  const kind = path.extname(file).toLowerCase();
  if (kind !== ".md") {
    replaceFile(file, [kind === ".html" ? cardHtml(card) : `${JSON.stringify(card, null, 2)}\n`]);
    return [file];
  }
  const pictures = chartsOf(card).map((chart) => ({ chart, name: pictureName(file, chart) }));
  const links = new Map(pictures.map(({ chart, name }) => [chart, name]));
  replaceFile(file, [cardMarkdown(card, { withMetadata: true, pictureOf: (chart) => links.get(chart) })]);
  const written = [file];
  const write = (name: string, text: string) => {
    const beside = path.join(path.dirname(file), name);
    replaceFile(beside, [text]);
    written.push(beside);
  };
  for (const { chart, name } of pictures) write(name, `${chartPicture(chart)}\n`);
  const results = evalResults(card);
  if (results !== "") write("eval_results.yaml", results);
  return written;
}

function chartsOf(card: CardView): ChartBlock[] {
  return card.sections.flatMap(({ blocks }) => blocks.filter((block) => block.kind === "chart"));
}

/** CARD-roc-curve-on-test-rows.svg for CARD.md. */
function pictureName(file: string, { title }: ChartBlock): string {
  const words = title.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? ["chart"];
  return `${path.basename(file, path.extname(file))}-${words.join("-").slice(0, 60)}.svg`;
}

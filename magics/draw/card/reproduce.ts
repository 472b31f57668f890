/**
 * How to make a run again: the lines to paste, with the source of what was written in a cell. Enter: facts of a run; leaves: blocks of a card.
 * A function that a magic names ran from a module in the run's folder; that module, not the cell of today, is what is shown.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import type { CardBlock, RunSpec } from "@lepton/contract";
import type { CardFacts } from "./sections.ts";

/** Functions of a cell that the run used, as they ran. */
export interface OwnSources {
  readonly model: string | null;
  readonly loss: string | null;
}

const longestSource = 20_000;

/** @param spec  of a run in `runFolder`; a module that was removed by hand is told as such */
export function readOwnSources(runFolder: string, { model, loss }: RunSpec): OwnSources {
  const read = (part: RunSpec["model"] | RunSpec["loss"]) =>
    part.kind === "module" ? moduleText(path.join(runFolder, part.module)) : null;
  return { model: read(model), loss: read(loss) };
}

function moduleText(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return `// ${path.basename(file)} is no longer there`;
    throw error;
  }
  if (text.length <= longestSource) return text.trimEnd();
  return `${text.slice(0, longestSource)}\n// ... ${text.length - longestSource} characters more in ${path.basename(file)} of the run's folder`;
}

export function reproduction(facts: CardFacts): CardBlock[] {
  const { manifest, spec, study, sources } = facts;
  const { source } = manifest;
  const data =
    source.kind === "file"
      ? `// ${source.uri}, sha256 ${source.sha256}`
      : `// arrays from a cell: ${source.description}`;
  const made = study ? study.source : spec.source;
  const own = [declared(sources.model, "model", made), declared(sources.loss, "loss", made)];
  const lines = [data, manifest.sourceText, ...own.filter((text) => text !== null), made];
  if (study && spec.study)
    lines.push(`// this run is trial ${spec.study.trial} of that study; its own words: ${spec.source}`);
  return [{ kind: "code", title: "How to reproduce", text: lines.join("\n") }];
}

/**
 * The module as declarations of a cell, under the name that the magic calls the function by; a `%%lepton` cell holds its function itself.
 *
 * @param text  as captureModule wrote it: it exports `model` or `loss`
 */
function declared(text: string | null, what: "model" | "loss", made: string): string | null {
  if (text === null || (what === "model" && made.startsWith("%%"))) return null;
  const named = new RegExp(`(?:--${what}[ =]|\\b${what}: )([A-Za-z_$][\\w$]*)`).exec(made);
  const name = named?.[1] ?? what;
  return text
    .replace(`export const ${what} =`, `const ${name} =`)
    .replace(`export { ${name} as ${what} };`, "")
    .replace(new RegExp(`^export \\{\\s*(\\w+ as )?${what}\\s*\\};?$`, "m"), "")
    .trimEnd();
}

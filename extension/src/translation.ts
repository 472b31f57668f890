/**
 * Words in the reader's language, reachable from every file: JupyterLab's translator enters once, when the extension starts. Before that, and where
 * there is none (a unit test), a text stands as it is written. Texts are literals, `trans.__("Save %1", name)`, so that a test finds each in the catalogue.
 */
import type { ITranslator, TranslationBundle } from "@jupyterlab/translation";

/** The catalogue's name: the entry point in pyproject.toml and the files under lepton_lab/locale are named alike. */
const DOMAIN = "lepton";

const fill = (text: string, values: readonly unknown[]) =>
  text.replace(/%(\d)/g, (_mark, place: string) => String(values[Number(place) - 1] ?? ""));

const english: Pick<TranslationBundle, "__" | "_n"> = {
  __: (text, ...values) => fill(text, values),
  _n: (one, many, count, ...values) => fill(count === 1 ? one : many, [count, ...values]),
};

/** For those who hand words on. */
export type Words = TranslationBundle;

let current = english;

export function useTranslator(translator: ITranslator | null): void {
  current = translator?.load(DOMAIN) ?? english;
}

/** `trans.__("text %1", value)` and `trans._n("%1 run", "%1 runs", count)`; the words of the language that is chosen when they are called. */
export const trans = {
  __: (text: string, ...values: unknown[]) => current.__(text, ...(values as string[])),
  _n: (one: string, many: string, count: number, ...values: unknown[]) =>
    current._n(one, many, count, ...(values as string[])),
} as TranslationBundle;

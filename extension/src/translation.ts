/**
 * Words in the reader's language, reachable from every file: JupyterLab's translator enters once, when the extension starts. Before that, and where
 * there is none (a unit test), a text stands as it is written. Texts are literals, `trans.__("Save %1", name)`, so that a test finds each in the catalogue.
 */
/** The catalogue's name: the entry point in pyproject.toml and the files under lepton_lab/locale are named alike. */
const DOMAIN = "lepton";

const fill = (text: string, values: readonly unknown[]) =>
  text.replace(/%(\d)/g, (_mark, place: string) => String(values[Number(place) - 1] ?? ""));

/** What of JupyterLab's TranslationBundle is used; named here so that files that only need words need no JupyterLab. */
export interface Words {
  __(text: string, ...values: unknown[]): string;
  _n(one: string, many: string, count: number, ...values: unknown[]): string;
}

/** JupyterLab's ITranslator. */
interface Translator {
  load(domain: string): {
    __(text: string, ...values: string[]): string;
    _n(one: string, many: string, count: number, ...values: string[]): string;
  };
}

const english: ReturnType<Translator["load"]> = {
  __: (text, ...values) => fill(text, values),
  _n: (one, many, count, ...values) => fill(count === 1 ? one : many, [count, ...values]),
};

let current = english;

export function useTranslator(translator: Translator | null): void {
  current = translator?.load(DOMAIN) ?? english;
}

/** `trans.__("text %1", value)` and `trans._n("%1 run", "%1 runs", count)`; the words of the language that is chosen when they are called. */
export const trans: Words = {
  __: (text: string, ...values: unknown[]) => current.__(text, ...(values as string[])),
  _n: (one: string, many: string, count: number, ...values: unknown[]) =>
    current._n(one, many, count, ...(values as string[])),
};

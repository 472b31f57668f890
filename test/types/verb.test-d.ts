/** A verb's options are typed by its spec. Checked by `tsc -b` alone. */
import { defineVerb } from "@lepton/magics";

export const verb = defineVerb({
  spec: {
    name: "look",
    summary: "Look.",
    arguments: [],
    options: {
      rows: { kind: "integer", default: 10, doc: "Rows." },
      by: { kind: "strings", doc: "Columns." },
      only: { kind: "choice", choices: ["a", "b"], required: true, doc: "Which." },
      weights: { kind: "map", words: ["balanced"], doc: "Weights." },
    },
    result: "void",
    examples: [],
  },
  async run(_args, options) {
    const rows: number = options.rows;
    const only: string = options.only;
    // @ts-expect-error: without a default it may be undefined
    const by: readonly string[] = options.by;
    // @ts-expect-error: the spec has no such option
    options.row;
    // @ts-expect-error: a map that also takes words
    const weights: Readonly<Record<string, number>> = options.weights ?? {};
    // @ts-expect-error: options are what the user gave
    options.rows = 3;
    return { rows, only, by, weights };
  },
});

// @ts-expect-error: a kind that there is not
defineVerb({ spec: { ...verb.spec, options: { rows: { kind: "int", doc: "Rows." } } }, run: async () => undefined });

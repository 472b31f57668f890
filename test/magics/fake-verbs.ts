/** Three verbs with every kind of option, for the tests of the front. They return what they were called with. */
import { defineVerb, type Verb, type VerbContext } from "@lepton/magics";

interface Called {
  readonly args: readonly unknown[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly context: VerbContext;
  readonly folder: string;
}

const called = async (args: readonly unknown[], options: object, context: VerbContext): Promise<Called> => ({
  args,
  options: options as Called["options"],
  context,
  folder: context.folder.runs("r1"),
});

export const train = defineVerb({
  spec: {
    name: "train",
    summary: "Train a model.",
    arguments: [{ name: "data", doc: "A dataset.", kind: "value", type: "Lepton.Data | string", required: true }],
    options: {
      model: { kind: "choice", choices: ["linear", "mlp"], open: true, default: "mlp", doc: "The model." },
      learningRate: { kind: "number", above: 0, max: 10, default: 0.001, doc: "Step size." },
      epochs: { kind: "integer", min: 1, default: 10, doc: "Passes over the rows." },
      hidden: { kind: "numbers", above: 0, default: [64], doc: "Widths." },
      ignore: { kind: "strings", doc: "Columns left out." },
      kinds: { kind: "map", doc: "Kinds of columns." },
      background: { kind: "boolean", default: false, doc: "Go on after the kernel." },
      note: { kind: "string", doc: "A note." },
      l2: { kind: "number", min: 0, doc: "Penalty." },
      loss: { kind: "value", type: "(...args: any[]) => unknown", doc: "A loss of one's own." },
    },
    body: { doc: "a model as a function", required: false },
    result: "Lepton.Fake",
    examples: ["train credit --epochs 20 --as run"],
    declarations: "interface Fake { readonly args: readonly unknown[] }\ntype Data = object;",
  },
  run: called,
  typeOf: () => "Lepton.Fake & { narrow: true }",
});

export const features = defineVerb({
  spec: {
    name: "features",
    summary: "Read a table.",
    arguments: [{ name: "file", doc: "The file.", kind: "path", type: "string", required: true }],
    options: { target: { kind: "string", required: true, doc: "The column to predict." } },
    result: "Lepton.Fake",
    examples: ["features credit.csv --target status"],
  },
  run: called,
});

export const sweep = defineVerb({
  spec: {
    name: "sweep",
    summary: "Try many.",
    arguments: [{ name: "data", doc: "A dataset.", kind: "value", type: "Lepton.Data", required: true }],
    options: {
      learningRate: { kind: "number", above: 0, doc: "Step size." },
      hidden: { kind: "numbers", above: 0, doc: "Widths." },
      args: { kind: "map", doc: "Arguments of a model of one's own." },
      trials: { kind: "integer", min: 1, default: 20, doc: "How many." },
    },
    result: "unknown",
    examples: ["sweep credit --learning-rate log:1e-4..1e-1"],
    spaces: true,
  },
  run: called,
});

export const runs = defineVerb({
  spec: {
    name: "runs",
    summary: "List runs.",
    arguments: [{ name: "filter", doc: "A part of a name.", kind: "text", type: "string", required: false }],
    options: { limit: { kind: "integer", min: 1, default: 20, doc: "At most." } },
    result: "unknown",
    examples: ["runs"],
  },
  run: called,
});

export const fakeVerbs: readonly Verb[] = [features, train, sweep, runs];

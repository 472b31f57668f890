/** The verbs of training: train, attach, evaluate and predict. Enters: what the user typed; leaves: runs, measures and predictions. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { displaySymbol, LeptonError, type Program, type SplitName } from "@lepton/contract";
import { pluginsForRuns } from "../plugins.ts";
import { defineVerb, type VerbContext } from "../verb.ts";
import { trainDeclarations } from "./declarations.ts";
import { type Evaluation, evaluateAndShow } from "./evaluation-view.ts";
import { findRun } from "./find-run.ts";
import { keepWeights, readGivenWeights } from "./given-weights.ts";
import { askJob } from "./job-client.ts";
import { keepRun } from "./kept-runs.ts";
import { serveLiveRuns } from "./live.ts";
import { assertTrainable, makeRun, type NewRun, newRunFolder, startRun, type TrainableData } from "./make-run.ts";
import { type Originals, programOfSpec } from "./model-of-spec.ts";
import { assertKnownPlace } from "./open-executable.ts";
import { predictAndShow } from "./predict-verb.ts";
import { prepareResume } from "./resume.ts";
import { loadRun, type Run, runBundle } from "./run.ts";
import { writeSpec } from "./run-folder.ts";
import { settingsOf, type TrainOptions } from "./settings-of-options.ts";
import { trainOptions } from "./train-options.ts";
import { type ShownCurve, type ShownRehearsal, shownCurve, shownRehearsal } from "./try-out-view.ts";
import { watchRun } from "./watch-run.ts";

const runArgument = {
  name: "run",
  doc: "A run: a variable, its ID or its name.",
  kind: "value",
  type: "Lepton.Run | string",
  required: true,
} as const;

export const trainVerb = defineVerb({
  spec: {
    name: "train",
    summary: "Train a model on a data set, in a process of its own, and draw how it goes.",
    arguments: [
      {
        name: "data",
        doc: "A data set made by %lepton features or lepton.dataset.",
        kind: "value",
        type: "Lepton.Dataset | null",
        required: false,
      },
    ],
    options: {
      ...trainOptions,
      name: {
        kind: "string",
        placeholder: "NAME",
        doc: "A name for the run; the data set's and the model's when left out.",
      },
      background: { kind: "boolean", doc: "Do not wait: the run goes on also when the notebook is closed." },
      dryRun: {
        kind: "boolean",
        doc: "Do not train: show each layer's output and parameters, the memory needed and the loss of one batch.",
      },
      findLearningRate: {
        kind: "boolean",
        doc: "Do not train: try growing learning rates on throw-away weights, draw the losses and suggest one.",
      },
      weights: {
        kind: "value",
        type: "Lepton.Run | string",
        doc: "Begin with the weights of another run (its best epoch's) or of a .safetensors file, where names and shapes are the same.",
      },
      resume: {
        kind: "string",
        placeholder: "RUN",
        doc: "Go on with a run that was stopped, killed or is to have more --epochs.",
      },
    },
    body: {
      doc: "A model of your own: a function (x, nn, args) => Tensor, or statements that end with one that has a name.",
      required: false,
    },
    result: "Lepton.Run",
    showsItself: true,
    declarations: trainDeclarations,
    examples: [
      "%lepton train credit --model mlp --hidden 64,64 --epochs 20 --as run",
      "%lepton train digits --model cnn --filters 32,64 --optimizer adam --early-stopping 3 --as run",
      '%%lepton train credit --epochs 10 --as run\n(x, nn) => nn.dense(nn.dense(x, 32, { activation: "relu" }), 1)',
      "%lepton train credit --model mlp --dry-run",
      "%lepton train credit --model mlp --find-learning-rate",
      "%lepton train bills --model cnn --weights run --as tuned",
      "%lepton train --resume run",
    ],
  },
  typeOf: (result: Run | ShownRehearsal | ShownCurve | undefined) =>
    result && "layers" in result ? "Lepton.Rehearsal" : result && "rates" in result ? "Lepton.RateCurve" : "Lepton.Run",
  async run([data], { resume, dryRun, findLearningRate, ...given }, context) {
    const { host, folder } = context;
    if (dryRun || findLearningRate) {
      refuseBoth(resume, dryRun && findLearningRate);
      return tryOut(data, given, dryRun ? "rehearse" : "findLearningRate", context);
    }
    serveLiveRuns(host, folder, context.plugins);
    assertKnownPlace(context.plugins, { engine: given.engine ?? "auto", device: given.device ?? "auto" });
    const run =
      resume === undefined ? await newRun(data, given, context) : await prepareResume(resume, data, given, context);
    if (run.view().state !== "running") await startRun(run);
    await run.refresh();
    keepRun(run, host);
    context.begun(run);
    if (!run.spec.background) {
      await watchRun(run, host);
      return resultOf(run, context);
    }
    host.display(await runBundle(run.view()));
    host.print(
      `Run ${run.id} goes on in the background; look with %lepton attach ${run.id}, end it with %lepton stop ${run.id}.\n`,
    );
    return resultOf(run, context);
  },
});

/** What a run is made of: training's options and the verb's own. */
type RunOptions = TrainOptions & {
  readonly name?: string | undefined;
  readonly background?: boolean | undefined;
  readonly weights?: unknown;
};

function refuseBoth(resume: string | undefined, both: boolean | undefined): void {
  if (resume === undefined && !both) return;
  const message = both ? "take dryRun or findLearningRate, not both" : "a resumed run cannot be tried out";
  throw new LeptonError("LEPTON_OPTION_VALUE", `train: ${message}.`);
}

/** Everything up to the first steps, in a folder that is thrown away. */
async function tryOut(
  data: unknown,
  given: RunOptions,
  how: "rehearse" | "findLearningRate",
  context: VerbContext,
): Promise<ShownRehearsal | ShownCurve | undefined> {
  const { host } = context;
  assertTrainable(data, "train", host.names());
  const folder = mkdtempSync(path.join(tmpdir(), "lepton-try-"));
  try {
    await checkedRun(await runIn({ id: "try", folder }, data, given, context), data, given, context);
    const shown =
      how === "rehearse"
        ? shownRehearsal(await askJob("rehearse", folder, {}, host.signal()))
        : shownCurve(await askJob("findLearningRate", folder, {}, host.signal()));
    host.display(await shown[displaySymbol]());
    return context.as === undefined && context.sourceText.startsWith("%") ? undefined : shown;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function newRun(data: unknown, given: RunOptions, context: VerbContext): Promise<Run> {
  const { host, folder: place } = context;
  assertTrainable(data, "train", host.names());
  const into = newRunFolder(place);
  try {
    return await checkedRun(await runIn(into, data, given, context), data, given, context);
  } catch (error) {
    rmSync(into.folder, { recursive: true, force: true }); // a mistake in the settings leaves no run
    throw error;
  }
}

/** Build the program once here, so that a shape that does not fit is told before a process starts. @throws LEPTON_SHAPE, LEPTON_MODEL with the cell's line */
async function checkedRun(
  run: Run,
  data: TrainableData,
  { model, loss, weights }: RunOptions,
  { host, folder }: VerbContext,
): Promise<Run> {
  const build = (originals: Originals = {}) => programOfSpec(run.spec, run.folder, data.manifest, originals);
  let program: Program;
  try {
    program = await build();
  } catch (error) {
    // Functions of the notebook know their own cell: built again with them, the error names its line.
    const own = (value: unknown) => (typeof value === "function" ? (value as never) : undefined);
    if (own(model) || own(loss)) await build({ model: own(model), loss: own(loss) });
    throw error;
  }
  if (weights === undefined) return run;
  const kept = keepWeights(run.folder, program, readGivenWeights(weights, folder, host.folder));
  writeSpec(run.folder, { ...run.spec, weights: kept });
  return loadRun(run.folder);
}

async function runIn(
  into: NewRun,
  data: TrainableData,
  { name, background, weights: _, ...options }: RunOptions,
  { host, plugins, body, as, sourceText }: VerbContext,
): Promise<Run> {
  const settings = await settingsOf(options, body, { folder: into.folder, from: into.folder }, host);
  const kind = typeof settings.model === "string" ? settings.model : settings.model ? "own" : "";
  return makeRun(
    into,
    data,
    { ...settings, background },
    {
      name: name ?? as ?? [data.manifest.name, kind].filter(Boolean).join("-"),
      source: sourceText,
      plugins: pluginsForRuns(plugins),
    },
  );
}

/** The picture is there already: a magic that binds no name has no second one as its value. */
function resultOf(run: Run, { as, sourceText }: VerbContext): Run | undefined {
  return as === undefined && sourceText.startsWith("%") ? undefined : run;
}

export const attachVerb = defineVerb({
  spec: {
    name: "attach",
    summary: "Show a run that goes, or how one went, and keep it going with this notebook.",
    arguments: [runArgument],
    options: {},
    result: "Lepton.Run",
    shown: true,
    showsItself: true,
    examples: ["%lepton attach 261121-101500-abcd", "%lepton attach run"],
  },
  async run([value], _options, context) {
    const run = await findRun(value, context.folder, "attach").refresh();
    serveLiveRuns(context.host, context.folder, context.plugins);
    if (run.state === "running" || run.state === "starting") keepRun(run, context.host);
    await watchRun(run, context.host, { failuresAreShown: true });
    return resultOf(run, context);
  },
});

export const evaluateVerb = defineVerb({
  spec: {
    name: "evaluate",
    summary: "Measure a run's model on the test, validation or training rows.",
    arguments: [runArgument],
    options: {
      on: { kind: "choice", choices: ["test", "validation", "train"], default: "test", doc: "Which rows." },
    },
    result: "Lepton.Evaluation",
    examples: ["%lepton evaluate run --on test", "%lepton evaluate run --on validation --as measured"],
  },
  async run([value], { on }, { folder, host }): Promise<Evaluation> {
    const run = findRun(value, folder, "evaluate");
    return evaluateAndShow(run, on as SplitName, host.signal());
  },
});

export const predictVerb = defineVerb({
  spec: {
    name: "predict",
    summary: "Predict rows with a run's model, without deploying it.",
    arguments: [
      runArgument,
      {
        name: "rows",
        doc: "Rows (a variable) or a file of them (CSV, Parquet, JSON).",
        kind: "value",
        type: "Lepton.PredictRow | readonly Lepton.PredictRow[] | string",
        required: true,
      },
    ],
    options: {
      to: { kind: "string", placeholder: "FILE", doc: "Write rows and predictions to a .csv, .json or .jsonl file." },
    },
    result: "Lepton.Predictions",
    examples: ["%lepton predict run rows", "%lepton predict run new-customers.csv --to predicted.csv"],
  },
  async run([value, rows], { to }, context) {
    const run = findRun(value, context.folder, "predict");
    return predictAndShow(run, rows, to === undefined ? undefined : path.resolve(context.host.folder, to), context);
  },
});

export const trainVerbs = [trainVerb, attachVerb, evaluateVerb, predictVerb] as const;

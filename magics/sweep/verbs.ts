/**
 * The verb `sweep`. Enter: a data set, train's options of which some are spaces, and a sweep's own; leaves: a Study, searched to its end and shown
 * while it goes. `%%lepton sweep` takes the model from the cell.
 */
import { LeptonError } from "@lepton/contract";
import { pluginsForRuns } from "../plugins.ts";
import { type ControlServer, serveControl } from "../train/control.ts";
import { serveLiveRuns } from "../train/live.ts";
import { assertTrainable } from "../train/make-run.ts";
import { trainOptions } from "../train/train-options.ts";
import { defineVerb, type OptionSpec, type VerbContext } from "../verb.ts";
import { studyDeclarations } from "./declarations.ts";
import { prunerNames } from "./pruners/pruner.ts";
import { samplerNames } from "./samplers/by-name.ts";
import { Search } from "./search.ts";
import { createStudy, dataOfStudy, findStudy, type SweepOptions, sweepDefaults } from "./start-study.ts";
import { loadStudy, type Study } from "./study.ts";
import { StudyBook } from "./study-book.ts";
import { createWarmRunner } from "./warm-runner.ts";
import { watchSearch } from "./watch-study.ts";

const sweepOptions = {
  trials: {
    kind: "integer",
    fixed: true,
    min: 1,
    doc: `Trials in all; ${sweepDefaults.trials} when left out, all combinations for a grid.`,
  },
  workers: {
    kind: "integer",
    fixed: true,
    min: 1,
    max: 64,
    doc: "Trials that run at once, each in a process of its own; 1 when left out.",
  },
  sampler: {
    kind: "choice",
    fixed: true,
    choices: samplerNames,
    doc: "How the next trial is chosen; tpe when left out.",
  },
  pruner: {
    kind: "choice",
    fixed: true,
    choices: prunerNames,
    doc: "When a bad trial is ended early; none when left out.",
  },
  metric: {
    kind: "string",
    fixed: true,
    placeholder: "METRIC",
    doc: "Validation metric to search for; when left out rocAuc for two classes, accuracy for more, mse for numbers.",
  },
  direction: {
    kind: "choice",
    fixed: true,
    choices: ["minimize", "maximize"],
    doc: "Which way is better; what the metric means when left out.",
  },
  resume: {
    kind: "value",
    fixed: true,
    type: "Lepton.Study | string",
    doc: "Go on with a study that was stopped, killed or is to have more --trials.",
  },
} as const satisfies Readonly<Record<string, OptionSpec>>;

export const sweepVerb = defineVerb({
  spec: {
    name: "sweep",
    summary:
      "Search for good hyperparameters by training many times: any option may be a range (log:1e-4..1e-1, 16..256) or choices (32|64,64|128).",
    arguments: [
      {
        name: "data",
        doc: "A data set made by %lepton features or lepton.dataset.",
        kind: "value",
        type: "Lepton.Dataset | null",
        required: false,
      },
    ],
    options: { ...trainOptions, ...sweepOptions },
    body: {
      doc: "A model of your own: a function (x, nn, args) => Tensor; its args may vary too: --args units=16..256,rate=0.1|0.3.",
      required: false,
    },
    spaces: true,
    showsItself: true,
    result: "Lepton.Study",
    declarations: studyDeclarations,
    examples: [
      "%lepton sweep credit --model mlp --learning-rate log:1e-4..1e-1 --hidden 32|64|128 --trials 40 --workers 2 --as study",
      "%lepton sweep credit --model mlp --optimizer adam|adamw --dropout 0..0.5 --metric accuracy --as study",
      "%lepton sweep --resume study --trials 60",
    ],
  },
  async run([data], options, context) {
    serveLiveRuns(context.host, context.folder, context.plugins);
    const given = options as Readonly<Record<string, unknown>>;
    const isNew = given["resume"] === undefined;
    const ready = isNew ? await newStudy(data, given, context) : await resumedStudy(data, given, context);
    return await searchStudy(ready, context);
  },
});

interface ReadyStudy {
  readonly book: StudyBook;
  readonly workers: number;
  readonly claim: Claim;
}

/** The right to search a study and to write its journal, until `control` is closed. */
interface Claim {
  readonly control: ControlServer;
  readonly stop: AbortController;
  book: StudyBook | undefined;
}

type Given = Readonly<Record<string, unknown>>;

async function newStudy(data: unknown, given: Given, context: VerbContext): Promise<ReadyStudy> {
  const { folder, host, as, body, sourceText } = context;
  assertTrainable(data, "sweep");
  const train = Object.fromEntries(Object.keys(trainOptions).map((name) => [name, given[name]]));
  const name = as ?? `${data.manifest.name}-sweep`;
  const request = { data, sweep: given as SweepOptions, train, body, name, source: sourceText };
  const book = await createStudy(folder, request, host);
  return { book, workers: book.spec.workers, claim: await claimStudy(book.folder, book.spec.id, book) };
}

/** Only how many trials and workers may change. @throws LEPTON_OPTION_VALUE, LEPTON_OPTION_RANGE, LEPTON_NAME_UNKNOWN */
async function resumedStudy(data: unknown, given: Given, context: VerbContext): Promise<ReadyStudy> {
  const study = findStudy(given["resume"], context.folder);
  const changed = Object.keys(given).find(
    (name) => given[name] !== undefined && !["resume", "trials", "workers"].includes(name),
  );
  if (changed !== undefined || (data !== undefined && data !== null)) {
    const what = changed ?? "another data set";
    throw new LeptonError(
      "LEPTON_OPTION_VALUE",
      `sweep: a resumed study goes on as it began; ${what} cannot be given, only trials and workers. For another search start a new study.`,
    );
  }
  const claim = await claimStudy(study.folder, study.id);
  try {
    const book = openPlanned(study.folder, given["trials"] as number | undefined);
    claim.book = book;
    return { book, workers: (given["workers"] as number | undefined) ?? book.spec.workers, claim };
  } catch (error) {
    await claim.control.close();
    throw error;
  }
}

/** Only for who holds the claim: opening cuts what another was just writing. */
function openPlanned(folder: string, trials: number | undefined): StudyBook {
  const book = StudyBook.open(folder);
  const made = book.trials.length;
  try {
    if (trials !== undefined && trials < made) {
      const message = `sweep: trials must be >= ${made}, which study ${book.spec.id} has already, got ${trials}.`;
      throw new LeptonError("LEPTON_OPTION_RANGE", message);
    }
    if (trials !== undefined) book.plan(trials);
  } catch (error) {
    book.close();
    throw error;
  }
  return book;
}

async function searchStudy({ book, workers, claim }: ReadyStudy, context: VerbContext): Promise<Study | undefined> {
  const { as, host, sourceText } = context;
  const { stop, control } = claim;
  const study = loadStudy(book.folder);
  try {
    const runner = runnerOf(book, context);
    const search = new Search(book, runner, { workers, signal: stop.signal });
    study.follow(search);
    context.begun(study);
    await watchSearch(study, search, host, stop).finally(() => runner.close());
  } finally {
    study.follow(undefined);
    await control.close();
    book.close();
  }
  // The picture is there already: a magic that binds no name has no second one as its value.
  return as === undefined && sourceText.startsWith("%") ? undefined : study;
}

function runnerOf(book: StudyBook, { folder: place, plugins }: VerbContext) {
  const data = dataOfStudy(book);
  const own = pluginsForRuns(plugins);
  return createWarmRunner({ place, studyFolder: book.folder, spec: book.spec, data, plugins: own });
}

/** The study's control socket: the proof that nobody else searches it, and how others stop it. @throws LEPTON_STUDY */
async function claimStudy(folder: string, id: string, book?: StudyBook): Promise<Claim> {
  const stop = new AbortController();
  const told = () => (claim.book?.trials ?? []).filter((trial) => trial.state !== "open").length;
  const claim: Omit<Claim, "control"> = { stop, book };
  const control = await serveControl(folder, {
    stop: (reason) => stop.abort(reason),
    progress: () => undefined,
    leases: () => undefined,
    where: () => ({ step: told(), epoch: 0 }),
  });
  if (control) return Object.assign(claim, { control });
  book?.close();
  throw new LeptonError(
    "LEPTON_STUDY",
    `sweep: study ${id} is being searched already, by this kernel or another; stop it there first.`,
  );
}

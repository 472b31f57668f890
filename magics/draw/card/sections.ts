/**
 * What a run's files say, as the nine sections of a model card (Mitchell et al. 2019). Enter: facts of a run; leaves: a CardView, plain data.
 * Nothing is guessed: what the files do not tell is left to people (human.ts).
 */
import type {
  CardBlock,
  CardSection,
  CardView,
  DatasetManifest,
  RunEnvironment,
  RunSpec,
  RunView,
} from "@lepton/contract";
import { formatCount, formatNumber, formatSeconds } from "../format.ts";
import { analyses } from "./analyses.ts";
import { factList } from "./facts.ts";
import type { RunGroups } from "./groups.ts";
import { type HumanKey, type HumanTexts, humanParts } from "./human.ts";
import { metadataOf } from "./metadata.ts";
import { type OwnSources, reproduction } from "./reproduce.ts";

export interface CardFacts {
  readonly spec: RunSpec;
  readonly view: RunView;
  readonly manifest: DatasetManifest;
  /** Null for runs made before it was recorded. */
  readonly environment: RunEnvironment | null;
  /** The sweep that the run is a trial of: its magic. */
  readonly study: { readonly name: string; readonly source: string; readonly trials: number } | null;
  readonly human: HumanTexts;
  /** Null where `card --by` was never asked. */
  readonly groups: RunGroups | null;
  readonly sources: OwnSources;
}

export function cardOf(facts: CardFacts): CardView {
  const { spec, human } = facts;
  const section = (title: string, blocks: readonly CardBlock[]): CardSection => {
    const keys = (Object.keys(humanParts) as HumanKey[]).filter((key) => humanParts[key].section === title);
    return { title, blocks: [...blocks.filter(isFilled), ...keys.map((key) => humanBlock(key, human))] };
  };
  return {
    version: 1,
    run: spec.id,
    name: spec.name,
    createdAt: spec.createdAt,
    sections: [
      section("Model Details", modelDetails(facts)),
      section("Intended Use", []),
      section("Factors", [measuredFactors(facts)]),
      section("Metrics", [metricDefinitions(facts)]),
      section("Evaluation Data", evaluationData(facts)),
      section("Training Data", trainingData(facts)),
      section("Quantitative Analyses", analyses(facts)),
      section("Ethical Considerations", []),
      section("Caveats and Recommendations", [state(facts)]),
    ],
    metadata: metadataOf(facts),
  };
}

function isFilled(block: CardBlock): boolean {
  return block.kind !== "facts" || block.facts.length > 0;
}

function humanBlock(key: HumanKey, human: HumanTexts): CardBlock {
  const { title, asks } = humanParts[key];
  return { kind: "human", key, title, asks, text: human[key] ?? null };
}

function modelDetails(facts: CardFacts): CardBlock[] {
  const { spec, view } = facts;
  return [
    factList([
      ["Run", spec.id],
      ["Model", `${view.model}, ${formatCount(view.parameters)} parameters`],
      ["Task", `${spec.task} on target "${facts.manifest.target.name}"`],
      ["Made", `${spec.createdAt} in ${formatSeconds(view.seconds)}`],
    ]),
    trainingSetUp(facts),
    environmentBlock(facts),
    ...reproduction(facts),
    factList([["What is promised", determinism]]),
  ];
}

const determinism =
  "on the same engine, version and CPU family with the same number of threads the same lines give the same numbers, bit for bit; on other engines or processors they agree within rounding.";

function trainingSetUp({ spec }: CardFacts): CardBlock {
  const { optimizer, schedule, earlyStopping } = spec;
  const { kind, ...settings } = optimizer;
  const stopping =
    earlyStopping && earlyStopping.patience < Number.MAX_SAFE_INTEGER
      ? `after ${earlyStopping.patience} epochs without a better validation ${earlyStopping.monitor}`
      : null;
  return factList([
    ["Loss", spec.loss.kind === "module" ? `${spec.loss.export} (of one's own)` : spec.loss.kind],
    [
      "Optimizer",
      `${kind} (${Object.entries(settings)
        .map(([name, value]) => `${name} ${value}`)
        .join(", ")})`,
    ],
    ["Learning rate", `${spec.learningRate}, ${schedule.kind}`],
    ["Epochs and batch size", `${spec.epochs} epochs, ${spec.batchSize} rows a batch`],
    ["L2", spec.l2 > 0 ? String(spec.l2) : null],
    ["Gradients", gradientText(spec)],
    ["Class weights", spec.classWeights ? spec.classWeights.map((weight) => formatNumber(weight)).join(", ") : null],
    ["Early stopping", stopping],
    ["Weights kept", `those of the epoch with the best validation ${earlyStopping?.monitor ?? "loss"}`],
    ["Seed", String(spec.seed)],
  ]);
}

function gradientText({ clipNorm, gradientAccumulationSteps: batches }: CardFacts["spec"]): string | null {
  const parts = [
    clipNorm === undefined ? null : `shortened to length ${clipNorm}`,
    batches === undefined ? null : `averaged over ${batches} batches`,
  ].filter((part) => part !== null);
  return parts.length > 0 ? parts.join(", ") : null;
}

function environmentBlock({ environment, view, spec }: CardFacts): CardBlock {
  const versions = Object.entries(environment?.versions ?? {}).map(([name, version]) => `${name} ${version}`);
  return factList([
    [
      "Engine",
      `${view.engine}, device ${view.device}, ${spec.threads === 0 ? "its own number of" : spec.threads} threads`,
    ],
    ["Versions", versions.length > 0 ? versions.join(", ") : null],
    [
      "Machine",
      environment &&
        `${environment.cpu}, ${environment.cores} cores, ${formatNumber(environment.memoryBytes / 2 ** 30)} GiB, ${environment.platform}`,
    ],
  ]);
}

const definitions: Readonly<Record<string, string>> = {
  loss: "the mean loss, without penalties",
  accuracy: "share of rows whose class is right",
  precision: "share of the rows called positive that are",
  recall: "share of the positive rows that are found",
  f1: "harmonic mean of precision and recall",
  rocAuc: "chance that a positive row scores above a negative one",
  mse: "mean squared error",
  mae: "mean absolute error",
  r2: "1 - squared error over that of the mean",
};

function metricDefinitions({ spec, view, manifest }: CardFacts): CardBlock {
  const names = Object.keys(view.test ?? view.best?.validation ?? {});
  const positive = spec.task === "binary" ? manifest.target.positive : null;
  const macro = spec.task === "multiclass" ? ", mean over classes" : "";
  return factList([
    ...names.map((name): [string, string] => {
      const mean = ["precision", "recall", "f1"].includes(name) ? macro : "";
      return [name, `${definitions[name] ?? "a metric of one's own"}${mean}`];
    }),
    ["Positive class", positive],
    ["Decision threshold", spec.task === "binary" ? "a probability of 0.5" : null],
  ]);
}

function sourceFacts({ manifest }: CardFacts): [string, string | null][] {
  const { source } = manifest;
  const skipped =
    source.kind === "file" && source.skipped > 0 ? `, ${formatCount(source.skipped)} bad rows left out` : "";
  return [
    ["Data set", `${manifest.name} (${manifest.id})`],
    ["Source", source.kind === "file" ? source.uri : source.description],
    ["SHA-256", source.kind === "file" ? source.sha256 : null],
    ["Rows", `${formatCount(source.rows)}${skipped}`],
  ];
}

function splitText({ split }: DatasetManifest): string {
  const { train, validation, test } = split.fractions;
  const how = split.stratified ? "stratified by the target" : "at random";
  return `${train} training, ${validation} validation, ${test} test, ${how}, seed ${split.seed}`;
}

function evaluationData(facts: CardFacts): CardBlock[] {
  const { rows } = facts.manifest;
  const has = rows.test > 0;
  return [
    factList([
      ...sourceFacts(facts),
      ["Test rows", has ? `${formatCount(rows.test)}, seen neither in training nor in choosing the model` : "none"],
      [
        "Validation rows",
        `${formatCount(rows.validation)}, which chose the epoch${facts.study ? " and the trial" : ""}`,
      ],
      ["Preparation", "statistics fitted on training rows only; the same arithmetic as in training and serving"],
    ]),
  ];
}

function trainingData(facts: CardFacts): CardBlock[] {
  const { manifest } = facts;
  const { classes } = manifest.target;
  const counts = manifest.classCounts;
  const blocks: CardBlock[] = [
    factList([
      ...sourceFacts(facts),
      ["Training rows", formatCount(manifest.rows.train)],
      ["Split", splitText(manifest)],
      ["Inputs", `${inputText(manifest)}`],
    ]),
  ];
  if (classes && counts) {
    const total = counts.reduce((sum, count) => sum + count, 0);
    const rows = classes.slice(0, 50).map((name, index) => [name, counts[index]!, share(counts[index]!, total)]);
    blocks.push({ kind: "table", title: "Classes in training", table: { columns: ["class", "rows", "share"], rows } });
  }
  if (manifest.columns.length > 0) blocks.push(columnTable(manifest));
  return blocks;
}

function share(part: number, total: number): string {
  return total > 0 ? `${((100 * part) / total).toFixed(1)} %` : "–";
}

function inputText(manifest: DatasetManifest): string {
  const shape = manifest.rowShape.join(" x ");
  if (manifest.columns.length === 0) return `arrays of shape ${shape}`;
  return `columns: ${manifest.columns.length}, made into features: ${manifest.features.length || shape}`;
}

function columnTable(manifest: DatasetManifest): CardBlock {
  const rows = manifest.columns
    .slice(0, 100)
    .map((column) => [
      column.name,
      column.kind,
      column.nullable ? "yes" : "no",
      column.categories?.join(", ").slice(0, 80) ?? "",
    ]);
  return {
    kind: "table",
    title: "Columns",
    table: { columns: ["column", "kind", "missing values", "categories"], rows },
  };
}

function measuredFactors({ groups }: CardFacts): CardBlock {
  const columns = groups?.columns.map(({ column, groups: parts }) => `${column} (${parts.length} groups)`) ?? [];
  return factList([["Measured by group", columns.length > 0 ? columns.join(", ") : null]]);
}

/** A card of a run that did not finish says so. */
function state({ view }: CardFacts): CardBlock {
  const unfinished =
    view.state === "finished" ? null : `the run is ${view.state}${view.reason ? `: ${view.reason}` : ""}`;
  return factList([["Not finished", unfinished]]);
}

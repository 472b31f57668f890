/**
 * Options become a run's spec. Enter: a data set's manifest and what the user asked for; leaves: a RunSpec, complete and checked, so that a
 * mistake is told before a process starts. Apart because the verb, a sweep's trials, `lepton run` and resuming all make specs.
 */
import {
  type DatasetManifest,
  LeptonError,
  type LossSpec,
  type ModelSpec,
  type OptimizerSpec,
  type RunSpec,
  type ScheduleSpec,
  type Task,
} from "@lepton/contract";
import { largerIsBetter, metricNames } from "./metrics.ts";

/** What can be asked of a training, in the words of the options. A model or loss of one's own arrives as its captured module. */
export interface TrainSettings {
  readonly model?: string | Extract<ModelSpec, { kind: "module" }> | undefined;
  readonly hidden?: readonly number[] | undefined;
  readonly filters?: readonly number[] | undefined;
  readonly activation?: string | undefined;
  readonly dropout?: number | undefined;
  readonly batchNorm?: boolean | undefined;
  readonly args?: Readonly<Record<string, unknown>> | undefined;
  readonly loss?: string | Extract<LossSpec, { kind: "module" }> | undefined;
  readonly labelSmoothing?: number | undefined;
  /** A class whose rows count for nothing in the loss. */
  readonly ignoreClass?: string | undefined;
  readonly huberDelta?: number | undefined;
  readonly optimizer?: string | undefined;
  readonly learningRate?: number | undefined;
  readonly momentum?: number | undefined;
  readonly nesterov?: boolean | undefined;
  readonly weightDecay?: number | undefined;
  readonly l2?: number | undefined;
  readonly schedule?: string | undefined;
  readonly warmup?: number | undefined;
  readonly epochs?: number | undefined;
  readonly batchSize?: number | undefined;
  readonly clipNorm?: number | undefined;
  readonly gradientAccumulationSteps?: number | undefined;
  /** "balanced", or class ─► weight; classes left out weigh 1. */
  readonly classWeights?: string | Readonly<Record<string, number | string>> | undefined;
  readonly earlyStopping?: number | undefined;
  readonly minDelta?: number | undefined;
  readonly monitor?: string | undefined;
  readonly seed?: number | undefined;
  readonly device?: string | undefined;
  readonly engine?: string | undefined;
  readonly threads?: number | undefined;
  readonly precision?: string | undefined;
  readonly background?: boolean | undefined;
}

/** What a spec holds besides the settings. */
export interface SpecContext {
  readonly id: string;
  readonly name: string;
  readonly manifest: DatasetManifest;
  /** As it is to stand in the spec: relative to the run's folder, or absolute. */
  readonly datasetFolder: string;
  readonly source: string;
  readonly plugins?: readonly string[];
  readonly study?: RunSpec["study"];
}

export const precisions = ["f32", "tf32", "bf16", "f16"] as const;

export const defaults = {
  epochs: 20,
  batchSize: 32,
  learningRate: 0.001,
  seed: 1,
  hidden: [64],
  filters: [32, 64],
  activation: "relu",
  weightDecay: 0.01,
} as const;

/** @throws LEPTON_OPTION_VALUE, LEPTON_OPTION_RANGE, LEPTON_MODEL where the settings contradict each other or the data */
export function makeSpec(settings: TrainSettings, context: SpecContext): RunSpec {
  const { manifest } = context;
  return {
    contract: 1,
    id: context.id,
    name: context.name,
    createdAt: new Date().toISOString(),
    dataset: { folder: context.datasetFolder, id: manifest.id, name: manifest.name },
    task: manifest.task,
    model: modelSpec(settings, manifest),
    loss: lossSpec(settings, manifest),
    optimizer: optimizerSpec(settings),
    learningRate: above("learningRate", settings.learningRate ?? defaults.learningRate, 0),
    schedule: scheduleSpec(settings),
    l2: atLeast("l2", settings.l2 ?? 0, 0),
    epochs: count("epochs", settings.epochs ?? defaults.epochs),
    batchSize: count("batchSize", settings.batchSize ?? defaults.batchSize),
    ...clipping(settings),
    ...accumulation(settings),
    seed: settings.seed ?? defaults.seed,
    classWeights: classWeights(settings.classWeights, manifest),
    earlyStopping: earlyStopping(settings, manifest),
    device: settings.device ?? "cpu",
    engine: settings.engine ?? "auto",
    threads: settings.threads ?? 0,
    ...precisionOf(settings),
    checkpointEverySeconds: 10,
    plugins: context.plugins ?? [],
    background: settings.background ?? false,
    source: context.source,
    ...(context.study ? { study: context.study } : {}),
  };
}

const modelOptions = ["hidden", "filters", "activation", "dropout", "batchNorm"] as const;

const optionsOfModel: Readonly<Record<string, readonly string[]>> = {
  linear: [],
  logistic: [],
  mlp: ["hidden", "activation", "dropout", "batchNorm"],
  cnn: ["filters", "hidden", "dropout", "batchNorm"],
};

function modelSpec(settings: TrainSettings, manifest: DatasetManifest): ModelSpec {
  const given = modelOptions.filter((name) => settings[name] !== undefined);
  if (typeof settings.model === "object") {
    const args = Object.fromEntries(given.map((name) => [name, settings[name]]));
    return { ...settings.model, args: { ...settings.model.args, ...args, ...settings.args } };
  }
  const kind = settings.model ?? (manifest.rowShape.length === 3 ? "cnn" : "mlp");
  const known = choice("model", kind, Object.keys(optionsOfModel), " or a function of the notebook");
  const allowed = optionsOfModel[known]!;
  const wrong = given.find((name) => !allowed.includes(name)) ?? (settings.args ? "args" : undefined);
  if (wrong) {
    throw new LeptonError(
      "LEPTON_OPTION_VALUE",
      `train: ${wrong} has no meaning for model ${known}; its options: ${allowed.join(", ") || "none"}.`,
    );
  }
  if (known === "logistic" && manifest.task === "regression") {
    throw new LeptonError(
      "LEPTON_MODEL",
      `train: model logistic needs a target of classes, "${manifest.target.name}" is a number; use linear or mlp.`,
    );
  }
  if (known === "linear" || known === "logistic") return { kind: known };
  const hidden = (settings.hidden ?? (known === "mlp" ? defaults.hidden : [])).map((units) => count("hidden", units));
  const dropout = below("dropout", atLeast("dropout", settings.dropout ?? 0, 0), 1);
  const batchNorm = settings.batchNorm ?? false;
  if (known === "mlp") {
    return { kind: "mlp", hidden, activation: settings.activation ?? defaults.activation, dropout, batchNorm };
  }
  if (manifest.rowShape.length !== 3) {
    throw new LeptonError(
      "LEPTON_MODEL",
      `train: model cnn needs rows of shape [height, width, channels], ${manifest.name}'s are [${manifest.rowShape.join(", ")}]; use mlp.`,
    );
  }
  const filters = (settings.filters ?? defaults.filters).map((n) => count("filters", n));
  return { kind: "cnn", filters, hidden, dropout, batchNorm };
}

/** The loss that fits each task's outputs. */
export const lossOfTask: Readonly<Record<Task, "mse" | "bce" | "ce">> = {
  regression: "mse",
  binary: "bce",
  multiclass: "ce",
};

const lossNames = ["mse", "huber", "bce", "ce"] as const;

/** What may be said of each loss. */
const optionsOfLoss = {
  mse: [],
  huber: ["huberDelta"],
  bce: ["labelSmoothing"],
  ce: ["labelSmoothing", "ignoreClass"],
} as const satisfies Readonly<Record<(typeof lossNames)[number], readonly string[]>>;

function lossSpec(settings: TrainSettings, manifest: DatasetManifest): LossSpec {
  const { task } = manifest;
  const fitting = lossOfTask[task];
  const kind =
    typeof settings.loss === "object"
      ? "of your own"
      : choice("loss", settings.loss ?? fitting, lossNames, " or a function of the notebook");
  const allowed: readonly string[] = kind === "of your own" ? [] : optionsOfLoss[kind];
  const given = (["huberDelta", "labelSmoothing", "ignoreClass"] as const).filter(
    (name) => settings[name] !== undefined,
  );
  const wrong = given.find((name) => !allowed.includes(name));
  refuse(wrong !== undefined, `${wrong} has no meaning for the loss ${kind}; it is an option of ${lossesWith(wrong)}`);
  if (typeof settings.loss === "object") return settings.loss;
  const fits = kind === "huber" ? task === "regression" : kind === fitting;
  refuse(
    !fits,
    `loss ${kind} does not fit a ${task} target; use ${fitting}${task === "regression" ? " or huber" : ""}`,
  );
  return namedLossSpec(kind as (typeof lossNames)[number], settings, manifest);
}

function lossesWith(option: string | undefined): string {
  return lossNames.filter((name) => (optionsOfLoss[name] as readonly string[]).includes(option ?? "")).join(" and ");
}

function namedLossSpec(kind: (typeof lossNames)[number], settings: TrainSettings, manifest: DatasetManifest): LossSpec {
  if (kind === "mse") return { kind };
  if (kind === "huber") return { kind, delta: above("huberDelta", settings.huberDelta ?? 1, 0) };
  const { labelSmoothing = 0 } = settings;
  below("labelSmoothing", atLeast("labelSmoothing", labelSmoothing, 0), 1);
  const smoothing = labelSmoothing > 0 ? { labelSmoothing } : {};
  if (kind === "bce" || settings.ignoreClass === undefined) return { kind, ...smoothing };
  refuse(
    settings.classWeights !== undefined,
    "ignoreClass and classWeights do not go together; give the class weight 0.001",
  );
  const classes = classNames(manifest) ?? [];
  return { kind, ...smoothing, ignoreIndex: classes.indexOf(choice("ignoreClass", settings.ignoreClass, classes)) };
}

function classNames(manifest: DatasetManifest): readonly string[] | undefined {
  return manifest.target.classes ?? manifest.classCounts?.map((_, index) => String(index));
}

function clipping({ clipNorm }: TrainSettings): Pick<RunSpec, "clipNorm"> {
  return clipNorm === undefined ? {} : { clipNorm: above("clipNorm", clipNorm, 0) };
}

function accumulation({ gradientAccumulationSteps: steps = 1 }: TrainSettings) {
  return count("gradientAccumulationSteps", steps) === 1 ? {} : { gradientAccumulationSteps: steps };
}

function precisionOf({ precision = "f32" }: TrainSettings): Pick<RunSpec, "precision"> {
  const chosen = choice("precision", precision, precisions);
  return chosen === "f32" ? {} : { precision: chosen };
}

function optimizerSpec(settings: TrainSettings): OptimizerSpec {
  const kind = choice("optimizer", settings.optimizer ?? "adam", ["sgd", "adam", "adamw"]);
  refuse(kind !== "sgd" && settings.momentum !== undefined, `momentum is an option of sgd, the optimizer is ${kind}`);
  refuse(kind !== "sgd" && settings.nesterov === true, `nesterov is an option of sgd, the optimizer is ${kind}`);
  refuse(
    kind !== "adamw" && settings.weightDecay !== undefined,
    `weightDecay is an option of adamw, the optimizer is ${kind}; use l2 or --optimizer adamw`,
  );
  const momentum = below("momentum", atLeast("momentum", settings.momentum ?? 0, 0), 1);
  refuse(settings.nesterov === true && momentum === 0, "nesterov needs a momentum above 0");
  if (kind === "sgd") return { kind, momentum, nesterov: settings.nesterov ?? false };
  const adam = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
  if (kind === "adam") return { kind, ...adam };
  return {
    kind: "adamw",
    ...adam,
    weightDecay: atLeast("weightDecay", settings.weightDecay ?? defaults.weightDecay, 0),
  };
}

function scheduleSpec(settings: TrainSettings): ScheduleSpec {
  const { warmup = 0 } = settings;
  const kind = choice("schedule", settings.schedule ?? "constant", scheduleNames);
  refuse(
    kind === "one-cycle" && warmup > 0,
    "schedule one-cycle has a warm-up of its own, the first 30 % of the steps",
  );
  if (kind === "one-cycle") return { kind, rise: 0.3 };
  if (kind === "constant") return warmup > 0 ? { kind, warmupSteps: warmup } : { kind };
  return { kind, end: 0, warmupSteps: warmup };
}

export const scheduleNames = ["constant", "linear", "cosine", "one-cycle"] as const;

/** balanced: rows / (classes x rows of the class), scikit-learn's class_weight="balanced". */
function classWeights(asked: TrainSettings["classWeights"], manifest: DatasetManifest): readonly number[] | null {
  if (asked === undefined) return null;
  const classes = classNames(manifest);
  if (!classes) {
    throw new LeptonError("LEPTON_OPTION_VALUE", `train: classWeights need classes, the task is ${manifest.task}.`);
  }
  if (typeof asked === "string") {
    choice("classWeights", asked, ["balanced"], " or a weight for each class such as a=1,b=5");
    const counts = manifest.classCounts ?? [];
    const rows = counts.reduce((sum, n) => sum + n, 0);
    return counts.map((n) => (n > 0 ? rows / (counts.length * n) : 1));
  }
  for (const name of Object.keys(asked)) choice("classWeights", name, classes);
  return classes.map((name) => above(`classWeights of ${name}`, Number(asked[name] ?? 1), 0));
}

function earlyStopping(settings: TrainSettings, manifest: DatasetManifest): RunSpec["earlyStopping"] {
  refuse(
    settings.earlyStopping === undefined && settings.minDelta !== undefined,
    "minDelta needs --early-stopping EPOCHS",
  );
  const monitor = choice("monitor", settings.monitor ?? "loss", ["loss", ...metricNames[manifest.task]]);
  if (settings.earlyStopping === undefined) {
    // Without early stopping the monitor still chooses the best epoch.
    return settings.monitor === undefined ? null : { monitor, patience: Number.MAX_SAFE_INTEGER, minDelta: 0 };
  }
  refuse(manifest.rows.validation === 0, "early stopping needs validation rows; make the data set with some");
  const patience = count("earlyStopping", settings.earlyStopping);
  return { monitor, patience, minDelta: atLeast("minDelta", settings.minDelta ?? 0, 0) };
}

/** True when `value` is better than `best` by more than minDelta. NaN is never better. */
export function improves(monitor: string, value: number, best: number | null, minDelta: number): boolean {
  if (Number.isNaN(value)) return false;
  if (best === null) return true;
  return largerIsBetter(monitor) ? value > best + minDelta : value < best - minDelta;
}

/** A new run's id: the time and four random letters, so that a list of ids is in order of time. */
export function newRunId(now = new Date()): string {
  const [date, time] = now.toISOString().slice(2, 19).replaceAll(/[-:]/g, "").split("T");
  const letters = Array.from({ length: 4 }, () => "abcdefghjkmnpqrstuvwxyz"[Math.floor(Math.random() * 23)]);
  return `${date}-${time}-${letters.join("")}`;
}

function choice<T extends string>(option: string, value: string, choices: readonly T[], more = ""): T {
  if ((choices as readonly string[]).includes(value)) return value as T;
  throw new LeptonError(
    "LEPTON_OPTION_VALUE",
    `train: ${option} must be one of ${choices.join(", ")}${more}, got "${value}".`,
  );
}

function refuse(wrong: boolean, sentence: string): void {
  if (wrong) throw new LeptonError("LEPTON_OPTION_VALUE", `train: ${sentence}.`);
}

function outOfRange(option: string, law: string, value: number): LeptonError {
  return new LeptonError("LEPTON_OPTION_RANGE", `train: ${option} must be ${law}, got ${value}.`);
}

function above(option: string, value: number, limit: number): number {
  if (!(value > limit) || !Number.isFinite(value)) throw outOfRange(option, `> ${limit}`, value);
  return value;
}

function atLeast(option: string, value: number, limit: number): number {
  if (!(value >= limit) || !Number.isFinite(value)) throw outOfRange(option, `>= ${limit}`, value);
  return value;
}

function below(option: string, value: number, limit: number): number {
  if (!(value < limit)) throw outOfRange(option, `< ${limit}`, value);
  return value;
}

function count(option: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 1) throw outOfRange(option, "a whole number from 1", value);
  return value;
}

/**
 * Which hyperparameters have a meaning in a trial. Where the model, the optimizer or the schedule varies, an option that only some of them have counts
 * only in their trials: `--model linear|mlp --hidden 32|64`, `--optimizer adam|sgd --momentum 0.5|0.9`.
 */
import type { ParameterValue } from "@lepton/contract";
import type { StudySpec } from "./storage.ts";

interface Condition {
  readonly of: "model" | "optimizer" | "schedule";
  readonly among: readonly string[];
}

const networks: Condition = { of: "model", among: ["mlp", "cnn"] };
const momentum: Condition = { of: "optimizer", among: ["sgd"] };

const conditions: Readonly<Record<string, Condition>> = {
  hidden: networks,
  dropout: networks,
  batchNorm: networks,
  activation: { of: "model", among: ["mlp"] },
  filters: { of: "model", among: ["cnn"] },
  momentum,
  nesterov: momentum,
  weightDecay: { of: "optimizer", among: ["adamw"] },
  warmup: { of: "schedule", among: ["constant", "linear", "cosine"] },
};

type Conditional = Pick<StudySpec, "arguments" | "functions">;

/** True when `name` has a meaning beside the trial's other parameters. A model of one's own takes every option of a model as an argument. */
export function hasMeaning(
  name: string,
  parameters: Readonly<Record<string, ParameterValue>>,
  { arguments: args, functions }: Conditional,
): boolean {
  const model = parameters["model"];
  const isOwn = typeof model === "string" && functions.model?.[model] !== undefined;
  if (args.includes(name) || name === "args") return model === undefined || isOwn;
  const condition = conditions[name];
  const chosen = condition && parameters[condition.of];
  if (chosen === undefined || (condition?.of === "model" && isOwn)) return true;
  return condition!.among.includes(String(chosen));
}

/** The parameters that count in this trial. */
export function meaningful<T>(
  values: Readonly<Record<string, T>>,
  parameters: Readonly<Record<string, ParameterValue>>,
  spec: Conditional,
): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => hasMeaning(name, parameters, spec)));
}

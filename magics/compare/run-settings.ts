/** A run's spec ─► its hyperparameters by name, flat, for a table of what differs. What a model or an optimizer has not is left out. */
import type { RunSpec } from "@lepton/contract";

export type RunSettings = Readonly<Record<string, string | number | boolean | null>>;

export function runSettings(spec: RunSpec): RunSettings {
  const { model, optimizer, loss, schedule, earlyStopping, classWeights } = spec;
  return {
    dataset: spec.dataset.name,
    model: model.kind === "module" ? model.export : model.kind,
    ...("args" in model ? flat(model.args) : flat(rest(model))),
    loss: loss.kind === "module" ? loss.export : loss.kind,
    optimizer: optimizer.kind,
    ...flat(rest(optimizer)),
    learningRate: spec.learningRate,
    schedule: schedule.kind,
    ...flat(rest(schedule)),
    l2: spec.l2,
    epochs: spec.epochs,
    batchSize: spec.batchSize,
    ...(classWeights ? { classWeights: classWeights.join(",") } : {}),
    ...(earlyStopping ? { earlyStopping: earlyStopping.monitor, patience: earlyStopping.patience } : {}),
    seed: spec.seed,
    device: spec.device,
    engine: spec.engine,
  };
}

function rest(value: { readonly kind: string }): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== "kind"));
}

function flat(values: Readonly<Record<string, unknown>>): RunSettings {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, plain(value)]));
}

function plain(value: unknown): string | number | boolean | null {
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (typeof value === "string" || typeof value === "boolean" || value === null) return value;
  return Array.isArray(value) ? value.join(",") : (JSON.stringify(value) ?? "");
}

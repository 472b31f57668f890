/**
 * Model, loss and optimiser become a program. Enter: functions of symbolic tensors; leaves: a Program with the entries train, gradients, apply,
 * evaluate and predict over one state. Apart because it is the one place that knows what each entry reads, writes and is fed.
 */
import {
  type Entry,
  type FeedSpec,
  LeptonError,
  type OptimizerSpec,
  type Program,
  type StateSpec,
  type TableSpec,
  type Task,
} from "@lepton/contract";
import {
  add,
  checkProgram,
  div,
  expand,
  GraphBuilder,
  gradients,
  mul,
  square,
  sum,
  Tensor,
  where,
} from "@lepton/graph";
import { createNn, type Mode, ModelContext, type ModelFunction, type Nn } from "../nn/index.ts";
import { joinedGradient, type Learnt, optimize, parted } from "../optim/index.ts";
import { tableNames, tableState } from "./host-tables.ts";
import { areFinite, nextScale, scaleState, unscaled } from "./loss-scale.ts";
import { type LossFunction, meanLoss } from "./losses.ts";

export interface ProgramOptions {
  readonly task: Task;
  /** One row of x. */
  readonly rowShape: readonly number[];
  /** K: targets of regression, 1 for binary, classes for multiclass. */
  readonly outputs: number;
  readonly loss: LossFunction;
  readonly optimizer: OptimizerSpec;
  readonly l2: number;
  /** Regression: the target's mean and deviation, one of each output. The model learns standardised numbers; its prediction is in the target's units. */
  readonly targetScale?: TargetScale | null;
  /** Whether training is fed a weight a row. */
  readonly weighted: boolean;
  /** Gradients' largest length, all as one vector. */
  readonly clipNorm?: number | undefined;
  /** Whether there are the entries `accumulate`, which adds a batch's gradients up, and `update`, which moves weights by their mean. */
  readonly accumulates?: boolean;
  /** For f16: see loss-scale.ts. */
  readonly scalesLoss?: boolean;
  /** Hyperparameters for a model of one's own; `outputs` is added. */
  readonly args?: Readonly<Record<string, unknown>>;
}

export interface TargetScale {
  readonly mean: readonly number[];
  /** Above 0. */
  readonly deviation: readonly number[];
}

/** An entry while it is built. */
interface Draft {
  readonly builder: GraphBuilder;
  readonly context: ModelContext;
  readonly nn: Nn;
  readonly feeds: FeedSpec[];
  readonly outputs: Record<string, Tensor>;
  readonly writes: Record<string, string>;
  readonly reads: string[];
}

/** @throws LEPTON_SHAPE, LEPTON_MODEL naming the layer and the shapes */
export function trainingProgram(model: ModelFunction, options: ProgramOptions): Program {
  const predict = draft("predict");
  predict.outputs.prediction = forward(predict, model, options);
  const { tables } = predict.context;
  if (predict.context.parameters.length + tables.length === 0) {
    throw new LeptonError(
      "LEPTON_MODEL",
      "model: it has no parameters, so there is nothing to learn; use nn.dense or nn.parameter.",
    );
  }
  const evaluate = draft("predict");
  const judged = lossOf(evaluate, forward(evaluate, model, options), options, false);
  Object.assign(evaluate.outputs, judged);
  const optimizerState: StateSpec[] = [];
  const train = trainDraft(model, options, optimizerState);
  const collected = options.accumulates ? accumulationDrafts(model, options, train.context) : null;
  if (tables.length > 0) assertFitsTables(options);
  const specs = tables.map(({ spec: { name, shape } }) => {
    return { name, shape: shape as unknown as TableSpec["shape"], optimizer: options.optimizer };
  });
  const program: Program = {
    contract: 1,
    ...(specs.length > 0 ? { tables: specs } : {}),
    state: [
      ...train.context.parameters.map(({ spec }) => spec),
      ...specs.flatMap((table, index) => tableState(table, tables[index]!.spec)),
      ...train.context.statistics.map(({ spec }) => spec),
      ...optimizerState,
      ...(options.scalesLoss ? scaleState : []),
      ...(collected?.state ?? []),
    ],
    entries: {
      train: finish(train),
      gradients: finish(gradientsDraft(model, options)),
      apply: finish(applyDraft(train.context, options)),
      evaluate: finish(evaluate),
      predict: finish(predict),
      ...(specs.length > 0 ? { places: finish(placesDraft(model, options)) } : {}),
      ...(collected ? { accumulate: finish(collected.accumulate), update: finish(collected.update) } : {}),
    },
  };
  checkProgram(program);
  return program;
}

function draft(mode: Mode): Draft {
  const builder = new GraphBuilder();
  const context = new ModelContext(builder, mode, undefined, true);
  return { builder, context, nn: createNn(context), feeds: [], outputs: {}, writes: {}, reads: [] };
}

function feed(into: Draft, spec: FeedSpec): Tensor {
  into.feeds.push(spec);
  return into.builder.input(spec.name, spec.dtype, spec.shape);
}

/** The model's output for the feed x: [B, ...rowShape] -> [B, K]. */
function forward(into: Draft, model: ModelFunction, options: ProgramOptions): Tensor {
  const shape = ["B", ...options.rowShape];
  const x = feed(into, { name: "x", dtype: "f32", shape, role: { kind: "batch", of: "x" } });
  return inUnits(checkedOutput(model(x, into.nn, { ...options.args, outputs: options.outputs }), options), options);
}

/** The model's standardised output in the units of the target. */
export function inUnits(output: Tensor, { targetScale: scale }: Pick<ProgramOptions, "targetScale">): Tensor {
  if (!scale) return output;
  const { builder } = output;
  return builder.label("target", () =>
    add(mul(output, builder.constant(scale.deviation)), builder.constant(scale.mean)),
  );
}

/** @throws LEPTON_MODEL, LEPTON_SHAPE when a model gives something else than [B, K] */
export function checkedOutput(output: unknown, options: Pick<ProgramOptions, "task" | "outputs">): Tensor {
  if (!(output instanceof Tensor)) {
    const got = output instanceof Promise ? "a promise; leave out async" : String(output);
    throw new LeptonError("LEPTON_MODEL", `model: must return a symbolic tensor, got ${got}.`);
  }
  const wanted = ["B", options.outputs];
  if (output.rank === 1 && options.outputs === 1 && output.shape[0] === "B") return output.reshape(wanted);
  if (output.rank !== 2 || output.shape[0] !== "B" || output.shape[1] !== options.outputs) {
    throw new LeptonError(
      "LEPTON_SHAPE",
      `model: the output must have shape [B, ${options.outputs}] (${whyOutputs(options)}), got [${output.shape.join(", ")}]; end with nn.dense(h, ${options.outputs}).`,
    );
  }
  return output;
}

function whyOutputs({ task, outputs }: Pick<ProgramOptions, "task" | "outputs">): string {
  if (task === "multiclass") return `one logit for each of ${outputs} classes`;
  return task === "binary" ? "one logit" : "the target's numbers";
}

/** The data's loss of a prediction, without penalties. */
function lossOf(into: Draft, prediction: Tensor, options: ProgramOptions, weighted: boolean) {
  const classes = options.task === "multiclass";
  const shape = classes ? ["B"] : ["B", options.outputs];
  const y = feed(into, { name: "y", dtype: classes ? "i32" : "f32", shape, role: { kind: "batch", of: "y" } });
  const weight = weighted
    ? feed(into, { name: "weight", dtype: "f32", shape: ["B"], role: { kind: "batch", of: "weight" } })
    : null;
  const rows: unknown = into.builder.label("loss", () => options.loss(prediction, y, into.nn));
  if (!(rows instanceof Tensor)) {
    throw new LeptonError("LEPTON_MODEL", `loss: must return a symbolic tensor, got ${String(rows)}.`);
  }
  return { loss: into.builder.label("loss", () => meanLoss(rows, weight)), prediction };
}

/** @throws LEPTON_MODEL where a training does what tables beside the engine cannot */
function assertFitsTables({ accumulates, scalesLoss }: ProgramOptions): void {
  const other = accumulates ? "gradients of several batches" : scalesLoss ? "precision f16" : null;
  if (other === null) return;
  throw new LeptonError(
    "LEPTON_MODEL",
    `model: a sparse embedding does not go with ${other}; leave out { sparse: true }.`,
  );
}

/** Which rows of each table a batch uses. @throws LEPTON_MODEL when that depends on more than x */
function placesDraft(model: ModelFunction, options: ProgramOptions): Draft {
  const into = draft("predict");
  forward(into, model, options);
  for (const { spec, indices } of into.context.tables) into.outputs[tableNames(spec.name).places] = indices;
  const used = into.builder.build(into.outputs).inputs.find(({ id }) => id !== "x");
  if (used === undefined) return into;
  throw new LeptonError(
    "LEPTON_MODEL",
    `model: the numbers that a sparse embedding looks up must come from x alone, they depend on ${used.id}; leave out { sparse: true }.`,
  );
}

interface Gradients {
  readonly learnt: readonly Learnt[];
  /** Of the rows fed of each table. */
  readonly rows: readonly Tensor[];
}

/** Loss, its gradient by every parameter, and the next values of statistics. */
function backward(into: Draft, model: ModelFunction, options: ProgramOptions): Gradients {
  const judged = lossOf(into, forward(into, model, options), options, options.weighted);
  Object.assign(into.outputs, judged);
  const { parameters, tables, statistics } = into.context;
  const total = into.builder.label("l2", () =>
    parameters
      .filter(({ penalized }) => penalized && options.l2 > 0)
      .reduce((sumSoFar, { tensor }) => add(sumSoFar, mul(sum(square(tensor)), options.l2)), judged.loss),
  );
  const scale = options.scalesLoss ? openScale(into)[0] : null;
  const found = gradients(scale ? into.builder.label("loss scale", () => mul(total, scale)) : total, [
    ...parameters.map(({ tensor }) => tensor),
    ...tables.map(({ rows }) => rows),
  ]);
  for (const { spec, next } of statistics) if (next) write(into, spec.name, next);
  const learnt = parameters.map(({ spec, tensor }, index) => ({
    name: spec.name,
    shape: spec.shape,
    value: tensor,
    gradient: found[index]!,
  }));
  const told = scale ? into.builder.label("loss scale", () => unscaled(learnt, scale)) : learnt;
  return { learnt: told, rows: found.slice(parameters.length) };
}

/** The loss's scale and its count, read once. */
function openScale(into: Draft): readonly [Tensor, Tensor] {
  return scaleState.map(({ name, dtype, shape }) => {
    if (into.reads.includes(name)) return into.builder.tensor(name);
    into.reads.push(name);
    return into.builder.input(name, dtype, shape);
  }) as [Tensor, Tensor];
}

function write(into: Draft, state: string, next: Tensor): void {
  into.outputs[`next.${state}`] = next;
  into.writes[state] = `next.${state}`;
}

/** Forward, backward and update in one. Adds the optimiser's state to `optimizerState`. */
function trainDraft(model: ModelFunction, options: ProgramOptions, optimizerState: StateSpec[]): Draft {
  const into = draft("train");
  update(into, options, backward(into, model, options), optimizerState);
  return into;
}

function update(into: Draft, options: ProgramOptions, { learnt, rows }: Gradients, optimizerState: StateSpec[]): void {
  const rate = feed(into, {
    name: "learningRate",
    dtype: "f32",
    shape: [],
    role: { kind: "scalar", of: "learningRate" },
  });
  const finite = options.scalesLoss ? into.builder.label("loss scale", () => areFinite(learnt)) : null;
  if (finite) {
    const next = into.builder.label("loss scale", () => nextScale(finite, ...openScale(into)));
    for (const [i, { name }] of scaleState.entries()) write(into, name, next[i]!);
  }
  const moved = into.builder.label("optimizer", () =>
    optimize(
      options.optimizer,
      learnt,
      { rate, clipNorm: options.clipNorm, others: rows },
      {
        read(spec) {
          optimizerState.push(spec);
          into.reads.push(spec.name);
          return into.builder.input(spec.name, spec.dtype, spec.shape);
        },
        write: (name, next) => write(into, name, finite ? where(finite, next, into.builder.tensor(name)) : next),
      },
    ),
  );
  for (const [index, { spec }] of into.context.tables.entries())
    into.outputs[tableNames(spec.name).moved] = moved[index]!;
}

/** Loss and "gradient.NAME" of every parameter, for accumulation and all-reduce; `apply` takes them back. */
function gradientsDraft(model: ModelFunction, options: ProgramOptions): Draft {
  const into = draft("train");
  for (const { name, gradient } of backward(into, model, options).learnt) into.outputs[`gradient.${name}`] = gradient;
  return into;
}

function applyDraft(from: ModelContext, options: ProgramOptions): Draft {
  const into = draft("train");
  const learnt = from.parameters.map(({ spec: { name, shape, initial }, penalized }): Learnt => {
    const value = into.context.parameter(name, shape, initial, penalized);
    const role = { kind: "gradient", of: name } as const;
    return { name, shape, value, gradient: feed(into, { name: `gradient.${name}`, dtype: "f32", shape, role }) };
  });
  update(into, options, { learnt, rows: [] }, []);
  return into;
}

/**
 * Training in two halves over a state that collects gradients: `accumulate` is a step that moves no weights, `update` moves them by the mean of what
 * was collected and begins anew.
 */
function accumulationDrafts(model: ModelFunction, options: ProgramOptions, trained: ModelContext) {
  const parameters = trained.parameters.map(({ spec }) => spec);
  const size = parameters.reduce((total, { shape }) => total + shape.reduce((product, dim) => product * dim, 1), 0);
  const zeros = { kind: "constant", value: 0 } as const;
  const state: readonly [StateSpec, StateSpec] = [
    { name: "collected.gradient", dtype: "f32", shape: [size], role: "moment", initial: zeros },
    { name: "collected.batches", dtype: "f32", shape: [], role: "counter", initial: zeros },
  ];
  const open = (into: Draft) =>
    state.map(({ name, dtype, shape }) => {
      into.reads.push(name);
      return into.builder.input(name, dtype, shape);
    }) as [Tensor, Tensor];

  const accumulate = draft("train");
  const { learnt } = backward(accumulate, model, options);
  const [sumBefore, countBefore] = open(accumulate);
  write(accumulate, state[0].name, add(sumBefore, joinedGradient(learnt)));
  write(accumulate, state[1].name, add(countBefore, 1));

  const into = draft("train");
  const values = parameters.map(({ name, shape, initial }) => into.context.parameter(name, shape, initial, false));
  const [total, batches] = open(into);
  const means = parted(div(total, batches), parameters);
  const moved = parameters.map(
    ({ name, shape }, i): Learnt => ({ name, shape, value: values[i]!, gradient: means[i]! }),
  );
  update(into, options, { learnt: moved, rows: [] }, []);
  write(into, state[0].name, expand(into.builder.scalar(0), [size]));
  write(into, state[1].name, into.builder.scalar(0));
  return { state, accumulate, update: into };
}

function finish(from: Draft): Entry {
  const { context, outputs, writes } = from;
  const states = [...context.parameters, ...context.statistics].map(({ spec }) => spec.name);
  const graph = from.builder.build(outputs);
  const used = new Set(graph.inputs.map(({ id }) => id));
  return {
    graph,
    feeds: [...from.feeds, ...context.feeds].filter(({ name }) => used.has(name)),
    reads: [...states, ...from.reads].filter((name) => used.has(name)),
    writes,
    outputs: Object.keys(outputs).filter((name) => !name.startsWith("next.")),
  };
}

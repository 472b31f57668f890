/**
 * The options of training, for the verbs `train` and `sweep`. None has a default here: makeSpec has them, so that an option that was given can be
 * told from one that was not, and one without a meaning for the model is refused.
 */
import { activations } from "../nn/index.ts";
import type { OptionSpec } from "../verb.ts";
import { defaults, precisions, scheduleNames } from "./spec.ts";

export const trainOptions = {
  model: {
    kind: "choice",
    choices: ["linear", "logistic", "mlp", "cnn"],
    open: true,
    doc: "What learns: a named model or a function (x, nn) => Tensor of the notebook; mlp when left out, cnn for images.",
  },
  hidden: {
    kind: "numbers",
    min: 1,
    doc: `Units of each hidden layer (mlp, cnn); ${defaults.hidden} for mlp when left out.`,
  },
  filters: { kind: "numbers", min: 1, doc: `Filters of each convolution (cnn); ${defaults.filters} when left out.` },
  activation: {
    kind: "choice",
    choices: Object.keys(activations) as readonly string[],
    doc: "After each hidden layer (mlp); relu when left out.",
  },
  dropout: {
    kind: "number",
    min: 0,
    below: 1,
    doc: "Part of the hidden units left out at each step; 0 when left out.",
  },
  batchNorm: { kind: "boolean", doc: "Batch normalisation before each activation." },
  args: { kind: "map", doc: "Hyperparameters for a model of your own: its third argument." },
  loss: {
    kind: "choice",
    choices: ["mse", "huber", "bce", "ce"],
    open: true,
    doc: "What is made small: the one that fits the target when left out, or a function (prediction, target) => Tensor.",
  },
  labelSmoothing: {
    kind: "number",
    min: 0,
    below: 1,
    doc: "How much of a class's target is spread over all classes (ce, bce); 0 when left out.",
  },
  ignoreClass: { kind: "string", placeholder: "CLASS", doc: "Rows of this class count for nothing in the loss (ce)." },
  huberDelta: {
    kind: "number",
    above: 0,
    doc: "Where huber goes from squares to a line, in deviations of the target; 1 when left out.",
  },
  optimizer: { kind: "choice", choices: ["sgd", "adam", "adamw"], doc: "How weights move; adam when left out." },
  learningRate: { kind: "number", above: 0, doc: `Size of a step; ${defaults.learningRate} when left out.` },
  momentum: { kind: "number", min: 0, below: 1, doc: "Of sgd; 0 when left out." },
  nesterov: { kind: "boolean", doc: "Nesterov's form of sgd's momentum." },
  weightDecay: { kind: "number", min: 0, doc: `Of adamw; ${defaults.weightDecay} when left out.` },
  l2: { kind: "number", min: 0, doc: "Coefficient of the sum of squared weights in the loss; 0 when left out." },
  schedule: {
    kind: "choice",
    choices: scheduleNames,
    doc: "Of the learning rate: constant when left out; linear and cosine fall to 0, one-cycle rises for 30 % of the steps and falls.",
  },
  warmup: { kind: "integer", min: 0, doc: "Steps in which the learning rate rises to its value; 0 when left out." },
  epochs: { kind: "integer", min: 1, doc: `Passes over the training rows; ${defaults.epochs} when left out.` },
  batchSize: { kind: "integer", min: 1, doc: `Rows of a step; ${defaults.batchSize} when left out.` },
  clipNorm: {
    kind: "number",
    above: 0,
    doc: "Largest length of all gradients taken as one vector; longer ones are shortened.",
  },
  gradientAccumulationSteps: {
    kind: "integer",
    min: 1,
    doc: "Batches whose gradients are averaged before weights move; 1 when left out.",
  },
  classWeights: {
    kind: "map",
    words: ["balanced"],
    doc: "Weight of each class in the loss; balanced counts every class alike.",
  },
  earlyStopping: { kind: "integer", min: 1, doc: "End after so many epochs without a better monitored value." },
  minDelta: { kind: "number", min: 0, doc: "How much better counts for early stopping; 0 when left out." },
  monitor: {
    kind: "choice",
    choices: ["loss", "accuracy", "precision", "recall", "f1", "rocAuc", "mse", "mae", "r2"],
    doc: "Validation metric whose best epoch is kept; loss when left out.",
  },
  seed: { kind: "integer", min: 0, doc: `Of weights, order and dropout; ${defaults.seed} when left out.` },
  device: {
    kind: "string",
    placeholder: "DEVICE",
    doc: "Where it runs: cpu when left out, one that %lepton engines lists, or auto: the first of cuda, mps, webgpu and cpu that works.",
  },
  engine: { kind: "string", placeholder: "ENGINE", doc: "What runs it: auto, or one that %lepton engines lists." },
  threads: {
    kind: "integer",
    min: 0,
    doc: "Threads inside an operator; 1 for small models and as the engine likes for others when left out.",
  },
  precision: {
    kind: "choice",
    choices: precisions,
    doc: "What products and convolutions of a training step compute in: f32 when left out; bf16, f16 (with loss scaling) and tf32 need engine torch.",
  },
} as const satisfies Readonly<Record<string, OptionSpec>>;

/** Fused operators (fuse/patterns.ts) as calls of ATen: each is one call where the graph had several. */
import type { Slot } from "../raw/call.ts";
import { type Emitter, flagOf, type Lower, numberOf, type Value } from "./emitter.ts";
import { lstm, lstmGradient } from "./sequences.ts";
import { multiplied } from "./shapes.ts";

const linear: Lower = ({ inputs: [a, b, bias], outputs: [out], attributes }, emitter) => {
  const flags = [flagOf(attributes, "transposeA"), flagOf(attributes, "transposeB")] as const;
  return [multiplied(a!, b!, flags, out!, bias!, emitter)];
};

/** What relu let through: its result's sign is 0 or 1. */
const reluGradient: Lower = ({ inputs: [g, y] }, { call }) => [call("mul.Tensor", g!, call("sign", y!))];

const layerNorm: Lower = ({ inputs: [x, scale, shift], attributes }, { callMany }) => [
  ...callMany("native_layer_norm", 3, x!, [x!.shape.at(-1)!], scale!, shift!, numberOf(attributes, "epsilon")),
];

/** torch gives the gradients of scale and shift as vectors, the graph wants them with the other axes as 1. */
const layerNormGradient: Lower = ({ inputs, outputs }, emitter) => {
  const [byX, byScale, byShift] = normBackward(inputs, true, emitter);
  const rest = inputs[5];
  return [
    rest ? emitter.subtract(rest, byX!, -1) : byX!,
    emitter.call("reshape", byScale!, outputs[1]!.shape),
    emitter.call("reshape", byShift!, outputs[2]!.shape),
  ];
};

const affineGradient: Lower = ({ inputs, outputs }, emitter) => {
  const [, ...parts] = normBackward(inputs, false, emitter);
  return parts.map((part, i) => emitter.call("reshape", part, outputs[i]!.shape));
};

function normBackward(inputs: readonly Value[], wantsX: boolean, { callMany }: Emitter): readonly Slot[] {
  const [g, x, mean, inverse, scale] = inputs as [Value, Value, Value, Value, Value];
  const shape = [x.shape.at(-1)!];
  // The shift is only asked for its type: the scale stands for it.
  const all = [g, x, shape, mean, inverse, scale, scale, [wantsX, true, true]] as const;
  return callMany("native_layer_norm_backward", 3, ...all);
}

/** torch wants the channels as the second axis: a view. */
const batchNormGradient: Lower = ({ inputs, outputs }, { call, callMany }) => {
  const [g, x, scale, mean, inverse] = inputs as [Value, Value, Value, Value, Value];
  const rank = x.shape.length;
  const axes = Array.from({ length: rank }, (_, axis) => axis);
  const first = [0, rank - 1, ...axes.slice(1, -1)];
  const last = [0, ...axes.slice(2), 1];
  const turned = [g, x].map((image) => (rank > 2 ? call("permute", image, first) : image)) as [Slot, Slot];
  const kept = [scale, null, null, mean, inverse, true, 0, [true, true, true]] as const;
  const [byX, byScale, byShift] = callMany("native_batch_norm_backward", 3, ...turned, ...kept);
  return [
    rank > 2 ? call("permute", byX!, last) : byX!,
    call("reshape", byScale!, outputs[1]!.shape),
    call("reshape", byShift!, outputs[2]!.shape),
  ];
};

const attention: Lower = ({ inputs: [q, k, v, bias], attributes }, { callMany }) => {
  const scale = numberOf(attributes, "scale");
  return callMany("_scaled_dot_product_flash_attention_for_cpu", 2, q!, k!, v!, 0, false, bias ?? null, scale);
};

const attentionGradient: Lower = ({ inputs: [g, q, k, v, y, sums, bias], attributes }, { callMany }) => {
  const scale = numberOf(attributes, "scale");
  const name = "_scaled_dot_product_flash_attention_for_cpu_backward";
  return callMany(name, 3, g!, q!, k!, v!, y!, sums!, 0, false, bias ?? null, scale);
};

/** a1^T b1 + a2^T b2 + ... as one product of the rows of all. */
const sumOfProducts: Lower = ({ inputs, outputs: [out] }, { call, product }) => {
  const [left, right] = [inputs.slice(0, inputs.length / 2), inputs.slice(inputs.length / 2)];
  const [a, b] = [call("cat", left, 0), call("cat", right, 0)];
  return [product(call("permute", a, [1, 0]), b, out!.dtype, out!.shape, null)];
};

export const fused: Readonly<Record<string, Lower>> = {
  "fused.linear": linear,
  "fused.reluGradient": reluGradient,
  "fused.sigmoidGradient": ({ inputs: [g, y] }, { call }) => [call("sigmoid_backward", g!, y!)],
  "fused.tanhGradient": ({ inputs: [g, y] }, { call }) => [call("tanh_backward", g!, y!)],
  "fused.geluGradient": ({ inputs: [g, x] }, { call }) => [call("gelu_backward", g!, x!, "none")],
  "fused.softmaxGradient": ({ inputs: [g, y] }, { call }) => [call("_softmax_backward_data", g!, y!, -1, y!.dtype)],
  "fused.logSoftmaxGradient": ({ inputs: [g, y] }, { call }) => [
    call("_log_softmax_backward_data", g!, y!, -1, y!.dtype),
  ],
  "fused.layerNorm": layerNorm,
  "fused.layerNormGradient": layerNormGradient,
  "fused.affineGradient": affineGradient,
  "fused.batchNormGradient": batchNormGradient,
  "fused.attention": attention,
  "fused.attentionGradient": attentionGradient,
  "fused.sumOfProducts": sumOfProducts,
  "fused.lstm": lstm,
  "fused.lstmGradient": lstmGradient,
};

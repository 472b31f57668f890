/** An unrolled LSTM (fuse/sequences.ts) as oneDNN's calls for a whole sequence. */
import type { Slot } from "../raw/call.ts";
import { type Emitter, flagOf, type Lower, numberOf, numbersOf, type Value } from "./emitter.ts";

/** ideep's number for an LSTM. */
const mode = 2;

/** What both calls begin with: x [T, B, F], both weights as torch keeps them, [4 H, ...], two biases of which ours is one, and a state of zeros. */
function arguments_([x, input, recurrent, bias]: readonly Value[], steps: number, { call, constant }: Emitter) {
  const [width, gates] = recurrent!.shape as [number, number];
  const [rows, features] = [x!.shape[0]! / steps, x!.shape[1]!];
  const turned = (weight: Value) => call("contiguous", call("permute", weight, [1, 0]), "contiguous");
  const zeros = (shape: readonly number[]) => call("expand", constant("f32", [], [0]), shape, false);
  const state = call("contiguous", zeros([rows, width]), "contiguous");
  const rest = call("contiguous", zeros([gates]), "contiguous");
  const given = [
    call("reshape", x!, [steps, rows, features]),
    turned(input!),
    turned(recurrent!),
    bias!,
    rest,
    state,
    state,
  ] as const;
  return { given, rows, width };
}

export const lstm: Lower = ({ inputs, attributes }, emitter) => {
  const steps = numberOf(attributes, "steps");
  const { given, rows, width } = arguments_(inputs, steps, emitter);
  const learns = flagOf(attributes, "learns");
  const made = emitter.callMany("mkldnn_rnn_layer", 4, ...given, false, [], mode, width, 1, true, false, false, learns);
  const { call } = emitter;
  const each = Array.from({ length: steps }, (_, t) =>
    call("reshape", call("narrow", made[0]!, 0, t, 1), [rows, width]),
  );
  return [...each, ...made];
};

export const lstmGradient: Lower = ({ inputs, outputs, attributes }, emitter) => {
  const [all, hidden, cell, workspace, ...slopes] = inputs.slice(4) as [Value, Value, Value, Value, ...Value[]];
  const steps = all.shape[0]!;
  const { given, rows, width } = arguments_(inputs, steps, emitter);
  const { call } = emitter;
  const at = numbersOf(attributes, "given");
  const isLast = at.length === 1 && at[0] === steps - 1;
  const known = new Map(at.map((t, i) => [t, call("reshape", slopes[i]!, [1, rows, width])]));
  const nothing = call("reshape", given[5], [1, rows, width]);
  const byAll: Slot | null = isLast
    ? null
    : call(
        "cat",
        Array.from({ length: steps }, (_, t) => known.get(t) ?? nothing),
        0,
      );
  const byLast = isLast ? call("contiguous", slopes[0]!, "contiguous") : null;
  const options = [false, mode, width, 1, true, true, false, [], false] as const;
  const kept = [all, hidden, cell, byAll, byLast, null] as const;
  const [byX, byInput, byRecurrent, byBias] = emitter.callMany(
    "mkldnn_rnn_layer_backward",
    7,
    ...given,
    ...kept,
    ...options,
    workspace,
  );
  return [
    call("permute", byInput!, [1, 0]),
    call("permute", byRecurrent!, [1, 0]),
    call("reshape", byBias!, outputs[2]!.shape),
    ...(outputs[3] ? [call("reshape", byX!, outputs[3].shape)] : []),
  ];
};

/**
 * The named models. Enters: a ModelSpec; leaves: a function of symbolic tensors, the same kind that users write. Apart because a sweep's table, the
 * card and the tests count on exactly these four.
 */
import { LeptonError, type ModelSpec } from "@lepton/contract";
import type { Tensor } from "@lepton/graph";
import type { Nn } from "./nn.ts";

/** A model: x [B, ...rowShape] to [B, outputs]. `args` are the hyperparameters that a run or a sweep sets, and `outputs`. */
export type ModelFunction = (x: Tensor, nn: Nn, args: Readonly<Record<string, unknown>>) => Tensor;

type Named = Exclude<ModelSpec, { kind: "module" }>;

/** @param outputs  K, the width of the last layer */
export function namedModel(spec: Named, outputs: number): ModelFunction {
  switch (spec.kind) {
    case "linear":
    case "logistic":
      // From zero, as scikit-learn: with more features than rows, part of a random start is never unlearnt.
      return (x, nn) => nn.dense(flat(x, nn), outputs, { initializer: "zeros" });
    case "mlp":
      return (x, nn) => nn.dense(hiddenLayers(flat(x, nn), nn, spec, spec.activation), outputs);
    case "cnn":
      return (x, nn) => nn.dense(hiddenLayers(nn.flatten(convolutions(x, nn, spec)), nn, spec, "relu"), outputs);
    default:
      return spec satisfies never;
  }
}

function flat(x: Tensor, nn: Nn): Tensor {
  return x.rank > 2 ? nn.flatten(x) : x;
}

/** Dense, batch norm, activation and dropout for each number of units. */
function hiddenLayers(
  x: Tensor,
  nn: Nn,
  spec: { readonly hidden: readonly number[]; readonly dropout: number; readonly batchNorm: boolean },
  activation: string,
): Tensor {
  return spec.hidden.reduce((h, units) => {
    const linear = nn.dense(h, units);
    const active = nn.activation(spec.batchNorm ? nn.batchNorm(linear) : linear, activation);
    return spec.dropout > 0 ? nn.dropout(active, spec.dropout) : active;
  }, x);
}

/** Conv 3x3 and max pool 2 for each number of filters. ReLU after the pool gives what ReLU before it gives, on a quarter of the numbers. */
function convolutions(x: Tensor, nn: Nn, spec: Extract<ModelSpec, { kind: "cnn" }>): Tensor {
  return spec.filters.reduce((h, filters, index) => {
    const [, height, width] = h.shape as [unknown, number, number];
    if (height < 4 || width < 4) {
      throw new LeptonError(
        "LEPTON_MODEL",
        `cnn: block ${index + 1} of ${spec.filters.length} (${filters} filters) gets ${height}x${width} pixels, Conv 3x3 and pool 2 need 4x4; use fewer filters than [${spec.filters.join(", ")}].`,
      );
    }
    const convolved = nn.conv2d(h, filters, { kernel: 3 });
    const pooled = nn.maxPool2d(spec.batchNorm ? nn.batchNorm(convolved) : convolved, 2);
    return nn.relu(pooled);
  }, x);
}

/** How weights begin, as Keras names them. Enter: a shape; leaves: an Initial, drawn later from the run's seed. */
import type { Initial } from "@lepton/contract";

export type Initializer = "glorotUniform" | "glorotNormal" | "heUniform" | "heNormal" | "zeros" | "ones";

/** Inputs and outputs of one unit: [.., in, out], where the axes in front are a convolution's kernel. */
function fans(shape: readonly number[]): { fanIn: number; fanOut: number } {
  const [inputs = 1, outputs = 1] = shape.length < 2 ? [shape[0], shape[0]] : shape.slice(-2);
  const kernel = shape.slice(0, -2).reduce((product, dim) => product * dim, 1);
  return { fanIn: inputs * kernel, fanOut: outputs * kernel };
}

/** @source glorot: Glorot and Bengio 2010, equation 16; he: He et al. 2015, equation 10 */
export function initialOf(initializer: Initializer, shape: readonly number[]): Initial {
  const { fanIn, fanOut } = fans(shape);
  switch (initializer) {
    case "glorotUniform":
      return symmetric(Math.sqrt(6 / (fanIn + fanOut)));
    case "glorotNormal":
      return { kind: "normal", mean: 0, deviation: Math.sqrt(2 / (fanIn + fanOut)) };
    case "heUniform":
      return symmetric(Math.sqrt(6 / fanIn));
    case "heNormal":
      return { kind: "normal", mean: 0, deviation: Math.sqrt(2 / fanIn) };
    case "zeros":
      return { kind: "constant", value: 0 };
    case "ones":
      return { kind: "constant", value: 1 };
    default:
      return initializer satisfies never;
  }
}

function symmetric(limit: number): Initial {
  return { kind: "uniform", low: -limit, high: limit };
}

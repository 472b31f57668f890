import * as g from "@lepton/graph";
import { describe, expect, test } from "vitest";

const wave = (shape: readonly number[], phase: number) => ({
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i * 1.3 + phase)),
});

/** Runs `build` on waves of these shapes; the first axis of the first `batched` ones is the batch. */
function run(shapes: readonly (readonly number[])[], batched: number, build: (...x: g.Tensor[]) => g.Tensor): number[] {
  const b = new g.GraphBuilder();
  const inputs = shapes.map((shape, i) => b.input(`x${i}`, "f32", i < batched ? ["B", ...shape.slice(1)] : shape));
  const graph = b.build({ y: build(...inputs) });
  return [...g.evaluateGraph(graph, Object.fromEntries(shapes.map((s, i) => [`x${i}`, wave(s, i)]))).y!.data];
}

const close = (got: readonly number[], wanted: readonly number[]) => {
  expect(got.length).toBe(wanted.length);
  for (const [i, value] of wanted.entries()) expect(got[i]).toBeCloseTo(value, 5);
};

describe("sequence layers give the numbers of others", () => {
  test("lstm those of onnxruntime's LSTM", () => {
    const got = run(
      [[2, 3, 2], [2, 8], [2, 8], [8]],
      1,
      (x, input, recurrent, bias) => g.lstm(x!, { input: input!, recurrent: recurrent!, bias: bias! }).outputs,
    );
    const first = [0.020785, -0.133816, 0.159978, 0.024553, 0.099067, -0.00862];
    close(got, [...first, 0.148675, 0.078838, 0.084289, 0.050654, 0.15058, -0.028044]);
  });

  test("gru those of onnxruntime's GRU with linear_before_reset", () => {
    const got = run(
      [[2, 3, 2], [2, 6], [2, 6], [6], [6]],
      1,
      (x, input, recurrent, bias, recurrentBias) =>
        g.gru(x!, { input: input!, recurrent: recurrent!, bias: bias!, recurrentBias: recurrentBias! }).outputs,
    );
    const first = [0.742035, 0.03483, 0.62979, 0.042368, 0.814885, -0.025593];
    close(got, [...first, 0.640661, 0.226493, 0.534907, 0.125773, 0.927922, 0.229904]);
  });

  test("causal attention those of numpy", () => {
    const got = run(
      [
        [2, 2, 3],
        [2, 3, 3],
        [2, 3, 2],
      ],
      3,
      (q, k, v) => g.attention(q!, k!, v!, { causal: true }),
    );
    close(got, [-0.018324, -0.2631, -0.166466, 0.01777, -0.305583, -0.418402, -0.156882, -0.135069]);
  });
});

test("a chunk that begins with the state of the one before goes on as if there were no cut", () => {
  const shapes = [[2, 6, 2], [2, 8], [2, 8], [8]];
  const whole = run(shapes, 1, (x, input, recurrent, bias) =>
    g.lstm(x!, { input: input!, recurrent: recurrent!, bias: bias! }).outputs.slice(1, 4),
  );
  const cut = run(shapes, 1, (x, input, recurrent, bias) => {
    const weights = { input: input!, recurrent: recurrent!, bias: bias! };
    return g.lstm(x!.slice(1, 4), weights, g.lstm(x!.slice(1, 0, 4), weights).state).outputs;
  });
  close(cut, whole);
});

test("einsum gives matrix products, sums and transposes", () => {
  const matmul = run(
    [
      [2, 3, 2],
      [2, 4],
    ],
    1,
    (x, w) => g.matmul(x!, w!),
  );
  close(
    run(
      [
        [2, 3, 2],
        [2, 4],
      ],
      1,
      (x, w) => g.einsum("btf,fh->bth", x!, w!),
    ),
    matmul,
  );
  const total = run([[2, 3]], 1, (x) => g.sum(x!));
  close(
    run([[2, 3]], 1, (x) => g.einsum("ij->", x!)),
    total,
  );
});

test.each<[string, () => unknown, RegExp]>([
  [
    "a longer sequence than can be unrolled",
    () =>
      run(
        [[1, 65, 1], [1, 4], [1, 4], [4]],
        1,
        (x, i, r, b) => g.lstm(x!, { input: i!, recurrent: r!, bias: b! }).outputs,
      ),
    /at most 64 steps, got 65; cut sequences into chunks/,
  ],
  [
    "heads that do not divide the features",
    () =>
      run(
        [
          [1, 2, 5],
          [5, 5],
        ],
        1,
        (x, w) => g.multiHeadAttention(x!, { query: w!, key: w!, value: w!, output: w! }, 2),
      ),
    /features \(5\) must be a multiple of heads \(2\)/,
  ],
  [
    "an einsum of two sizes for one letter",
    () =>
      run(
        [
          [1, 2],
          [3, 4],
        ],
        1,
        (x, w) => g.einsum("bi,ij->bj", x!, w!),
      ),
    /i is 2 in one tensor and 3 in another/,
  ],
  [
    "an einsum without a result",
    () => run([[1, 2]], 1, (x) => g.einsum("bi", x!)),
    /must be written as inputs -> result/,
  ],
  [
    "an einsum with an unknown letter",
    () => run([[1, 2]], 1, (x) => g.einsum("bi->bk", x!)),
    /no tensor has the letter k/,
  ],
])("%s is refused", (_, act, message) => {
  expect(act).toThrow(message);
});

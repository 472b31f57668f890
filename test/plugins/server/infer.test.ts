import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { arrayParts, classParts, running, sumParts, token } from "./tiny-bundle.ts";

const infer = "/v2/models/credit-risk/infer";
const columns = (ages: readonly number[], homes: readonly string[], owners: readonly boolean[]) => [
  { name: "age", datatype: "FP32", shape: [ages.length], data: ages },
  { name: "home", datatype: "BYTES", shape: [ages.length, 1], data: homes },
  { name: "owner", datatype: "BOOL", shape: [ages.length], data: owners },
];

describe("Open Inference Protocol v2", () => {
  test("columns as inputs of JSON, in any order and shape", async () => {
    const service = await running(sumParts());
    const inputs = columns([1, 2], ["rent", "own"], [false, true]).reverse();
    const { body } = await service.post(infer, { id: "42", inputs });
    expect(body).toEqual({
      model_name: "credit-risk",
      model_version: "1",
      id: "42",
      outputs: [{ name: "prediction", datatype: "FP32", shape: [2], data: [1, 1_001_002] }],
    });
  });

  test("whole rows as one input named features", async () => {
    const service = await running(arrayParts());
    const inputs = [
      {
        name: "features",
        datatype: "FP64",
        shape: [1, 2, 2, 1],
        data: [
          [
            [[0.25], [0.5]],
            [[0.125], [9]],
          ],
        ],
      },
    ];
    const { body } = await service.post("/v2/models/credit-risk/versions/1/infer", { inputs });
    expect(body.outputs).toEqual([
      { name: "prediction", datatype: "BYTES", shape: [1], data: ["1"] },
      { name: "probabilities", datatype: "FP32", shape: [1, 3], data: [0.25, 0.5, 0.125] },
    ]);
  });

  test("raw tensors in and out, NaN being a missing value", async () => {
    const service = await running(classParts());
    const ages = new Float32Array([Number.NaN, 100]);
    const home = Buffer.concat(
      ["rent", "rent"].map((text) => Buffer.concat([Buffer.from([text.length, 0, 0, 0]), Buffer.from(text)])),
    );
    const owner = Buffer.from([0, 0]);
    const raw = [Buffer.from(ages.buffer), home, owner];
    const inputs = columns([0, 0], [], []).map(({ name, datatype }, at) => ({
      name,
      datatype,
      shape: [2],
      parameters: { binary_data_size: raw[at]?.length },
    }));
    const outputs = [{ name: "probabilities", parameters: { binary_data: true } }];
    const json = Buffer.from(JSON.stringify({ inputs, outputs }));
    const headers = { authorization: `Bearer ${token}`, "inference-header-content-length": String(json.length) };
    const reply = await fetch(service.url + infer, { method: "POST", headers, body: Buffer.concat([json, ...raw]) });
    const bytes = Buffer.from(await reply.arrayBuffer());
    const head = Number(reply.headers.get("inference-header-content-length"));
    expect(JSON.parse(bytes.toString("utf8", 0, head)).outputs).toEqual([
      { name: "probabilities", datatype: "FP32", shape: [2, 2], parameters: { binary_data_size: 16 } },
    ]);
    const good = [bytes.readFloatLE(head + 4), bytes.readFloatLE(head + 12)];
    expect(good[0]).toBe(0.5);
    expect(good[1]).toBeCloseTo(1 / (1 + Math.exp(-1)), 6);
  });

  test("metadata names the columns as inputs, with their types", async () => {
    const service = await running(classParts());
    const reply = await fetch(`${service.url}/v2/models/credit-risk`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(await reply.json()).toEqual({
      name: "credit-risk",
      versions: ["1"],
      platform: "onnx_onnxruntime",
      inputs: [
        { name: "age", datatype: "FP64", shape: [-1] },
        { name: "home", datatype: "BYTES", shape: [-1] },
        { name: "owner", datatype: "BOOL", shape: [-1] },
      ],
      outputs: [
        { name: "prediction", datatype: "BYTES", shape: [-1] },
        { name: "probabilities", datatype: "FP32", shape: [-1, 2] },
      ],
    });
  });

  const [age, home, owner] = columns([1], ["own"], [true]);
  test.each([
    ["an unknown model", "/v2/models/other/infer", {}, 404, /no model other; this service has credit-risk version 1/],
    ["an unknown version", "/v2/models/credit-risk/versions/2/infer", {}, 404, /no model credit-risk version 2/],
    ["no inputs", infer, {}, 400, /inputs must be a list/],
    [
      "an unknown input",
      infer,
      { inputs: [{ ...age, name: "agee" }] },
      400,
      /no input "agee"; inputs: age, home, owner/,
    ],
    [
      "an unknown datatype",
      infer,
      { inputs: [{ ...age, datatype: "FP7" }] },
      400,
      /datatype must be one of BOOL.*got FP7/,
    ],
    [
      "a shape that does not fit",
      infer,
      { inputs: [{ ...age, shape: [2] }] },
      400,
      /shape \[2\] holds 2 values, got 1/,
    ],
    [
      "millions of rows without values",
      infer,
      { inputs: [{ name: "features", datatype: "FP32", shape: [50_000_000, 0], data: [] }] },
      400,
      /a row must have values, got shape \[50000000, 0\]/,
    ],
    ["no shape", infer, { inputs: [{ ...age, shape: undefined }] }, 400, /shape must be a list of sizes/],
    ["a missing column", infer, { inputs: [age, home] }, 400, /row 0 lacks "owner"/],
    [
      "columns of unlike length",
      infer,
      { inputs: [age, owner, { ...home, shape: [2], data: ["a", "b"] }] },
      400,
      /"home" has 2 values, but "age" has 1/,
    ],
    [
      "a value of another type",
      infer,
      { inputs: [{ ...age, data: ["x"] }] },
      400,
      /input "age", value 0 must be a number \(FP32\), got "x"/,
    ],
    [
      "an unknown output",
      infer,
      { inputs: [age, home, owner], outputs: [{ name: "logits" }] },
      400,
      /no output "logits"; outputs: prediction/,
    ],
    [
      "too few bytes",
      infer,
      { inputs: [{ ...age, parameters: { binary_data_size: 4 } }] },
      400,
      /binary_data_size is 4, but 0 bytes are left/,
    ],
    [
      "rows beside columns",
      infer,
      { inputs: [age, { name: "features", datatype: "FP32", shape: [1, 3], data: [1, 2, 3] }] },
      400,
      /send it alone/,
    ],
  ])("%s is told", async (_name, route, body, status, sentence) => {
    const service = await running(sumParts());
    expect(await service.post(route, body)).toMatchObject({ status, body: { error: expect.stringMatching(sentence) } });
  });

  test("a header length beyond the body is told", async () => {
    const service = await running(sumParts());
    const headers = { "inference-header-content-length": "999" };
    expect(await service.post(infer, {}, { headers })).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(/at most the body's 2 bytes, got 999/) },
    });
  });
});

/** The interpreter of the test environment, when there is one with tritonclient. */
function tritonPython(): string | undefined {
  const fallback = path.join(import.meta.dirname, "../../../build/test-venv/bin/python");
  const python = process.env.LEPTON_PYTHON ?? fallback;
  if (!existsSync(python)) return undefined;
  return spawnSync(python, ["-c", "import tritonclient.http"]).status === 0 ? python : undefined;
}
const python = tritonPython();

test.skipIf(python === undefined)(
  "tritonclient[http] passes, raw and JSON, packed each way (skipped without it in build/test-venv)",
  async () => {
    const service = await running(classParts());
    const script = path.join(import.meta.dirname, "triton-client.py");
    const { spawn } = await import("node:child_process");
    const child = spawn(python as string, [script, new URL(service.url).host, token, "credit-risk"]);
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect({ code, output }).toEqual({ code: 0, output: "36 ways agree\n" });
  },
);

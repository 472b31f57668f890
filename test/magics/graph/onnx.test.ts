import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { add, evaluateGraph, GraphBuilder, gelu, matmul, relu, toOnnx } from "@lepton/graph";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expandConvolutions } from "../../../magics/graph/onnx/convolutions.ts";
import { lowerGraph } from "../../../magics/graph/onnx/lower.ts";
import { ProtobufWriter } from "../../../magics/graph/onnx/protobuf.ts";
import { testPython } from "../../python.ts";
import { caseFeeds, caseGraph, distance } from "../../suites/case-graph.ts";
import { operatorCases } from "../../suites/operator-cases.ts";

test("protobuf fields are written as its encoding guide shows", () => {
  const hex = (writer: ProtobufWriter) => Buffer.from(writer.finish()).toString("hex");
  expect(hex(new ProtobufWriter().integer(1, 150))).toBe("089601");
  expect(hex(new ProtobufWriter().text(2, "testing"))).toBe("120774657374696e67");
  expect(hex(new ProtobufWriter().message(3, (child) => child.integer(1, 150)))).toBe("1a03089601");
  expect(hex(new ProtobufWriter().integer(1, -2))).toBe("08feffffffffffffffff01");
  expect(hex(new ProtobufWriter().float(1, 1))).toBe("0d0000803f");
  expect(hex(new ProtobufWriter().integer(1, 2 ** 40))).toBe("08808080808020");
});

describe("a graph in ONNX", () => {
  test("keeps the names of inputs, outputs and symbolic dimensions", () => {
    const b = new GraphBuilder();
    const x = b.input("x", "f32", ["B", 2]);
    const model = lowerGraph(b.build({ y: relu(x), again: relu(x), same: x }));
    expect(model.inputs).toEqual([{ name: "x", dtype: "f32", shape: ["B", 2] }]);
    expect(model.outputs.map((output) => output.name)).toEqual(["y", "again", "same"]);
    expect(model.nodes.map((node) => node.op)).toEqual(["Relu", "Identity", "Identity"]);
  });

  test("has a dense layer as one Gemm", () => {
    const operatorCase = operatorCases.find((each) => each.name === "dense layer")!;
    const ops = lowerGraph(caseGraph(operatorCase)).nodes.map((node) => node.op);
    // The MatMul is the bias' gradient, a sum over rows.
    const products = ops.filter((op) => op === "Gemm" || op === "MatMul" || op === "Add");
    expect(products).toEqual(["Gemm", "MatMul", "Gemm", "Gemm"]);
  });

  test("adds the bias of a dense layer over sequences by itself on the CPU, where Gemm would write it on one thread", () => {
    const b = new GraphBuilder();
    const product = matmul(b.input("x", "f32", ["B", 5, 3]), b.input("w", "f32", [3, 4]));
    const graph = b.build({ y: add(product, b.input("bias", "f32", [4])) });
    const ops = (device: "cpu" | "webgpu") => lowerGraph(graph, { device }).nodes.map((node) => node.op);
    expect(ops("cpu")).toEqual(["Reshape", "MatMul", "Reshape", "Add"]);
    expect(ops("webgpu")).toEqual(["Reshape", "Gemm", "Reshape"]);
  });

  test("computes the error function of a gelu once for the forward and the backward pass", () => {
    const operatorCase = operatorCases.find((each) => each.name === "gelu")!;
    const count = (op: string, device?: "webgpu") =>
      lowerGraph(caseGraph(operatorCase), device ? { device } : {}).nodes.filter((node) => node.op === op).length;
    expect([count("Gelu"), count("Erf"), count("HardSigmoid")]).toEqual([0, 1, 1]);
    expect([count("Gelu", "webgpu"), count("Erf", "webgpu")]).toEqual([1, 1]);
    const b = new GraphBuilder();
    const forward = b.build({ y: gelu(b.input("x", "f32", ["B", 2])) });
    expect(lowerGraph(forward).nodes.map((node) => node.op)).toEqual(["Gelu"]);
  });

  test("has a convolution that is only served as one Conv and one MaxPool", () => {
    const operatorCase = operatorCases.find((each) => each.name.startsWith("conv2d, bias, relu, pool; a grey"))!;
    const graph = caseGraph(operatorCase);
    const served = { ...graph, outputs: graph.outputs.filter((output) => output.name === "y") };
    const needed = new Set(["conv2d", "add", "relu", "maxPool2d"]);
    const nodes = served.nodes.filter((node) => needed.has(node.op)).slice(0, 4);
    const ops = lowerGraph({ ...served, nodes }).nodes.map((node) => node.op);
    expect(ops.filter((op) => op !== "Transpose")).toEqual(["Conv", "MaxPool", "Add", "Relu"]);
  });

  test("has no operator with more than 15 tensors, and none that WebGPU lacks, when it is for WebGPU", () => {
    for (const operatorCase of operatorCases) {
      for (const node of lowerGraph(caseGraph(operatorCase), { device: "webgpu" }).nodes) {
        expect(node.inputs.length + node.outputs.length, `${operatorCase.name}: ${node.op}`).toBeLessThanOrEqual(15);
        expect(["LogSoftmax", "OneHot"]).not.toContain(node.op);
      }
    }
  });
});

describe("convolutions and pools written as gathers and products", () => {
  const cases = operatorCases.filter((each) => /conv|pool/i.test(each.name));
  test.each(cases.map((each) => [each.name, each] as const))("give the same numbers: %s", (_, operatorCase) => {
    const graph = caseGraph(operatorCase);
    const feeds = caseFeeds(operatorCase, graph, 3);
    const wanted = evaluateGraph(graph, feeds);
    const got = evaluateGraph(expandConvolutions(graph), feeds);
    for (const [name, { data }] of Object.entries(wanted))
      expect(distance(got[name]!.data, data), name).toBeLessThan(1e-12);
  });
});

describe("Python", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "lepton-onnx-"));
    for (const [i, operatorCase] of operatorCases.entries()) {
      const graph = caseGraph(operatorCase);
      for (const device of ["cpu", "webgpu"] as const)
        await writeFile(path.join(folder, `${i}-${device}.onnx`), toOnnx(graph, { name: "case", device }));
    }
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("onnx's full checker passes the model of every case, for both devices", async () => {
    const script = [
      "import glob, onnx, sys",
      "for path in sorted(glob.glob(sys.argv[1] + '/*.onnx')):",
      "    try: onnx.checker.check_model(path, full_check=True)",
      "    except Exception as error: print(path.split('/')[-1], str(error)[:300])",
    ].join("\n");
    const { stdout } = await promisify(execFile)(testPython(), ["-c", script, folder]);
    expect(stdout).toBe("");
  });
});

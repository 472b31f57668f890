/**
 * WebGPU on a software GPU: Chromium's SwiftShader where Chromium is installed. LEPTON_WEBGPU_CASES=all runs every operator case too (a minute or
 * two); LEPTON_VULKAN names a folder with libvulkan.so.1 and vk_swiftshader_icd.json, and "system" the machine's own GPU.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lowerGraph } from "../../../magics/graph/onnx/lower.ts";
import { type ModelName, models, programOfModel, trainingProgram } from "./small-models.ts";

interface Report {
  readonly trained: Record<
    ModelName,
    {
      readonly cpu: { readonly losses: readonly number[] };
      readonly webgpu: { readonly losses: readonly number[]; readonly again: number; readonly repeated: number };
      readonly nodes: Readonly<Record<string, number>>;
    }
  >;
  readonly cases: Readonly<Record<string, number>>;
}

/** WGSL promises sine and cosine to 2^-11 only; everything else is held to f32 arithmetic. */
const tolerances: Readonly<Record<string, number>> = { sin: 2 ** -11, cos: 2 ** -11 };
const cases = [process.env.LEPTON_WEBGPU_CASES ?? "", "gather rows", "concat of many", "conv2d in groups"];

function vulkan(): Record<string, string> | null {
  const given = process.env.LEPTON_VULKAN;
  if (given === "system") return {};
  const folders = [given, "/usr/lib/chromium", "/usr/lib64/chromium-browser", "/opt/google/chrome"];
  const folder = folders.find((each) => each && existsSync(path.join(each, "vk_swiftshader_icd.json")));
  if (!folder || process.platform !== "linux") return null;
  const icd = path.join(folder, "vk_swiftshader_icd.json");
  return { LD_LIBRARY_PATH: folder, VK_ICD_FILENAMES: icd, VK_DRIVER_FILES: icd };
}

const environment = vulkan();
const skipped = environment ? "" : " (skipped: no SwiftShader of an installed Chromium, and LEPTON_VULKAN is not set)";

describe.skipIf(environment === null)(`webgpu${skipped}`, () => {
  let report: Report;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "lepton-webgpu-"));
    const child = path.join(import.meta.dirname, "webgpu-child.ts");
    const { stdout } = await promisify(execFile)(process.execPath, [child, folder, ...cases.filter((name) => name)], {
      env: { ...process.env, ...environment },
      maxBuffer: 1 << 24,
      timeout: 500_000,
    });
    report = JSON.parse(stdout.trim().split("\n").at(-1)!) as Report;
  }, 510_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test.each(Object.keys(models) as ModelName[])("%s has the CPU's losses over 20 steps", (name) => {
    const { cpu, webgpu } = report.trained[name];
    expect(cpu.losses.at(-1)!).toBeLessThan(cpu.losses[0]! * 0.8);
    for (const [i, loss] of cpu.losses.entries())
      expect(Math.abs(webgpu.losses[i]! - loss), `step ${i}`).toBeLessThan(1e-4);
  });

  test.each(Object.keys(models) as ModelName[])("no node of %s falls back to the CPU", (name) => {
    const { webgpu, ...others } = report.trained[name].nodes;
    expect(webgpu).toBeGreaterThan(50);
    expect(others).toEqual({});
  });

  test("state taken from the device and loaded again goes on with the same numbers", () => {
    for (const { webgpu } of Object.values(report.trained)) expect(webgpu.repeated).toBe(webgpu.again);
  });

  test("operator cases equal the float64 evaluator", () => {
    expect(Object.keys(report.cases).length).toBeGreaterThanOrEqual(3);
    for (const [name, difference] of Object.entries(report.cases))
      expect(difference, name).toBeLessThan(tolerances[name] ?? 2e-5);
  });
});

/** WebGPU takes some 8 to 16 buffers an operator; a deep model's update joins and parts more tensors than that. */
test("no operator of a training step has more than 15 tensors, however many parameters the model has", () => {
  const deep = programOfModel(
    (x, nn) =>
      nn.dense(
        Array.from({ length: 20 }).reduce((h: typeof x) => nn.tanh(nn.dense(h, 4)), x),
        3,
      ),
    [5],
  );
  const programs = [...(Object.keys(models) as ModelName[]).map((name) => trainingProgram(name)), deep];
  for (const { entries } of programs) {
    const { nodes } = lowerGraph(entries.train!.graph, { device: "webgpu" });
    expect(Math.max(...nodes.map(({ inputs, outputs }) => inputs.length + outputs.length))).toBeLessThanOrEqual(15);
  }
});

test("without an adapter the engine says so and offers the cpu", async ({ skip }) => {
  const script = `
    import { onnxEngine } from "@lepton/engine-onnx";
    const devices = await onnxEngine.devices();
    const program = { contract: 1, state: [], entries: {} };
    const refused = await onnxEngine.compile(program, { device: "webgpu", threads: 1 }).then(() => null, (e) => [e.code, e.message]);
    console.log(JSON.stringify({ devices: devices.map((d) => d.name), refused }));`;
  const args = ["--input-type=module-typescript", "-e", script];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    cwd: import.meta.dirname,
    env: { ...process.env, LD_LIBRARY_PATH: "", VK_ICD_FILENAMES: "/nowhere.json", VK_DRIVER_FILES: "/nowhere.json" },
  });
  const { devices, refused } = JSON.parse(stdout.trim().split("\n").at(-1)!) as {
    devices: string[];
    refused: string[] | null;
  };
  expect(devices[0]).toBe("cpu");
  skip(devices.includes("webgpu"), "Metal and Direct3D do not ask Vulkan's variables: the adapter cannot be hidden");
  expect(refused?.[0]).toBe("LEPTON_DEVICE");
  expect(refused?.[1]).toMatch(/device webgpu cannot be used: over \w+.*; use --device cpu\.$/);
});

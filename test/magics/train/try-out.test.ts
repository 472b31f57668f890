import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { leptonFolder } from "../../../magics/folder.ts";
import { createPlugins } from "../../../magics/plugins.ts";
import { createProvider } from "../../../magics/provider.ts";
import { trainDeclarations } from "../../../magics/train/declarations.ts";
import { suggestionOf } from "../../../magics/train/find-learning-rate.ts";
import { askJob } from "../../../magics/train/job-client.ts";
import { trainVerbs } from "../../../magics/train/verbs.ts";
import type { Verb } from "../../../magics/verb.ts";
import { lacking } from "../declared-members.ts";
import { fakeHost } from "../fake-host.ts";
import { makeSmallDataset } from "./small-data.ts";

const root = mkdtempSync(path.join(tmpdir(), "lepton-try-out-"));
afterAll(() => rmSync(root, { recursive: true }));
const place = leptonFolder(root);
const manifest = makeSmallDataset(place.datasets("d"), { task: "multiclass", rowShape: [8, 4] });
const data = { folder: place.datasets("d"), manifest };

async function notebook() {
  const host = fakeHost(root, { data });
  const provider = createProvider(trainVerbs as readonly Verb[], createPlugins());
  await provider.start(host);
  return { host, magic: (line: string, body?: string) => provider.run(body === undefined ? { line } : { line, body }) };
}

test("a dry run shows layers, parameters, memory and one batch's loss, and writes nothing", async () => {
  const { host, magic } = await notebook();
  const model =
    "(x, nn) => nn.dense(nn.lstm(x, 5, { name: 'memory' }).state.hidden.mul(nn.parameter('gain', [5], { kind: 'constant', value: 1 })), 3)";
  await magic("train data --batch-size 16 --dry-run --as tried", model);
  const tried = host.bound.get("tried")!;
  expect(tried.type).toBe("Lepton.Rehearsal");
  expect(tried.value).toMatchObject({
    layers: [
      { name: "memory", output: ["B", 8, 5], parameters: 4 * 20 + 5 * 20 + 20 },
      { name: "dense1", output: ["B", 3], parameters: 18 },
      { name: "gain", output: [5], parameters: 5 },
    ],
    parameters: 223,
    batchSize: 16,
    engine: "onnx",
    device: "cpu",
  });
  expect(lacking(trainDeclarations, "Rehearsal", tried.value as object)).toEqual([]);
  const { loss, memoryBytes } = tried.value as { loss: number; memoryBytes: number };
  expect(Math.abs(loss - Math.log(3))).toBeLessThan(0.6);
  expect(memoryBytes).toBeGreaterThan(10 * 223);
  expect(String(host.shown[0]!["text/plain"])).toMatch(/223 parameters; at most .* MB at 16 rows a batch/);
  expect(existsSync(place.runs()) ? readdirSync(place.runs()) : []).toEqual([]);
});

test("the learning-rate test draws a curve that ends where the loss explodes, and suggests a rate under it", async () => {
  const { host, magic } = await notebook();
  await magic("train data --model mlp --find-learning-rate --as curve");
  const { value, type } = host.bound.get("curve")!;
  expect(type).toBe("Lepton.RateCurve");
  const { rates, losses, suggested, lowest } = value as Record<"rates" | "losses", number[]> &
    Record<"suggested" | "lowest", number>;
  expect(lacking(trainDeclarations, "RateCurve", value as object)).toEqual([]);
  expect(rates[0]).toBe(1e-7);
  expect(losses).toHaveLength(rates.length);
  expect(suggested).toBeGreaterThan(1e-6);
  expect(suggested).toBeLessThan(lowest);
  expect(String(host.shown[0]!["text/plain"])).toContain(`--learning-rate ${suggested}`);
  expect(String(host.shown[0]!["image/svg+xml"])).toContain("learning rate, as a power of ten");
});

test("a suggestion lies where the loss falls, and there is none where it only rises", () => {
  const rates = [1e-4, 1e-3, 1e-2, 1e-1, 1];
  expect(suggestionOf({ rates, losses: [5, 4.9, 4.5, 2, 3] })).toMatchObject({ lowest: 0.1, suggested: 0.001 });
  expect(suggestionOf({ rates, losses: [1, 2, 3, 4, 5] }).suggested).toBeNull();
});

test("what cannot be tried out is refused", async () => {
  const { magic } = await notebook();
  await expect(magic("train data --dry-run --find-learning-rate")).rejects.toThrow(
    /dryRun or findLearningRate, not both/,
  );
  await expect(magic("train --dry-run --resume run")).rejects.toThrow(/a resumed run cannot be tried out/);
  await expect(magic("train data --device tpu --dry-run")).rejects.toMatchObject({
    code: "LEPTON_DEVICE",
    message: expect.stringContaining('device must be auto or one of cuda, mps, webgpu, cpu, got "tpu"'),
  });
});

test("a job that is interrupted ends at once, and the next one gets a new process", async () => {
  const stop = new AbortController();
  const asked = askJob("evaluate", path.join(root, "nowhere"), { split: "test" }, stop.signal);
  stop.abort();
  await expect(asked).rejects.toMatchObject({ code: "LEPTON_INTERRUPTED" });
  await expect(askJob("evaluate", path.join(root, "nowhere"), { split: "test" })).rejects.toMatchObject({
    code: "LEPTON_NAME_UNKNOWN",
  });
});

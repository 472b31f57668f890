import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import onnx from "@lepton/engine-onnx";
import { afterAll, beforeAll, expect, test } from "vitest";
import { leptonFolder } from "../../../magics/folder.ts";
import { createPlugins } from "../../../magics/plugins.ts";
import { createProvider } from "../../../magics/provider.ts";
import { bestFile, readWeights } from "../../../magics/train/checkpoint.ts";
import { readEvents } from "../../../magics/train/event-log.ts";
import { runIds } from "../../../magics/train/kept-runs.ts";
import type { Run } from "../../../magics/train/run.ts";
import { encodeTensors } from "../../../magics/train/safetensors.ts";
import { trainVerbs } from "../../../magics/train/verbs.ts";
import type { Verb } from "../../../magics/verb.ts";
import { type FakeHost, fakeHost } from "../fake-host.ts";
import { makeSmallDataset } from "./small-data.ts";

const root = mkdtempSync(path.join(tmpdir(), "lepton-weights-"));
afterAll(() => rmSync(root, { recursive: true }));
const place = leptonFolder(root);
const dataset = (name: string, classes: number) => ({
  folder: place.datasets(name),
  manifest: makeSmallDataset(place.datasets(name), { task: "multiclass", classes }),
});

let host: FakeHost;
let magic: (line: string) => Promise<unknown>;
let first: Run;
beforeAll(async () => {
  const plugins = createPlugins();
  plugins.add(onnx, "@lepton/engine-onnx");
  host = fakeHost(root, { three: dataset("three", 3), four: dataset("four", 4) });
  const provider = createProvider(trainVerbs as readonly Verb[], plugins);
  await provider.start(host);
  magic = (line) => provider.run({ line });
  await magic("train three --model mlp --hidden 8 --epochs 15 --learning-rate 0.02 --as first");
  first = run("first");
});

const run = (name: string) => host.lookup(name)?.value as Run;
const messages = (of: Run) => readEvents(of.folder).flatMap((event) => (event.type === "message" ? [event.text] : []));
const firstLoss = (of: Run) => of.history[0]!.train.loss!;
const file = (name: string, content: Uint8Array | string) => {
  writeFileSync(path.join(root, name), content);
  return name;
};
const tensor = (...shape: number[]) =>
  ({ dtype: "f32", shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) }) as const;
const bytesOf = (tensors: Parameters<typeof encodeTensors>[0]["tensors"]) =>
  Buffer.concat(encodeTensors({ tensors, metadata: {} }));

test("a run begins where another one ended, and says so", async () => {
  await magic("train three --model mlp --hidden 8 --epochs 1 --learning-rate 1e-9 --weights first --as onward");
  expect(firstLoss(run("onward"))).toBeLessThan(firstLoss(first) * 0.7);
  expect(messages(run("onward"))).toEqual([`begins with the weights of run ${first.id}: 4 of 4 tensors.`]);
  // Both are the validation loss of the best weights; a rate of 1e-9 moves them by less than f32 tells.
  const best = Math.min(...first.history.map(({ validation }) => validation!["loss"]!));
  expect(run("onward").history[0]!.validation!["loss"]).toBeCloseTo(best, 6);
});

test("a file of weights does the same; what has another shape begins anew and is named", async () => {
  file("first.safetensors", readFileSync(bestFile(first.folder)));
  await magic(
    "train four --model mlp --hidden 8 --epochs 1 --learning-rate 1e-9 --weights first.safetensors --as wider",
  );
  expect(messages(run("wider"))).toEqual([
    "begins with the weights of first.safetensors: 2 of 4 tensors; it has none of the name and shape of dense2.weight, dense2.bias, which begin anew.",
  ]);
  const [before, after] = [first, run("wider")].map(
    ({ folder }) => readWeights(folder)["dense1.weight"]!.data as Float32Array,
  );
  for (const [i, value] of before!.entries()) expect(after![i]!).toBeCloseTo(value, 6); // such a rate moves next to nothing
  expect(run("wider").spec.weights).toMatchObject({ from: "first.safetensors", taken: 2 });
});

test.each([
  ["a pickle", "w.pt", Uint8Array.of(0x80, 2, 0x7d), /is a pickle or an archive that may hold one.*save_file/],
  ["a zipped pickle of any name", "w.bin", Uint8Array.of(0x50, 0x4b, 3, 4, 0), /is a pickle or an archive/],
  ["Keras's HDF5", "w.h5", Uint8Array.of(0x89, 0x48, 0x44, 0x46, 0x0d), /is an HDF5 file of Keras/],
  ["an ONNX model", "w.onnx", Uint8Array.of(8, 7), /is an ONNX model/],
  [
    "a file cut off",
    "cut.safetensors",
    bytesOf({ a: tensor(2) }).subarray(0, 60),
    /cut\.safetensors is damaged: .* Its SHA-256 is [0-9a-f]{64}\./,
  ],
  [
    "a header without sense",
    "odd.safetensors",
    Buffer.concat([Uint8Array.of(16, 0, 0, 0, 0, 0, 0, 0), Buffer.from('{"a":{"shape":3}}'.slice(0, 16))]),
    /is damaged/,
  ],
  [
    "offsets outside",
    "out.safetensors",
    bytesOf({ a: tensor(2) })
      .toString("latin1")
      .replace("[0,8]", "[9,1]"),
    /is damaged: tensor "a" needs 8 bytes/,
  ],
  [
    "nothing that fits",
    "other.safetensors",
    bytesOf({ "fc.weight": tensor(3, 3) }),
    /has no tensor of this model's names and shapes; it has fc\.weight \[3, 3\], the model dense1\.weight \[6, 8\]/,
  ],
  [
    "numbers that are not finite",
    "nan.safetensors",
    bytesOf({ "dense1.bias": { ...tensor(8), data: new Float32Array(8).fill(Number.NaN) } }),
    /dense1\.bias of nan\.safetensors has NaN at place 0/,
  ],
])("%s is refused, and leaves no run", async (_, name, content, message) => {
  const before = runIds(place).length;
  file(name, content);
  await expect(magic(`train three --model mlp --hidden 8 --weights ${name}`)).rejects.toThrow(message);
  expect(runIds(place)).toHaveLength(before);
});

test("weights that changed by one bit are refused with both hashes", async () => {
  const bytes = readFileSync(bestFile(first.folder));
  bytes[bytes.length - 1]! ^= 1;
  file("bit.safetensors", bytes);
  await expect(magic("train three --hidden 8 --weights bit.safetensors")).rejects.toThrow(
    /damaged: its tensors have the SHA-256 [0-9a-f]{64}, it says [0-9a-f]{64}/,
  );
});

test("neither a file nor a run, and weights for a resumed run, are told", async () => {
  await expect(magic("train three --weights nowhere.safetensors")).rejects.toThrow(
    /nowhere\.safetensors does not exist/,
  );
  await expect(magic("train three --weights firsd")).rejects.toThrow(/there is no run "firsd"; did you mean "first"/);
  await expect(magic("train --resume first --epochs 20 --weights first")).rejects.toThrow(/weights cannot be given/);
});

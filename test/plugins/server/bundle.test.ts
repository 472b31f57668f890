import { appendFile, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { loadBundle } from "../../../plugins/server/bundle.ts";
import { checkModel } from "../../../plugins/server/model-check.ts";
import { bundleFolder, sumParts } from "./tiny-bundle.ts";

test("a folder that was written is read again", async () => {
  const bundle = await loadBundle(await bundleFolder(sumParts()));
  expect(bundle.manifest).toMatchObject({
    name: "credit-risk",
    version: 1,
    model: { input: "raw", output: "prediction" },
  });
  expect(Object.keys(bundle.manifest.files)).toEqual(["model.onnx", "stages.json"]);
});

test.each(["model.onnx", "stages.json"])("a %s that changed after the deployment is refused", async (file) => {
  const folder = await bundleFolder(sumParts());
  await appendFile(path.join(folder, file), " ");
  await expect(loadBundle(folder)).rejects.toMatchObject({
    code: "LEPTON_FILE_FORMAT",
    message: expect.stringMatching(new RegExp(`${file} is not the file that was deployed: SHA-256`)),
  });
});

test("a folder without its files, or with a broken manifest, is told", async () => {
  const folder = await bundleFolder(sumParts());
  const manifest = JSON.parse(await readFile(path.join(folder, "bundle.json"), "utf8"));
  const refused = async (text: string) => {
    await writeFile(path.join(folder, "bundle.json"), text);
    return loadBundle(folder).then(String, (error: Error) => error.message);
  };
  expect(await refused("{")).toMatch(/bundle.json is not JSON/);
  expect(await refused("[]")).toMatch(/must hold a JSON object/);
  expect(await refused(JSON.stringify({ ...manifest, task: "magic" }))).toMatch(
    /task must be regression, binary or multiclass, got "magic"/,
  );
  expect(await refused(JSON.stringify({ ...manifest, files: {} }))).toMatch(/files must name model.onnx/);
  await rm(path.join(folder, "bundle.json"));
  await expect(loadBundle(folder)).rejects.toMatchObject({
    code: "LEPTON_FILE_MISSING",
    message: expect.stringMatching(/not a deployed folder/),
  });
});

/** A protobuf field: length-delimited for bytes, varint for a small number. */
const field = (number: number, value: Uint8Array | string | number): Buffer => {
  if (typeof value === "number") return Buffer.from([number * 8, value]);
  const bytes = Buffer.from(value as string);
  const key = number < 16 ? [number * 8 + 2] : [((number * 8 + 2) & 127) | 128, (number * 8 + 2) >> 7];
  return Buffer.concat([Buffer.from([...key, bytes.length]), bytes]);
};
const model = (...graph: Buffer[]) => field(7, Buffer.concat([field(1, field(4, "Relu")), ...graph]));

test("a model of standard operators passes", () => {
  expect(() => checkModel(model(), "model.onnx")).not.toThrow();
});

test.each([
  ["external data in an initializer", model(field(5, field(13, field(1, "location")))), /external data/],
  ["an external data location", model(field(5, field(14, 1))), /external data/],
  ["external data in an attribute's tensor", model(field(1, field(5, field(5, field(14, 1))))), /external data/],
  ["external data in a sparse tensor", model(field(15, field(1, field(14, 1)))), /external data/],
  ["external data inside a branch", model(field(1, field(5, field(6, field(5, field(14, 1)))))), /external data/],
  ["an operator of another domain", model(field(1, field(7, "com.evil"))), /operators of the domain "com.evil"/],
  ["another domain in an import", Buffer.concat([model(), field(8, field(1, "com.evil"))]), /"com.evil"/],
  ["another domain in a function", Buffer.concat([model(), field(25, field(7, field(7, "com.evil")))]), /"com.evil"/],
  [
    "an attribute of a function that keeps a tensor elsewhere",
    Buffer.concat([model(), field(25, field(11, field(5, field(14, 1))))]),
    /external data/,
  ],
  // Field 8 written as 8 + 2^32 / 8: protobuf's own readers take it for 8.
  [
    "a field under a tag of more than 32 bits",
    Buffer.concat([model(), Buffer.from([0xc2, 0x80, 0x80, 0x80, 0x10, 0])]),
    /not an ONNX model/,
  ],
  ["bytes that are no model", Buffer.from("hello world"), /not an ONNX model/],
  ["a truncated model", model().subarray(0, 5), /not an ONNX model/],
  ["nothing", Buffer.alloc(0), /no operators/],
])("%s is refused", (_name, bytes, sentence) => {
  expect(() => checkModel(bytes, "model.onnx")).toThrow(sentence);
});

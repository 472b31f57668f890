/**
 * Opens a deployed folder. Enters: its path; leaves: the manifest, the host stages and the model's bytes, each checked against its SHA-256. Apart
 * because it is the only reader of those files: what it returns is trusted by the rest of the server.
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { assertBundleManifest, type BundleManifest, LeptonError } from "@lepton/contract";
import { checkModel } from "./model-check.ts";

export interface Bundle {
  readonly folder: string;
  readonly manifest: BundleManifest;
  /** Host stages as DATA wrote them; null for a model of plain arrays. */
  readonly stages: unknown;
  readonly model: Uint8Array;
}

/** @throws LEPTON_FILE_MISSING without a bundle.json; LEPTON_FILE_FORMAT where a file is damaged, changed or unsafe */
export async function loadBundle(folder: string): Promise<Bundle> {
  const manifest: unknown = parse(await readText(folder, "bundle.json"), path.join(folder, "bundle.json"));
  assertBundleManifest(manifest, path.join(folder, "bundle.json"));
  const model = await readChecked(folder, "model.onnx", manifest);
  checkModel(model, path.join(folder, "model.onnx"));
  const stages = await readChecked(folder, "stages.json", manifest);
  return { folder, manifest, model, stages: parse(stages.toString("utf8"), path.join(folder, "stages.json")) };
}

async function readChecked(folder: string, file: string, manifest: BundleManifest): Promise<Buffer> {
  const expected = manifest.files[file];
  if (expected === undefined) {
    throw new LeptonError("LEPTON_FILE_FORMAT", `${path.join(folder, "bundle.json")}: files must name ${file}.`);
  }
  const bytes = await readBytes(folder, file);
  const actual = createHash("sha256").update(bytes).digest("hex");
  if (actual === expected) return bytes;
  throw new LeptonError(
    "LEPTON_FILE_FORMAT",
    `${path.join(folder, file)} is not the file that was deployed: SHA-256 ${actual.slice(0, 12)}…, expected ${expected.slice(0, 12)}…; deploy the run again.`,
  );
}

async function readBytes(folder: string, file: string): Promise<Buffer> {
  try {
    return await readFile(path.join(folder, file));
  } catch (error) {
    throw new LeptonError(
      "LEPTON_FILE_MISSING",
      `${folder} is not a deployed folder: ${file} cannot be read. Deploy a run with %lepton deploy.`,
      { cause: error },
    );
  }
}

const readText = async (folder: string, file: string) => (await readBytes(folder, file)).toString("utf8");

function parse(text: string, origin: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new LeptonError("LEPTON_FILE_FORMAT", `${origin} is not JSON; deploy the run again.`, { cause: error });
  }
}

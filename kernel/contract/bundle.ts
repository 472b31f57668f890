/**
 * The manifest of a deployed folder: `bundle.json`, written by magics/deploy and read by plugins/server. A folder holds one version of one
 * deployment and runs by itself: host stages (`stages.json`) ─► model.onnx ─► answer.
 */
import type { RawColumn } from "./data.ts";
import { LeptonError } from "./errors.ts";
import type { Task } from "./run.ts";

export interface BundleManifest {
  readonly format: 1;
  readonly name: string;
  readonly version: number;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  /** What the user wrote about this version; empty when nothing. */
  readonly note: string;
  readonly run: { readonly id: string; readonly name: string };
  readonly dataset: { readonly id: string; readonly name: string };
  readonly task: Task;
  /** What is predicted: the target column's name. */
  readonly target: string;
  /** Labels in the order of the model's probabilities (binary: negative, positive); null for regression. */
  readonly classes: readonly string[] | null;
  /** Raw columns a request must name, in order; empty for a model of plain arrays. */
  readonly columns: readonly RawColumn[];
  /** Shape of one row of the model's input, after the host stages: [R], or [28, 28, 1] for images. */
  readonly rowShape: readonly number[];
  /** Names inside model.onnx. output: [B, K] predictions (regression) or probabilities (one column for binary, or one for each class). */
  readonly model: { readonly input: string; readonly output: string };
  /** SHA-256 (hex) of every other file that the server reads. */
  readonly files: Readonly<Record<string, string>>;
}

const text = (value: unknown) => typeof value === "string" && value !== "";
const texts = (value: unknown) => Array.isArray(value) && value.every((item) => typeof item === "string");
const sizes = (value: unknown) => Array.isArray(value) && value.length > 0 && value.every(Number.isSafeInteger);
const record = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const rules: Readonly<Record<string, readonly [must: string, (value: unknown) => boolean]>> = {
  format: ["be 1", (value) => value === 1],
  name: ["be a name", text],
  version: ["be a whole number from 1", (value) => Number.isSafeInteger(value) && Number(value) >= 1],
  createdAt: ["be a date", text],
  note: ["be text", (value) => typeof value === "string"],
  run: ["be {id, name}", (value) => record(value) && text(value.id)],
  dataset: ["be {id, name}", (value) => record(value) && text(value.id)],
  task: ["be regression, binary or multiclass", (value) => /^(regression|binary|multiclass)$/.test(String(value))],
  target: ["be text", (value) => typeof value === "string"],
  classes: ["be a list of labels, or null", (value) => value === null || texts(value)],
  columns: [
    "be a list of columns",
    (value) => Array.isArray(value) && value.every((item) => record(item) && text(item.name) && text(item.kind)),
  ],
  rowShape: ["be a list of sizes", sizes],
  model: ["be {input, output}", (value) => record(value) && text(value.input) && text(value.output)],
  files: ["map file names to SHA-256", (value) => record(value) && Object.values(value).every(text)],
};

/** Check a parsed bundle.json; `origin` is the file, for the message. @throws LEPTON_FILE_FORMAT */
export function assertBundleManifest(value: unknown, origin: string): asserts value is BundleManifest {
  if (!record(value)) throw new LeptonError("LEPTON_FILE_FORMAT", `${origin} must hold a JSON object.`);
  for (const [key, [must, holds]] of Object.entries(rules)) {
    if (holds(value[key])) continue;
    const came = JSON.stringify(value[key])?.slice(0, 80) ?? "nothing";
    throw new LeptonError("LEPTON_FILE_FORMAT", `${origin}: ${key} must ${must}, got ${came}; deploy the run again.`);
  }
}

/**
 * Weights to begin with, from another run or a file. Enter: what the user gave and the program to be trained; leave: a file in the run's folder with
 * the tensors that fit, and the state a run starts from. Apart because such a file comes from outside: it is looked at before it is believed.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { LeptonError, type Program, type RunSpec, type StateSpec, type TensorData } from "@lepton/contract";
import { initialState } from "@lepton/graph";
import { replaceFile } from "../data/durable-file.ts";
import type { LeptonFolder } from "../folder.ts";
import { checkHash, readWeights, type State } from "./checkpoint.ts";
import { findRun } from "./find-run.ts";
import { decodeTensors, encodeTensors } from "./safetensors.ts";

export type StartingWeights = NonNullable<RunSpec["weights"]>;

const startFile = (folder: string) => path.join(folder, "start.safetensors");

/** Name ─► tensor, and in words where they are from. @param folder  the notebook's. @throws LEPTON_CHECKPOINT, LEPTON_NAME_UNKNOWN */
export function readGivenWeights(given: unknown, place: LeptonFolder, folder: string): { from: string; state: State } {
  const file = typeof given === "string" ? path.resolve(folder, given) : "";
  if (typeof given === "string" && (existsSync(file) || /\.\w+$|[/\\]/.test(given))) {
    return { from: given, state: readWeightFile(file, given) };
  }
  const run = findRun(given, place, "train: weights");
  return { from: `run ${run.id}`, state: readWeights(run.folder) };
}

function readWeightFile(file: string, given: string): State {
  const refuse = (why: string, cause?: unknown) =>
    new LeptonError("LEPTON_CHECKPOINT", `train: weights: ${given} ${why}.`, { cause });
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    throw refuse(isMissing ? "does not exist, neither as a file nor as a run" : "cannot be read as a file", cause);
  }
  const foreign = foreignFormat(bytes, file);
  if (foreign !== null) throw refuse(foreign);
  const found = decodeTensors(bytes, file);
  checkHash(found, file);
  return found.tensors;
}

const toSafetensors = "in Python: safetensors.torch.save_file(model.state_dict(), 'weights.safetensors')";

/** Why a file of another kind is not read: most hold programs or point to further files. null for what may be safetensors. */
function foreignFormat(bytes: Uint8Array, file: string): string | null {
  const begins = (...start: readonly number[]) => start.every((byte, i) => bytes[i] === byte);
  const isPickle = (begins(0x80) && bytes[1]! <= 5) || begins(0x50, 0x4b, 3, 4);
  if (isPickle || /\.(pt|pth|pkl|pickle|ckpt)$/i.test(file))
    return `is a pickle or an archive that may hold one, which can run any program when it is read; save it as safetensors, ${toSafetensors}`;
  if (begins(0x89, 0x48, 0x44, 0x46))
    return `is an HDF5 file of Keras; save its arrays as safetensors, ${toSafetensors}`;
  if (/\.onnx$/i.test(file))
    return "is an ONNX model, which has operators, external files and names of its own; give a run or a safetensors file";
  return null;
}

/**
 * Keep the given tensors that the program has, in the run's folder, so that the run needs their source no more.
 *
 * @throws LEPTON_CHECKPOINT when none fits, or one has numbers that are not finite
 */
export function keepWeights(
  folder: string,
  program: Program,
  { from, state }: { from: string; state: State },
): StartingWeights {
  const wanted = program.state.filter(({ role }) => role === "parameter" || role === "statistic");
  const taken = wanted.filter((spec) => fits(spec, state[spec.name]));
  if (taken.length === 0) {
    const some = (names: readonly string[]) => names.slice(0, 6).join(", ") || "nothing";
    throw new LeptonError(
      "LEPTON_CHECKPOINT",
      `train: weights: ${from} has no tensor of this model's names and shapes; it has ${some(Object.keys(state).map((name) => described(name, state[name]!)))}, the model ${some(wanted.map((spec) => described(spec.name, spec)))}.`,
    );
  }
  const tensors = Object.fromEntries(taken.map(({ name }) => [name, state[name]!]));
  for (const [name, tensor] of Object.entries(tensors)) assertFinite(from, name, tensor);
  const parts = encodeTensors({ tensors, metadata: { format: "lepton-weights-1" } });
  replaceFile(startFile(folder), parts);
  const anew = wanted.filter((spec) => !taken.includes(spec)).map(({ name }) => name);
  return { from, sha256: sha256Of(parts), taken: taken.length, anew };
}

const described = (name: string, { shape }: { readonly shape: readonly number[] }) => `${name} [${shape.join(", ")}]`;

function fits({ dtype, shape }: StateSpec, tensor: TensorData | undefined): boolean {
  return tensor !== undefined && tensor.dtype === dtype && tensor.shape.join() === shape.join();
}

function assertFinite(from: string, name: string, { data }: TensorData): void {
  const bad = data instanceof Float32Array ? data.findIndex((value) => !Number.isFinite(value)) : -1;
  if (bad < 0) return;
  throw new LeptonError("LEPTON_CHECKPOINT", `train: weights: ${name} of ${from} has ${data[bad]} at place ${bad}.`);
}

/** What a run's first step starts from. @throws LEPTON_CHECKPOINT when the kept weights are not those that were kept */
export function startState(program: Program, spec: RunSpec, folder: string): State {
  const first = initialState(program, spec.seed);
  if (!spec.weights) return first;
  const file = startFile(folder);
  if (!existsSync(file)) throw new LeptonError("LEPTON_CHECKPOINT", `${file} is gone; train again.`);
  const bytes = readFileSync(file);
  const got = sha256Of([bytes]);
  if (got !== spec.weights.sha256) {
    throw new LeptonError(
      "LEPTON_CHECKPOINT",
      `${file} is damaged: its SHA-256 is ${got}, the run kept ${spec.weights.sha256}; train again.`,
    );
  }
  return { ...first, ...decodeTensors(bytes, file).tensors };
}

/** For the run's output. */
export function toldWeights({ from, taken, anew }: StartingWeights): string {
  const rest = anew.length > 0 ? `; it has none of the name and shape of ${anew.join(", ")}, which begin anew` : "";
  return `begins with the weights of ${from}: ${taken} of ${taken + anew.length} tensors${rest}.`;
}

function sha256Of(parts: readonly Uint8Array[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}

/**
 * A data set's numbers in memory. Enter: the folder of a data set; leave: typed arrays of each split, checked against the manifest. Apart because
 * the run's process reads them without any of the code that made them.
 */
import { closeSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import path from "node:path";
import { type ArrayFile, type DatasetManifest, LeptonError, type SplitName } from "@lepton/contract";

/** One split: rows of x and y, row-major. */
export interface SplitArrays {
  readonly rows: number;
  /** Numbers of a row of x: the product of rowShape. */
  readonly rowSize: number;
  /** Numbers of a row of y: K for regression, 1 for binary, 1 (a class index) for multiclass. */
  readonly targetSize: number;
  readonly x: Float32Array;
  readonly y: Float32Array | Int32Array;
}

export function readManifest(folder: string): DatasetManifest {
  const file = path.join(folder, "dataset.json");
  try {
    return JSON.parse(readFileSync(file, "utf8")) as DatasetManifest;
  } catch (error) {
    const message = `data set ${folder} cannot be read: ${(error as Error).message}; make it again with %lepton features.`;
    throw new LeptonError("LEPTON_FILE_MISSING", message, { cause: error });
  }
}

/** @param part  both, or only y: x is then empty. @throws LEPTON_FILE_MISSING, LEPTON_FILE_FORMAT when a file is missing or not as long as the manifest says */
export function readSplit(
  folder: string,
  manifest: DatasetManifest,
  split: SplitName,
  part: "both" | "y" = "both",
): SplitArrays {
  const files = manifest.arrays[split];
  const rows = manifest.rows[split];
  const y = readArray(folder, files.y);
  if (manifest.task === "multiclass") checkLabels(y, manifest, split);
  const size = (shape: readonly number[]) => shape.slice(1).reduce((product, dim) => product * dim, 1);
  return {
    rows,
    rowSize: size(files.x.shape),
    targetSize: size(files.y.shape),
    x: part === "y" ? new Float32Array(0) : (readArray(folder, files.x) as Float32Array),
    y,
  };
}

/** @throws LEPTON_TARGET */
function checkLabels(
  y: Float32Array | Int32Array,
  { target, classCounts, name }: DatasetManifest,
  split: SplitName,
): void {
  const classes = target.classes?.length ?? classCounts?.length;
  if (classes === undefined) return;
  const row = y.findIndex((label) => !(label >= 0 && label < classes));
  if (row < 0) return;
  throw new LeptonError(
    "LEPTON_TARGET",
    `data set ${name}: labels must be 0 to ${classes - 1}, ${split} row ${row} has ${y[row]}; make the data set again.`,
  );
}

const chunkBytes = 256 * 1024 * 1024; // Node's readFile refuses files above 2 GiB

function readArray(folder: string, array: ArrayFile): Float32Array | Int32Array {
  const file = path.join(folder, array.file);
  const count = array.shape.reduce((product, dim) => product * dim, 1);
  const values = array.dtype === "f32" ? new Float32Array(count) : new Int32Array(count);
  const bytes = new Uint8Array(values.buffer);
  let descriptor: number;
  try {
    descriptor = openSync(file, "r");
  } catch (error) {
    throw new LeptonError("LEPTON_FILE_MISSING", `${file} is missing; make the data set again.`, { cause: error });
  }
  try {
    const found = fstatSync(descriptor).size;
    if (found !== bytes.length) {
      const message = `${file} has ${found} bytes, the data set says ${bytes.length}; make the data set again.`;
      throw new LeptonError("LEPTON_FILE_FORMAT", message);
    }
    for (let at = 0; at < bytes.length; ) {
      at += readSync(descriptor, bytes, at, Math.min(chunkBytes, bytes.length - at), at);
    }
  } finally {
    closeSync(descriptor);
  }
  return values;
}

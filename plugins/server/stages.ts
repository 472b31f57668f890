/** Host stages in front of the model: the same code as in training. A model of plain arrays has none (`null` in stages.json). */
import { LeptonError } from "@lepton/contract";
import { rowEncoder, type Stages } from "@lepton/graph/stages";
import type { Bundle } from "./bundle.ts";
import type { EncodeRows } from "./rows.ts";

/** @throws LEPTON_FILE_FORMAT when the stages are not of a version this server reads */
export function encoderOf({ stages, manifest, folder }: Bundle): EncodeRows {
  if (manifest.columns.length === 0) return () => new Float32Array(0); // never asked: rows.ts reads plain numbers itself
  try {
    return rowEncoder(stages as Stages);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new LeptonError("LEPTON_FILE_FORMAT", `${folder}/stages.json cannot be used: ${why}; deploy the run again.`, {
      cause: error,
    });
  }
}

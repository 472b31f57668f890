/** Each graph operator's way to ATen, by name: the one list of what this engine has. */
import { LeptonError } from "@lepton/contract";
import { elementwise } from "./elementwise.ts";
import type { Lower } from "./emitter.ts";
import { fused } from "./fused.ts";
import { shapes } from "./shapes.ts";
import { windows } from "./windows.ts";

export const table: Readonly<Record<string, Lower>> = { ...elementwise, ...shapes, ...windows, ...fused };

/** @throws LEPTON_ENGINE_OP naming the operator and who has it */
export function lowerOf(operator: string, where: string): Lower {
  const lower = Object.hasOwn(table, operator) ? table[operator] : undefined;
  if (lower) return lower;
  throw new LeptonError(
    "LEPTON_ENGINE_OP",
    `${where}: engine torch has no operator ${operator}; the engine onnx has it: use --engine onnx.`,
  );
}

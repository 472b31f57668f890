/** All operators by name, in the order of docs/operators.md. Engines and the builder look them up here. */
import { LeptonError } from "@lepton/contract";
import type { Operator } from "../operator.ts";
import { activationOperators } from "./activations.ts";
import { compareOperators } from "./compare.ts";
import { convolutionOperators } from "./convolution.ts";
import { elementwiseOperators } from "./elementwise.ts";
import { indexingOperators } from "./indexing.ts";
import { linearOperators } from "./linear.ts";
import { pieceOperators } from "./pieces.ts";
import { poolingOperators } from "./pooling.ts";
import { reductionOperators } from "./reductions.ts";
import { shapeOperators } from "./shape.ts";

export const families: Readonly<Record<string, readonly Operator[]>> = {
  elementwise: elementwiseOperators,
  "comparison and choice": compareOperators,
  activation: activationOperators,
  reduction: reductionOperators,
  "linear algebra": linearOperators,
  shape: shapeOperators,
  pieces: pieceOperators,
  indexing: indexingOperators,
  convolution: convolutionOperators,
  pooling: poolingOperators,
};

const byName = new Map(Object.values(families).flatMap((family) => family.map((op) => [op.name, op] as const)));

/** @throws LEPTON_ENGINE_OP for a name that is none */
export function operatorOf(name: string): Operator {
  const operator = byName.get(name);
  if (operator) return operator;
  throw new LeptonError(
    "LEPTON_ENGINE_OP",
    `there is no operator "${name}"; operators: ${[...byName.keys()].join(", ")}.`,
  );
}

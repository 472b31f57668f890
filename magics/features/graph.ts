/**
 * Raw numbers become features, as graph: what is trained on, exported and served. Enters: a plan and a symbolic [B, R]; leaves: [B, F]. Columns of
 * one kind are worked on together, so the graph has some twenty nodes however many features there are.
 */
import { cast, concat, equal, gather, maximum, minimum, mul, notEqual, sub, type Tensor, where } from "@lepton/graph";
import type { FeatureStep, Plan } from "./plan.ts";

/** Features and the place of each in the row. */
interface Part {
  readonly tensor: Tensor;
  readonly places: readonly number[];
}

/** @param raw [B, R] f32 with NaN for missing. @returns [B, F] f32, never NaN */
export function featuresGraph(plan: Pick<Plan, "steps" | "features">, raw: Tensor): Tensor {
  return raw.builder.label("features", () => {
    const parts = [numbers(plan, raw), oneHots(plan, raw), missing(plan, raw)].filter((part) => part !== undefined);
    const places = parts.flatMap((part) => part.places);
    const all =
      parts.length === 1
        ? parts[0]!.tensor
        : concat(
            parts.map((part) => part.tensor),
            1,
          ); // [B, F], by kind
    const inOrder = places.every((place, index) => place === index);
    return inOrder
      ? all
      : columns(
          all,
          plan.features.map((_, feature) => places.indexOf(feature)),
        );
  });
}

/** x [B, C] ─► the columns `picked`, in that order. */
function columns(x: Tensor, picked: readonly number[]): Tensor {
  return gather(x, x.builder.constant(picked, [picked.length], "i32"), 1);
}

function stepsOf<K extends FeatureStep["kind"]>(
  plan: Pick<Plan, "steps">,
  kind: K,
): readonly (FeatureStep & { kind: K })[] {
  return plan.steps.filter((step) => step.kind === kind) as (FeatureStep & { kind: K })[];
}

function numbers(plan: Pick<Plan, "steps">, raw: Tensor): Part | undefined {
  const steps = stepsOf(plan, "number");
  if (steps.length === 0) return undefined;
  const row = (key: "fill" | "low" | "high" | "offset" | "scale") =>
    raw.builder.constant(
      steps.map((step) => step[key]),
      [1, steps.length],
    );
  const x = columns(
    raw,
    steps.map((step) => step.raw),
  ); // [B, numbers]
  const filled = where(notEqual(x, x), row("fill"), x); // NaN alone differs from itself
  const bounded = minimum(maximum(filled, row("low")), row("high"));
  return { tensor: mul(sub(bounded, row("offset")), row("scale")), places: steps.map((step) => step.feature) };
}

function oneHots(plan: Pick<Plan, "steps">, raw: Tensor): Part | undefined {
  const steps = stepsOf(plan, "one-hot");
  if (steps.length === 0) return undefined;
  const codes = columns(
    raw,
    steps.map((step) => step.raw),
  ); // [B, columns]
  const filled = where(
    notEqual(codes, codes),
    raw.builder.constant(
      steps.map((step) => step.fill),
      [1, steps.length],
    ),
    codes,
  );
  const spread = columns(
    filled,
    steps.flatMap((step, index) => Array<number>(step.count).fill(index)),
  ); // [B, categories]
  const own = steps.flatMap((step) => Array.from({ length: step.count }, (_, code) => code));
  const matches = equal(spread, raw.builder.constant(own, [1, own.length]));
  return {
    tensor: cast(matches, "f32"),
    places: steps.flatMap((step) => Array.from({ length: step.count }, (_, code) => step.feature + code)),
  };
}

function missing(plan: Pick<Plan, "steps">, raw: Tensor): Part | undefined {
  const steps = stepsOf(plan, "missing");
  if (steps.length === 0) return undefined;
  const x = columns(
    raw,
    steps.map((step) => step.raw),
  );
  return { tensor: cast(notEqual(x, x), "f32"), places: steps.map((step) => step.feature) };
}

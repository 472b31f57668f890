/** torch's fused optimisers: one call that changes all parameters and their moments in place. It must be a plan's last call. */
import type { FusedOptimizer } from "../fuse/optimizer.ts";
import type { Slot } from "../raw/call.ts";
import type { Emitter, Value } from "./emitter.ts";

export function draftOptimizer(optimizer: FusedOptimizer, values: ReadonlyMap<string, Value>, emitter: Emitter): void {
  const { kind, parameters, moments, numbers } = optimizer;
  const { call, callMany } = emitter;
  const own = parameters.map(({ name }) => values.get(name)!);
  const gradients = parameters.map(({ gradient, size, start }, i) => {
    const whole = values.get(gradient)!;
    const part = whole.shape[0] === size ? whole : call("narrow", whole, 0, start, size);
    return call("reshape", dense(part, emitter), own[i]!.shape);
  });
  const parts = moments.map((name) =>
    partsOf(
      values.get(name)!,
      parameters.map(({ size }) => size),
      own,
      emitter,
    ),
  );
  const rate = values.get(optimizer.rate)!;
  const n = numbers as Record<string, number>;
  if (kind === "sgd") {
    const flags = [0, n["nesterov"] === 1, false, false, null, null] as const;
    callMany("_fused_sgd_.tensor_lr", 0, own, gradients, parts[0]!, 0, n["momentum"]!, rate, ...flags);
    return;
  }
  const step = values.get(optimizer.step!)!;
  const steps = parameters.map(() => step);
  const lists = [own, gradients, parts[0]!, parts[1]!, [], steps] as const;
  const options = [n["beta1"]!, n["beta2"]!, n["weightDecay"]!, n["epsilon"]!, false, false, null, null] as const;
  callMany(kind === "adam" ? "_fused_adam_.tensor_lr" : "_fused_adamw_.tensor_lr", 0, ...lists, rate, ...options);
}

/** The kernels walk through memory: a vector with gaps, or one number stretched, is copied. */
function dense(gradient: Slot, { call }: Emitter): Slot {
  return call("contiguous", gradient, "contiguous");
}

/** Views of a vector over all parameters, one for each. */
function partsOf(vector: Value, sizes: readonly number[], own: readonly Value[], { call }: Emitter): readonly Slot[] {
  let start = 0;
  return sizes.map((size, i) => {
    const part = call("narrow", vector, 0, start, size);
    start += size;
    return own[i]!.shape.length === 1 ? part : call("reshape", part, own[i]!.shape);
  });
}

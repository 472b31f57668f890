/**
 * What every sampler is: a pure function from what is known to the next trial's parameters. It keeps no state between calls; all it may draw
 * from is the stream of its trial. So a study resumed from its journal goes on as if it had never stopped.
 */
import type { ParameterSpace, ParameterValue, StudySpace } from "@lepton/contract";

export type Parameters = Readonly<Record<string, ParameterValue>>;

/** A trial as samplers see it. `value` is small for good, whatever the direction; null while it runs. */
export interface Observation {
  readonly number: number;
  readonly parameters: Parameters;
  readonly value: number | null;
  readonly state: "finished" | "pruned" | "running";
}

export interface SuggestRequest {
  readonly space: StudySpace;
  readonly number: number;
  /** Without failed and stopped trials, by number. */
  readonly observations: readonly Observation[];
  /** What every trial so far was given, those that failed too. */
  readonly tried: readonly Parameters[];
  /** The next number in (0, 1) of this trial's stream. */
  random(): number;
}

export interface Sampler {
  readonly name: string;
  suggest(request: SuggestRequest): Parameters;
}

/** One text for one combination, whatever the order of its keys. */
export const keyOf = (space: StudySpace, parameters: Parameters): string =>
  JSON.stringify(Object.keys(space).map((name) => parameters[name]));

/** A value drawn evenly (by ratio where the space is logarithmic). @param u in (0, 1) */
export function drawEvenly(space: ParameterSpace, u: number): ParameterValue {
  if (space.kind === "choice")
    return space.choices[Math.min(space.choices.length - 1, Math.floor(u * space.choices.length))]!;
  const [low, high] = innerBounds(space);
  return outerValue(space, low + u * (high - low));
}

/** Bounds on the inner scale: the logarithm where the space has one; half a unit of room on both sides of whole numbers. */
export function innerBounds(space: Exclude<ParameterSpace, { kind: "choice" }>): readonly [number, number] {
  const room = space.kind === "integer" ? 0.5 : 0;
  const inner = space.log ? Math.log : (value: number) => value;
  return [inner(space.low - room), inner(space.high + room)];
}

/** From the inner scale back, rounded to whole numbers where need be, never outside the bounds. */
export function outerValue(space: Exclude<ParameterSpace, { kind: "choice" }>, inner: number): number {
  const value = space.log ? Math.exp(inner) : inner;
  const whole = space.kind === "integer" ? Math.round(value) : value;
  return Math.min(space.high, Math.max(space.low, whole));
}

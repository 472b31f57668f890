/**
 * Which executed cells TypeScript's program holds: each takes 26 kB of trees and types, so only the latest do, and those asked about; older ones wait
 * as text. Enters: the scope and names that a cell being typed mentions. Leaves: units that are awake, and what of the others is to be kept.
 */
import { ours, type Scope, type Unit } from "./scope.ts";

/** Cells that are awake at least. */
export const mostAwake = 200;

/** The latest units by execution or by last use, those not settled yet (to settle them takes the program), and those that every cell sees. */
export function awakeUnits({ units }: Scope): ReadonlySet<Unit> {
  const all = [...units.values()];
  const first = all.length - mostAwake;
  return new Set(all.filter((unit, index) => index >= first || !unit.settled || unit.augments));
}

/** Wake the units of these names. @returns true when one slept: the scope module must be written anew */
export function wake(scope: Scope, names: Iterable<string>): boolean {
  if (scope.units.size <= mostAwake) return false;
  const awake = awakeUnits(scope);
  const asleep = new Set<Unit>();
  for (const name of names) {
    const unit = scope.names.get(name)?.unit;
    if (unit && !awake.has(unit)) asleep.add(unit);
  }
  for (const unit of asleep) {
    scope.units.delete(unit.id);
    scope.units.set(unit.id, unit); // now among the latest
  }
  return asleep.size > 0;
}

export interface SleepingName {
  readonly name: string;
  /** As Jupyter's completions say it. */
  readonly type: string;
}

/** Names of sleeping cells that begin so, the latest first; typing one further wakes its cell. */
export function sleepingNames(scope: Scope, start: string): readonly SleepingName[] {
  if (scope.units.size <= mostAwake) return [];
  const awake = awakeUnits(scope);
  const found: SleepingName[] = [];
  for (const [name, { unit }] of scope.names) {
    if (!awake.has(unit) && name.toLowerCase().startsWith(start)) found.push({ name, type: typeOf(name, unit.text) });
  }
  return found.reverse();
}

/** From the declarations that a settled cell is. */
function typeOf(name: string, text: string): string {
  const escaped = name.replaceAll("$", "\\$");
  return new RegExp(`\\b(function|class|interface|enum|type) ${escaped}(?![\\w$])`).exec(text)?.[1] ?? "variable";
}

const moduleNames = new RegExp(`\\b${ours}\\d+__`, "g");

/** Modules of the living names, and those that their types come from, asleep or awake. */
export function reachableModules(scope: Scope): ReadonlySet<string> {
  const byModule = new Map([...scope.units.values()].map((unit) => [unit.module, unit]));
  const living = [...scope.names.values()].map(({ unit }) => unit.module);
  const augmenting = [...scope.units.values()].filter((unit) => unit.augments).map((unit) => unit.module);
  const waiting = [...new Set([...living, ...augmenting])];
  const reached = new Set(waiting);
  for (let module = waiting.pop(); module !== undefined; module = waiting.pop()) {
    for (const [next] of (byModule.get(module)?.text ?? "").matchAll(moduleNames)) {
      if (!reached.has(next)) waiting.push(next);
      reached.add(next);
    }
  }
  return reached;
}

/** Names and values as a block of a card. */
import type { CardBlock } from "@lepton/contract";

/** Facts whose value is null are left out. */
export function factList(pairs: readonly (readonly [string, string | null])[]): CardBlock {
  return { kind: "facts", facts: pairs.flatMap(([name, value]) => (value === null ? [] : [{ name, value }])) };
}

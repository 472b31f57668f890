/** What a plugin's author is told by the compiler. Checked by `tsc -b` alone: each expected error must be one. */
import type { Engine, Plugin, Source, Target, Tracker } from "@lepton/contract";

declare const engine: Engine;
declare const source: Source;
declare const target: Target;

const tracker: Tracker = { name: "t", onStart: async () => {}, onEvent: async () => {}, onEnd: async () => {} };

export default {
  name: "mine",
  contract: 1,
  engines: [engine],
  sources: [source],
  targets: [target],
  trackers: [tracker],
} satisfies Plugin;

// @ts-expect-error: the contract that it was written for is not optional
export const noContract = { name: "mine" } satisfies Plugin;

// @ts-expect-error: a key that is none of the four doors
export const unknownKey = { name: "mine", contract: 1, engine: [engine] } satisfies Plugin;

// @ts-expect-error: an engine where a source belongs
export const wrongDoor = { name: "mine", contract: 1, sources: [engine] } satisfies Plugin;

// @ts-expect-error: an engine has no optional methods
export const halfEngine: Engine = { name: "half", unavailable: async () => null, devices: async () => [] };

export const reader: Tracker = {
  ...tracker,
  async onEvent(event) {
    // @ts-expect-error: only a step event has a loss
    event.loss;
    if (event.type === "step") event.loss.toFixed(3);
    // @ts-expect-error: there is no such event
    if (event.type === "batch") return;
    // @ts-expect-error: events are read only
    event.seq = 1;
  },
};

/** The samplers there are. */
import { LeptonError } from "@lepton/contract";
import { distinct } from "./distinct.ts";
import { gridSampler } from "./grid.ts";
import { randomSampler } from "./random.ts";
import type { Sampler } from "./sampler.ts";
import { tpeSampler } from "./tpe.ts";

const samplers: readonly Sampler[] = [distinct(tpeSampler), distinct(randomSampler), gridSampler];

export const samplerNames: readonly string[] = samplers.map((sampler) => sampler.name);

/** @throws LEPTON_OPTION_VALUE */
export function samplerOf(name: string): Sampler {
  const sampler = samplers.find((one) => one.name === name);
  if (!sampler) {
    throw new LeptonError(
      "LEPTON_OPTION_VALUE",
      `sweep: sampler must be one of ${samplerNames.join(", ")}, got "${name}".`,
    );
  }
  return sampler;
}

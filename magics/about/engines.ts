/** The verb `engines`: what can run programs here, on which devices, and why the others cannot. */
import type { DeviceInfo, Engine } from "@lepton/contract";
import { defineVerb } from "../verb.ts";
import { shownTable } from "./shown-table.ts";

export interface EngineReport {
  readonly name: string;
  readonly devices: readonly DeviceInfo[];
  /** Why it cannot run here, with the remedy; null when it can. */
  readonly unavailable: string | null;
}

/** Asks each engine; one that throws is reported as unavailable with its own words. */
export async function reportEngines(engines: readonly Engine[]): Promise<readonly EngineReport[]> {
  return Promise.all(
    engines.map(async (engine) => {
      try {
        const unavailable = await engine.unavailable();
        const devices = unavailable === null ? await engine.devices() : [];
        return { name: engine.name, devices, unavailable };
      } catch (error) {
        return { name: engine.name, devices: [], unavailable: `it failed to tell: ${(error as Error).message}` };
      }
    }),
  );
}

export const enginesVerb = defineVerb({
  spec: {
    name: "engines",
    summary: "List the engines that run models, and their devices.",
    arguments: [],
    options: {},
    result: "Lepton.EngineList",
    declarations:
      "interface EngineList { readonly rows: readonly { readonly name: string; readonly devices: readonly { readonly name: string; readonly description: string }[]; readonly unavailable: string | null }[] }",
    examples: ["%lepton engines"],
  },
  async run(_args, _options, { plugins }) {
    const reports = await reportEngines(plugins.engines());
    return shownTable(reports, ["engine", "ready", "devices"], ({ name, devices, unavailable }) => [
      name,
      unavailable === null ? "yes" : `no: ${unavailable}`,
      devices.map((device) => `${device.name} (${device.description})`).join(", "),
    ]);
  },
});

/** The verb `engines`: what can run programs here, on which devices, and why the others cannot. */
import type { DeviceInfo, Engine } from "@lepton/contract";
import type { Plugins } from "../plugins.ts";
import { deviceOptions } from "../train/open-executable.ts";
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

/** What --device auto takes here, and why not the faster ones. */
async function autoText(plugins: Plugins): Promise<string> {
  const options = await deviceOptions(plugins, "auto");
  const at = options.findIndex((option) => "engine" in option);
  const refused = options
    .slice(0, at < 0 ? options.length : at)
    .flatMap((option) => ("reason" in option ? [`${option.kind}: ${option.reason}`] : []));
  const chosen = options[at];
  const taken =
    chosen && "engine" in chosen ? `takes ${chosen.device} of engine ${chosen.engine.name}` : "finds nothing";
  return [`--device auto ${taken}`, ...refused].join("; ");
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
  async run(_args, _options, { plugins, host, sourceText }) {
    const reports = await reportEngines(plugins.engines());
    if (sourceText.startsWith("%")) host.print(`${await autoText(plugins)}\n`);
    return shownTable(reports, ["engine", "ready", "devices"], ({ name, devices, unavailable }) => [
      name,
      unavailable === null ? "yes" : `no: ${unavailable}`,
      devices.map((device) => `${device.name} (${device.description})`).join(", "),
    ]);
  },
});

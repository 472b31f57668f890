/** Which engine runs a program. Enter: plugins and what the user asked for; leaves: an engine that can run here, or all the reasons why none can. */
import { type Engine, LeptonError } from "@lepton/contract";
import { didYouMean } from "../data/nearest-name.ts";
import type { Plugins } from "../plugins.ts";

/** @param wanted  an engine's name, or "auto": the first that can run. @throws LEPTON_ENGINE_NONE, LEPTON_OPTION_VALUE */
export async function chooseEngine(plugins: Plugins, wanted: string): Promise<Engine> {
  const all = plugins.engines();
  const names = all.map((engine) => engine.name);
  if (wanted !== "auto" && !names.includes(wanted)) throw unknownEngine(wanted, names);
  const reasons: string[] = [];
  for (const engine of all) {
    if (wanted !== "auto" && engine.name !== wanted) continue;
    const reason = await engine.unavailable();
    if (reason === null) return engine;
    reasons.push(`${engine.name}: ${reason}`);
  }
  const listed = reasons.join(" ") || "No engine is installed.";
  throw new LeptonError("LEPTON_ENGINE_NONE", `no engine can run here. ${listed} Run %lepton doctor.`);
}

export function unknownEngine(wanted: string, names: readonly string[]): LeptonError {
  const message = `engine must be auto or one of ${names.join(", ")}, got "${wanted}"${didYouMean(wanted, names)}`;
  return new LeptonError("LEPTON_OPTION_VALUE", message);
}

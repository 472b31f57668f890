/** Where Lepton keeps what it fetched for this user, apart from any notebook. */
import { existsSync, readdirSync } from "node:fs";
import os from "node:os";
import path from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;

/** LEPTON_DATA, or where this system's programs keep their data. */
export function dataFolder(environment: Environment = process.env): string {
  const home = os.homedir();
  if (environment["LEPTON_DATA"]) return path.resolve(environment["LEPTON_DATA"]);
  if (process.platform === "win32")
    return path.join(environment["LOCALAPPDATA"] ?? path.join(home, "AppData", "Local"), "lepton");
  if (process.platform === "darwin") return path.join(home, "Library", "Application Support", "lepton");
  return path.join(environment["XDG_DATA_HOME"] ?? path.join(home, ".local", "share"), "lepton");
}

/** Folders with a torch that `lepton engine add torch` finished, those with CUDA and newer ones first. */
export function addedTorches(environment: Environment = process.env): readonly string[] {
  const folder = path.join(dataFolder(environment), "torch");
  if (!existsSync(folder)) return [];
  const whole = readdirSync(folder).filter((name) => existsSync(path.join(folder, name, "ready.json")));
  const rank = (name: string) => (name.endsWith("-cuda") ? 1 : 0);
  const newest = (a: string, b: string) => b.localeCompare(a, "en", { numeric: true });
  return whole.toSorted((a, b) => rank(b) - rank(a) || newest(a, b)).map((name) => path.join(folder, name));
}

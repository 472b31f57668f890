/** A run by what the user calls it. Enters: a Run, an ID or a name; leaves: the Run. Apart because evaluate, predict, deploy and card all take one. */
import { existsSync } from "node:fs";
import path from "node:path";
import { LeptonError } from "@lepton/contract";
import { didYouMean } from "../data/nearest-name.ts";
import { shownValue } from "../data/shown-value.ts";
import type { LeptonFolder } from "../folder.ts";
import { runIds } from "./kept-runs.ts";
import { loadRun, Run, readableRun } from "./run.ts";

/** By ID, else the newest run of that name. @param verb  for messages. @throws LEPTON_NAME_UNKNOWN */
export function findRun(value: unknown, place: LeptonFolder, verb: string): Run {
  if (value instanceof Run) return value;
  // A run of another copy of this code, or a study's best.
  const folder = (value as { folder?: unknown } | null)?.folder;
  if (typeof folder === "string" && existsSync(path.join(folder, "spec.json"))) return loadRun(folder);
  if (typeof value !== "string") {
    throw new LeptonError("LEPTON_NAME_UNKNOWN", `${verb}: needs a run, its ID or its name, got ${shownValue(value)}.`);
  }
  const ids = runIds(place).filter((id) => existsSync(path.join(place.runs(id), "spec.json")));
  if (ids.includes(value)) return loadRun(place.runs(value));
  const runs = ids.flatMap((id) => readableRun(place.runs(id)) ?? []).filter((run) => !run.spec.study);
  const named = runs.findLast((run) => run.name === value);
  if (named) return named;
  const known = [...new Set(runs.flatMap((run) => [run.name, run.id]))];
  const newest = runs.slice(-3).map((run) => `${run.id} (${run.name})`);
  throw new LeptonError(
    "LEPTON_NAME_UNKNOWN",
    `${verb}: there is no run "${value}"${didYouMean(value, known)} Newest: ${newest.join(", ") || "none yet"}.`,
  );
}

/**
 * What a page asks for from the sidebar: stop, deploy, logs, compare, a study, a run. Enter: a request as it came; leaves: one answer, with a sentence where it
 * could not be done. Apart from listing.ts, which only tells what there is.
 */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { LeptonError, type ListingAnswer, type ListingRequest, type NotebookHost } from "@lepton/contract";
import { compareRuns, mostRuns, namesOf } from "../compare/comparison.ts";
import type { Deployment } from "../deploy/deployment.ts";
import { versionFolder } from "../deploy/store.ts";
import { deploymentNamed, deployVerb } from "../deploy/verbs.ts";
import type { LeptonFolder } from "../folder.ts";
import type { Plugins } from "../plugins.ts";
import { findStudy } from "../sweep/start-study.ts";
import { askRun } from "../train/control.ts";
import { runIds } from "../train/kept-runs.ts";
import { loadRun, type Run } from "../train/run.ts";

export interface ListingPlace {
  readonly host: NotebookHost;
  readonly folder: LeptonFolder;
  readonly plugins: Plugins;
}

type Told = Omit<Extract<ListingAnswer, { fault: null }>, "type" | "ask" | "fault">;

/** Lines of a log that a page is told. */
const logLines = 200;

/** @returns undefined for what is no request: a page of another version may send anything */
export async function answerRequest(data: unknown, place: ListingPlace): Promise<ListingAnswer | undefined> {
  const request = data as ListingRequest | null;
  if (typeof request !== "object" || request === null || !Number.isSafeInteger(request.ask)) return undefined;
  const { ask } = request;
  try {
    return { type: "answer", ask, fault: null, ...(await told(request, place)) };
  } catch (error) {
    // A fault of ours is told too: the page must not wait for ever.
    return { type: "answer", ask, fault: error instanceof Error ? error.message : String(error) };
  }
}

async function told(request: ListingRequest, place: ListingPlace): Promise<Told> {
  const { folder } = place;
  switch (request.type) {
    case "stopRun": {
      const { id } = runWith(request.run, folder);
      const asked = await askRun(folder.runs(id), { do: "stop", reason: "stopped from the page" });
      return { text: asked ? `Run ${id} stops at its next step, with a checkpoint.` : `Run ${id} was over already.` };
    }
    case "stopStudy": {
      const study = findStudy(request.study, folder);
      await askRun(study.folder, { do: "stop", reason: "stopped from the page" });
      return { text: `Study ${study.name} stops; %lepton sweep --resume ${study.id} goes on with it.` };
    }
    case "deploy":
      return { text: await deploy(request.run, request.name, place) };
    case "stopDeployment": {
      await deploymentNamed(String(request.name), place).stop();
      return { text: `Deployment ${request.name} is stopped.` };
    }
    case "logs":
      return { text: logOf(deploymentNamed(String(request.name), place)) };
    case "compare": {
      const runs = comparable(request.runs).map((id) => runWith(id, folder));
      return {
        text: "",
        comparison: compareRuns(runs, { title: namesOf(runs) }),
      };
    }
    case "study":
      return { text: "", study: (await findStudy(request.study, folder).refresh()).snapshot() };
    case "run":
      return { text: "", run: runWith(request.run, folder).view() };
    default: {
      request satisfies never;
      throw new LeptonError("LEPTON_OPTION_VALUE", "the page asked for what this kernel does not know; restart it.");
    }
  }
}

/** Only runs of this folder, by ID: a page cannot name a path. */
function runWith(id: unknown, folder: LeptonFolder): Run {
  if (typeof id === "string" && runIds(folder).includes(id)) return loadRun(folder.runs(id));
  throw new LeptonError("LEPTON_NAME_UNKNOWN", `there is no run ${String(id)} in this folder.`);
}

function comparable(runs: unknown): readonly unknown[] {
  if (Array.isArray(runs) && runs.length > 0 && runs.length <= mostRuns) return runs;
  throw new LeptonError("LEPTON_OPTION_RANGE", `compare: 1 to ${mostRuns} runs at once.`);
}

async function deploy(run: unknown, name: unknown, place: ListingPlace): Promise<string> {
  const { id } = runWith(run, place.folder);
  const options = { name: String(name), versionNote: "", target: "local" };
  const context = {
    ...place,
    body: undefined,
    as: undefined,
    begun: () => undefined,
    sourceText: `%lepton deploy ${id} --name ${String(name)}`,
  };
  const made = await deployVerb.run([id], options, context);
  return `${made.name} v${made.version} answers at ${made.url}`;
}

function logOf(deployment: Deployment): string {
  const file = path.join(versionFolder(deployment.folder, deployment.version), "server.log");
  if (!existsSync(file)) return `${deployment.name} v${deployment.version} has written no log.`;
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  return lines.slice(-logLines).join("\n") || `${deployment.name} v${deployment.version} has an empty log.`;
}

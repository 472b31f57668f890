/**
 * Lepton's magics put together, for the kernel's entry points. Enters: plugins by the packages they come from; leaves: one MagicProvider.
 * The verbs stand in the order of the data: a table becomes a data set, a run, a study, a deployment; then what tells about them.
 */
import path from "node:path";
import type { MagicProvider } from "@lepton/contract";
import { cleanVerb } from "./about/clean.ts";
import { doctorVerb } from "./about/doctor.ts";
import { enginesVerb } from "./about/engines.ts";
import { serveListing } from "./about/listing.ts";
import { runsVerb } from "./about/runs.ts";
import { stopVerb } from "./about/stop.ts";
import { compareVerb } from "./compare/verbs.ts";
import { addOwnPlugins } from "./data/own-plugins.ts";
import { Deployment } from "./deploy/deployment.ts";
import { allDeployments, deploymentNamed, deployVerbs } from "./deploy/verbs.ts";
import { serveCardEdits } from "./draw/card/edit.ts";
import { cardVerb } from "./draw/run-card.ts";
import { loadDataset } from "./features/dataset.ts";
import { featureVerbs } from "./features/verbs.ts";
import type { Loaders } from "./names.ts";
import { createPlugins, type Plugins } from "./plugins.ts";
import { createProvider } from "./provider.ts";
import { findStudy, studyIds } from "./sweep/start-study.ts";
import { loadStudy, readableStudy, Study } from "./sweep/study.ts";
import { sweepVerb } from "./sweep/verbs.ts";
import { isRunning } from "./train/control.ts";
import { findRun } from "./train/find-run.ts";
import { holdLiveRuns, runIds } from "./train/kept-runs.ts";
import { serveLiveRuns } from "./train/live.ts";
import { loadRun, Run, readableRun } from "./train/run.ts";
import { trainVerbs } from "./train/verbs.ts";
import type { Verb } from "./verb.ts";

const stop = stopVerb([
  {
    kind: "run",
    holds: (value) => value instanceof Run,
    names: async ({ folder }) => runIds(folder).flatMap((id) => [id, runName(readableRun(folder.runs(id))) ?? id]),
    goes: async (name, { folder }) => isRunning(findRun(name, folder, "stop").folder),
    async stop(which, { folder }) {
      const run = findRun(which, folder, "stop");
      const { state: before } = await run.refresh();
      if (before !== "running" && before !== "starting") return `Run ${run.id} is over already: ${before}.`;
      await run.stop();
      return `Run ${run.id} is ${run.state}.`;
    },
  },
  {
    kind: "study",
    holds: (value) => value instanceof Study,
    names: async ({ folder }) => studyIds(folder).flatMap((id) => [id, readableStudy(folder.studies(id))?.name ?? id]),
    goes: async (name, { folder }) => isRunning(findStudy(name, folder).folder),
    async stop(which, { folder }) {
      const study = findStudy(which, folder);
      const runs = await isRunning(study.folder);
      await study.stop();
      const { state } = study.view();
      if (!runs) return `Study ${study.id} is over already: ${state}.`;
      return `Study ${study.id} is ${state}; %lepton sweep --resume ${study.id} goes on with it.`;
    },
  },
  {
    kind: "deployment",
    holds: (value) => value instanceof Deployment,
    names: async (context) => allDeployments(context).map((deployment) => deployment.name),
    goes: async (name, context) => deploymentNamed(name, context).alive(),
    async stop(which, context) {
      const deployment = which instanceof Deployment ? which : deploymentNamed(String(which), context);
      const { name } = deployment;
      const wasAlive = await deployment.alive();
      await deployment.stop();
      return `Deployment ${name} is stopped${wasAlive ? "" : " already"}; %lepton rollback or deploy starts it again.`;
    },
  },
]);

/** Trials of studies answer to their IDs alone: their names are those of their study and a number. */
const runName = (run: Run | undefined) => (run?.spec.study ? undefined : run?.name);

export const verbs: readonly Verb[] = [
  ...featureVerbs,
  ...trainVerbs,
  sweepVerb,
  ...deployVerbs,
  cardVerb,
  runsVerb,
  compareVerb,
  stop,
  enginesVerb,
  doctorVerb,
  cleanVerb,
] as readonly Verb[];

/** A result's type ─► how it is found again in its folder after a restart. */
export const loaders: Loaders = {
  "Lepton.Dataset": loadDataset,
  "Lepton.Run": loadRun,
  "Lepton.Study": loadStudy,
  "Lepton.Deployment": (folder, plugins) =>
    new Deployment(folder, async () => {
      await addOwnPlugins(plugins, path.resolve(folder, "../../..")); // the target may be the user's own
      return plugins.targets();
    }),
};

/** @param plugins  package or file ─► its default export; checked here. @throws LEPTON_PLUGIN */
export function createLepton({ plugins }: { readonly plugins: Readonly<Record<string, unknown>> }): MagicProvider {
  const checked = checkedPlugins(plugins);
  return createProvider(verbs, checked, {
    loaders,
    async onStart(host, folder) {
      serveLiveRuns(host, folder, checked);
      serveCardEdits(host, folder);
      serveListing({ host, folder, plugins: checked });
      await holdLiveRuns(folder);
    },
  });
}

function checkedPlugins(found: Readonly<Record<string, unknown>>): Plugins {
  const plugins = createPlugins();
  for (const [origin, plugin] of Object.entries(found)) plugins.add(plugin, origin);
  return plugins;
}

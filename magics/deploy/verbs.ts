/** The verbs of deployment: deploy, deployments, rollback; and what the verb `stop` asks of this stage. */
import { type DatasetManifest, type Displayable, displaySymbol, LeptonError } from "@lepton/contract";
import { didYouMean } from "../data/nearest-name.ts";
import { shownValue } from "../data/shown-value.ts";
import { tableBundle } from "../draw/table.ts";
import { rowType, targetType } from "../features/dataset-type.ts";
import type { LeptonFolder } from "../folder.ts";
import type { Plugins } from "../plugins.ts";
import { Study } from "../sweep/study.ts";
import { Run } from "../train/run.ts";
import { defineVerb } from "../verb.ts";
import { deploymentDeclarations } from "./declarations.ts";
import { deployRun, startVersion } from "./deploy.ts";
import { Deployment, targetNamed } from "./deployment.ts";
import { runFolderOf, runToServe } from "./run-to-serve.ts";
import { checkDeploymentName, deploymentNames, readVersions } from "./store.ts";

export const deployVerb = defineVerb({
  spec: {
    name: "deploy",
    summary: "Serve a finished run over HTTP; the same name again is a new version under the same url and token.",
    arguments: [
      {
        name: "run",
        doc: "A run, a study (its best run), or a run's ID.",
        kind: "value",
        type: "Lepton.Run | Lepton.Study | string",
        required: true,
        accepts: (value) => value instanceof Run || value instanceof Study,
      },
    ],
    options: {
      name: {
        kind: "string",
        required: true,
        doc: "The deployment's name: small letters, digits, - _ .",
        placeholder: "NAME",
      },
      host: {
        kind: "string",
        doc: "Address to listen on: 127.0.0.1 is this machine only, 0.0.0.0 every network it is in; by default the one it had, or 127.0.0.1.",
        placeholder: "HOST",
      },
      port: {
        kind: "integer",
        min: 1,
        max: 65_535,
        doc: "Port to listen on; by default the one it had, or a free one.",
      },
      token: {
        kind: "string",
        doc: "The bearer token to ask for; by default the one it had, or a random one, which no notebook shows.",
        placeholder: "TOKEN",
      },
      maxBatch: { kind: "integer", min: 1, doc: "Rows the model sees at once at most; 32 by default." },
      versionNote: {
        kind: "string",
        default: "",
        doc: "What is to be remembered of this version.",
        placeholder: "TEXT",
      },
      target: {
        kind: "string",
        default: "local",
        doc: "Where it runs: a deployment target's name.",
        placeholder: "TARGET",
      },
    },
    result: "Lepton.Deployment",
    declarations: deploymentDeclarations,
    examples: [
      "%lepton deploy run --name credit-risk --as service",
      "%lepton deploy study.best --name credit-risk --version-note 'more epochs' --as service",
      "%lepton deploy run --name credit-risk --host 0.0.0.0 --port 8080",
    ],
  },
  async run([run], options, context): Promise<Deployment> {
    const target = targetNamed(options.target, context.plugins.targets());
    const { name, host, port, token, maxBatch, versionNote: note } = options;
    checkDeploymentName(name);
    const served = await runToServe(runFolderOf(run, context.folder), context.plugins);
    try {
      await deployRun(served, { name, host, port, token, maxBatch, note }, context.folder.deployments(name), target);
    } finally {
      await served.close();
    }
    return deploymentNamed(name, context);
  },
  typeOf: (deployment: Deployment) => deploymentType(deployment),
});

export const deploymentsVerb = defineVerb({
  spec: {
    name: "deployments",
    summary: "List the deployments of this folder: state, url, versions.",
    arguments: [],
    options: {},
    result: "readonly Lepton.Deployment[]",
    examples: ["%lepton deployments"],
  },
  async run(_args, _options, context): Promise<readonly Deployment[] & Displayable> {
    const all = allDeployments(context);
    const rows = await Promise.all(all.map(deploymentRow));
    const bundle = tableBundle({
      columns: ["name", "state", "version", "versions", "run", "url"],
      rows,
      caption: all.length === 0 ? "no deployments yet: %lepton deploy RUN --name NAME" : "deployments",
    });
    return Object.defineProperty([...all], displaySymbol, { value: () => bundle }) as Deployment[] & Displayable;
  },
});

/** One that cannot be read must not hide the others. */
async function deploymentRow(deployment: Deployment): Promise<readonly (string | number)[]> {
  try {
    const { name, version, history, manifest, url } = deployment;
    const state = (await deployment.alive()) ? "running" : "stopped";
    return [name, state, version, history.length, manifest.run.name, url];
  } catch (error) {
    if (!(error instanceof LeptonError)) throw error;
    return [deployment.name, `damaged: ${error.message}`, "", "", "", ""];
  }
}

export const rollbackVerb = defineVerb({
  spec: {
    name: "rollback",
    summary: "Serve an earlier version again, or start a stopped deployment, under the same url and token.",
    arguments: [
      {
        name: "deployment",
        doc: "A deployment, or its name.",
        kind: "value",
        type: "Lepton.Deployment | string",
        required: true,
        accepts: (value) => value instanceof Deployment,
      },
    ],
    options: {
      version: {
        kind: "integer",
        min: 1,
        doc: "Which one; by default the one before the current, or the current one if it is stopped.",
      },
    },
    result: "Lepton.Deployment",
    examples: ["%lepton rollback credit-risk", "%lepton rollback credit-risk --version 1"],
  },
  async run([which], options, context): Promise<Deployment> {
    const deployment = which instanceof Deployment ? which : deploymentNamed(nameIn(which), context);
    const target = targetNamed(deployment.target, context.plugins.targets());
    const version = await versionToRollTo(deployment, options.version);
    await startVersion(deployment.folder, target, deployment.name, version);
    return deployment;
  },
  typeOf: (deployment: Deployment) => deploymentType(deployment),
});

/** The verbs of this stage, in reading order. */
export const deployVerbs = [deployVerb, deploymentsVerb, rollbackVerb] as const;

/** What a verb's context has of use here. */
export interface DeployPlace {
  readonly folder: LeptonFolder;
  readonly plugins: Plugins;
}

/** All of this folder, alive or not, by name. */
export function allDeployments({ folder, plugins }: DeployPlace): readonly Deployment[] {
  return deploymentNames(folder.deployments()).map(
    (name) => new Deployment(folder.deployments(name), () => plugins.targets()),
  );
}

/** @throws LEPTON_NAME_UNKNOWN with the nearest name */
export function deploymentNamed(name: string, place: DeployPlace): Deployment {
  const found = allDeployments(place).find((deployment) => deployment.name === name);
  if (found !== undefined) return found;
  const names = deploymentNames(place.folder.deployments());
  const known = names.length === 0 ? " There are none yet." : ` Deployments: ${names.join(", ")}.`;
  throw new LeptonError("LEPTON_NAME_UNKNOWN", `there is no deployment "${name}"${didYouMean(name, names)}${known}`);
}

function nameIn(which: unknown): string {
  if (typeof which === "string") return which;
  throw new LeptonError(
    "LEPTON_OPTION_VALUE",
    `rollback: a deployment or its name is expected, got ${shownValue(which)}.`,
  );
}

async function versionToRollTo(deployment: Deployment, wanted: number | undefined): Promise<number> {
  const { name, version: current } = deployment;
  const versions = readVersions(deployment.folder).map(({ version }) => version);
  if (wanted === undefined && !(await deployment.alive())) return current;
  const version = wanted ?? versions.findLast((earlier) => earlier < current);
  if (version !== undefined && versions.includes(version)) return version;
  const what = wanted === undefined ? `no version before v${current}` : `no version ${wanted}`;
  throw new LeptonError("LEPTON_NAME_UNKNOWN", `rollback: ${name} has ${what}; versions: ${versions.join(", ")}.`);
}

/** `Lepton.Deployment<{ age: number; home: "own" | "rent" | null }, "bad" | "good">` */
function deploymentType({ manifest }: Deployment): string {
  const { columns, classes } = manifest;
  const likeDataset = { columns, target: { classes } } as unknown as DatasetManifest; // all that the two read of it
  return `Lepton.Deployment<${rowType(likeDataset)}, ${targetType(likeDataset)}>`;
}

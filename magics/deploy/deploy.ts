/**
 * A run becomes a service. Enters: what is served and under which name; leaves: a running deployment whose answers were compared with the run's. The
 * version before keeps answering until the new one has proved itself.
 */
import { rm } from "node:fs/promises";
import { type DeployedService, type DeployRequest, LeptonError, type Target } from "@lepton/contract";
import { writeBundleFolder } from "./bundle.ts";
import { checkService } from "./self-check.ts";
import type { ServedRun } from "./served-run.ts";
import {
  alone,
  type CurrentRecord,
  checkDeploymentName,
  chooseToken,
  keepToken,
  markChecked,
  markUnchecked,
  nextVersion,
  readCurrent,
  readService,
  uncheckedVersions,
  versionFolder,
  writeCurrent,
} from "./store.ts";

export interface DeployOptions {
  readonly name: string;
  readonly note: string;
  /** undefined keeps the host of the version before, or takes 127.0.0.1. */
  readonly host?: string | undefined;
  /** undefined keeps the port of the version before, or takes a free one. */
  readonly port?: number | undefined;
  /** undefined keeps the deployment's token, or makes one. */
  readonly token?: string | undefined;
  readonly maxBatch?: number | undefined;
}

/** @param folder `.lepton/deployments/NAME` @throws LEPTON_NAME_INVALID, LEPTON_DEPLOY, LEPTON_DISK; what ran before goes on running */
export async function deployRun(
  served: ServedRun,
  options: DeployOptions,
  folder: string,
  target: Target,
): Promise<void> {
  checkDeploymentName(options.name);
  await alone(folder, async () => {
    await removeUnchecked(folder, target);
    const before = readCurrent(folder);
    const version = nextVersion(folder);
    const token = chooseToken(folder, options.token);
    const { about, graph, stages, card } = served;
    const { name, note } = options;
    markUnchecked(versionFolder(folder, version));
    await writeBundleFolder(
      { about: { name, version, note, ...about }, graph, stages, card },
      versionFolder(folder, version),
    );
    const { port, maxBatch = before?.maxBatch ?? undefined, host = before?.host ?? loopback } = options;
    const asked = { name, version, folder: versionFolder(folder, version), token, host, port, maxBatch };
    try {
      await takeOver(folder, target, asked, async (service) => {
        await checkService({ name, url: service.url, token }, served);
        markChecked(asked.folder);
      });
    } catch (error) {
      await rm(asked.folder, { recursive: true, force: true });
      throw error;
    }
  });
}

/** What a process that was killed while it deployed left: a version that nobody compared, and perhaps its service. */
async function removeUnchecked(folder: string, target: Target): Promise<void> {
  for (const left of uncheckedVersions(folder)) {
    const service = readService(left);
    if (service) await target.stop(service);
    await rm(left, { recursive: true, force: true });
  }
}

/** Start a version that was deployed before, in place of the one that runs. @throws LEPTON_NAME_UNKNOWN, LEPTON_DEPLOY */
export async function startVersion(folder: string, target: Target, name: string, version: number): Promise<void> {
  await alone(folder, async () => {
    const before = readCurrent(folder);
    const asked = {
      name,
      version,
      folder: versionFolder(folder, version),
      token: chooseToken(folder),
      host: before?.host ?? loopback,
      maxBatch: before?.maxBatch ?? undefined,
    };
    await takeOver(folder, target, asked, async () => undefined);
  });
}

/** Stop what runs under this name; false when nothing did. */
export async function stopService(folder: string, target: Target): Promise<boolean> {
  return alone(folder, async () => {
    const current = readCurrent(folder);
    if (current === undefined) return false;
    const wasAlive = await target.alive(current.service);
    await target.stop(current.service);
    writeCurrent(folder, { ...current, state: "stopped" });
    return wasAlive;
  });
}

const loopback = "127.0.0.1";

type Asked = Omit<DeployRequest, "port" | "maxBatch"> & {
  readonly port?: number | undefined;
  readonly maxBatch?: number | undefined;
};

/** While another version runs, the new one is checked on a port of its own first. */
async function takeOver(
  folder: string,
  target: Target,
  asked: Asked,
  check: (service: DeployedService) => Promise<unknown>,
): Promise<void> {
  const before = readCurrent(folder);
  // It may be dead, or too busy to answer: the target knows when it is to replace it.
  const running = before?.state === "running" ? before : undefined;
  const { maxBatch, port: wantedPort, ...rest } = asked;
  const request: Omit<DeployRequest, "port"> = { ...rest, ...(maxBatch === undefined ? {} : { maxBatch }) };
  let service: DeployedService;
  if (running === undefined) {
    service = await startAtOldPort(target, request, wantedPort, before);
    await checked(target, service, check);
  } else {
    const trial = await target.deploy({ ...request, port: 0 });
    await checked(target, trial, check);
    await target.stop(trial);
    service = await replace(target, request, wantedPort, running);
  }
  const record = { version: asked.version, target: target.name, host: asked.host, maxBatch: maxBatch ?? null, service };
  await checked(target, service, async () => {
    keepToken(folder, asked.token);
    writeCurrent(folder, { ...record, state: "running" });
  });
}

/** At the port of the one that is replaced, unless another is wanted. */
async function replace(
  target: Target,
  request: Omit<DeployRequest, "port">,
  wanted: number | undefined,
  { service: old, host }: CurrentRecord,
): Promise<DeployedService> {
  const port = wanted ?? portOf(old);
  // On one port the listener of 127.0.0.1 would hide the one of 0.0.0.0: the old one goes first.
  if (request.host !== host && port === portOf(old)) {
    await target.stop(old);
    return target.deploy({ ...request, port });
  }
  try {
    return await target.deploy({ ...request, port, replaces: old });
  } catch (error) {
    if (!(error instanceof LeptonError) || wanted !== undefined || (await target.alive(old))) throw error;
    return target.deploy({ ...request, port: 0 }); // the old one is gone, and others use its port now
  }
}

/** A service that fails its check, or that no record can be written of, does not stay. */
async function checked(
  target: Target,
  service: DeployedService,
  check: (service: DeployedService) => Promise<unknown>,
): Promise<void> {
  try {
    await check(service);
  } catch (error) {
    await target.stop(service);
    throw error;
  }
}

/** After a stop or a restart of the machine the url stays the same, unless others use that port now. */
async function startAtOldPort(
  target: Target,
  request: Omit<DeployRequest, "port">,
  wanted: number | undefined,
  before: CurrentRecord | undefined,
): Promise<DeployedService> {
  if (wanted !== undefined || before === undefined) return target.deploy({ ...request, port: wanted ?? 0 });
  try {
    return await target.deploy({ ...request, port: portOf(before.service) });
  } catch (error) {
    if (!(error instanceof LeptonError)) throw error;
    return target.deploy({ ...request, port: 0 });
  }
}

/** A url leaves out the port of its scheme. */
function portOf({ url }: DeployedService): number {
  const { port, protocol } = new URL(url);
  return port === "" ? (protocol === "https:" ? 443 : 80) : Number(port);
}

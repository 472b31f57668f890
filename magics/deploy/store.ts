/**
 * What is kept of a deployment: `.lepton/deployments/NAME/` with `current.json`, the token and one folder a version. Enters: that folder; leaves: records
 * as the files say now. Several kernels may look; one at a time changes.
 */
import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type BundleManifest, type DeployedService, LeptonError } from "@lepton/contract";
import { diskError, replaceFile } from "../train/durable-file.ts";

export interface CurrentRecord {
  readonly format: 1;
  readonly version: number;
  /** What was last asked for; whether it lives is for the target to say. */
  readonly state: "running" | "stopped";
  readonly service: DeployedService;
  /** The target's name. */
  readonly target: string;
  readonly host: string;
  readonly maxBatch: number | null;
  /** ISO 8601, UTC. */
  readonly changedAt: string;
}

/** @throws LEPTON_NAME_INVALID: the name is a folder, a part of a url and a npm package's name */
export function checkDeploymentName(name: string): void {
  if (/^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$/.test(name)) return;
  throw new LeptonError(
    "LEPTON_NAME_INVALID",
    `deploy: a name has 1 to 63 small letters, digits, ".", "_" or "-", and begins and ends with a letter or a digit, got ${JSON.stringify(name)}.`,
  );
}

export function readCurrent(folder: string): CurrentRecord | undefined {
  const text = readIfThere(path.join(folder, "current.json"));
  return text === undefined ? undefined : (JSON.parse(text) as CurrentRecord);
}

export function writeCurrent(folder: string, record: Omit<CurrentRecord, "format" | "changedAt">): void {
  const whole: CurrentRecord = { format: 1, ...record, changedAt: new Date().toISOString() };
  replaceFile(path.join(folder, "current.json"), [`${JSON.stringify(whole, null, 2)}\n`]);
}

/** Versions that are whole, oldest first. */
export function readVersions(folder: string): readonly BundleManifest[] {
  const manifests = versionNumbers(folder).flatMap((version) => {
    const text = readIfThere(path.join(versionFolder(folder, version), "bundle.json"));
    return text === undefined ? [] : [JSON.parse(text) as BundleManifest];
  });
  return manifests.sort((a, b) => a.version - b.version);
}

export const versionFolder = (folder: string, version: number): string => path.join(folder, `v${version}`);

/** One more than any version that ever was begun. */
export function nextVersion(folder: string): number {
  return Math.max(0, ...versionNumbers(folder), readCurrent(folder)?.version ?? 0) + 1;
}

function versionNumbers(folder: string): number[] {
  return namesIn(folder).flatMap((name) => (/^v[1-9]\d*$/.test(name) ? [Number(name.slice(1))] : []));
}

/** Names of all deployments of `.lepton/deployments`. */
export function deploymentNames(deployments: string): readonly string[] {
  return namesIn(deployments).filter((name) => readCurrent(path.join(deployments, name)) !== undefined);
}

export const tokenFile = (folder: string): string => path.join(folder, "token");

/** The token of this deployment; one stays through all versions. undefined before the first. */
export function readToken(folder: string): string | undefined {
  return readIfThere(tokenFile(folder))?.trim();
}

/** Keep `token`, or the one there is, or make one; only its owner can read the file. */
export function keepToken(folder: string, token?: string): string {
  const kept = token ?? readToken(folder) ?? randomBytes(24).toString("base64url");
  if (!/^[\x21-\x7e]{8,}$/.test(kept)) {
    const sentence =
      "deploy: a token has at least 8 characters, printable ASCII without spaces; leave it out for a random one.";
    throw new LeptonError("LEPTON_OPTION_VALUE", sentence);
  }
  const file = tokenFile(folder);
  if (readToken(folder) !== kept) {
    rmSync(file, { force: true });
    writeFileSync(file, `${kept}\n`, { mode: 0o600 });
  }
  return kept;
}

/** Do `work` alone: another kernel that deploys the same name at the same moment is told to wait. @throws LEPTON_DEPLOY */
export async function alone<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const lock = path.join(folder, "lock");
  try {
    mkdirSync(folder, { recursive: true });
    takeLock(lock);
  } catch (error) {
    throw diskError(folder, error);
  }
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function takeLock(lock: string): void {
  try {
    writeFileSync(lock, String(process.pid), { flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    const pid = Number(readIfThere(lock) ?? 0);
    if (pid > 0 && isHeld(lock, pid)) {
      const name = path.basename(path.dirname(lock));
      throw new LeptonError(
        "LEPTON_DEPLOY",
        `deploy: process ${pid} is changing ${name} right now; try again in a moment.`,
      );
    }
    rmSync(lock, { force: true }); // left by a process that was killed
    writeFileSync(lock, String(process.pid), { flag: "wx" });
  }
}

/** A lock older than any deployment takes belongs to nobody, whoever has its process number now. */
function isHeld(lock: string, pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  return Date.now() - statSync(lock).mtimeMs < 10 * 60_000;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}

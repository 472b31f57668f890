/**
 * What is kept of a deployment: `.lepton/deployments/NAME/` with `current.json`, the token and one folder a version. Enters: that folder; leaves: records
 * as the files say now. Several kernels may look; one at a time changes.
 */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type BundleManifest, type DeployedService, LeptonError } from "@lepton/contract";
import { diskError, replaceFile } from "../data/durable-file.ts";
import { makeOwnFolder } from "../data/own-folder.ts";

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

/** undefined where nothing was deployed. @throws LEPTON_DEPLOY when the file is damaged */
export function readCurrent(folder: string): CurrentRecord | undefined {
  return readRecord(path.join(folder, "current.json"), isCurrent);
}

function isCurrent(value: unknown): value is CurrentRecord {
  const { version, service } = (value ?? {}) as Partial<CurrentRecord>;
  return Number.isSafeInteger(version) && typeof service?.url === "string";
}

function isManifest(value: unknown): value is BundleManifest {
  const { version, run } = (value ?? {}) as Partial<BundleManifest>;
  return Number.isSafeInteger(version) && typeof run?.id === "string";
}

function readRecord<T>(file: string, isWhole: (value: unknown) => value is T): T | undefined {
  const text = readIfThere(file);
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (isWhole(value)) return value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  const name = path.basename(path.dirname(file));
  throw new LeptonError("LEPTON_DEPLOY", `${file} is damaged; put it back from a copy, or delete the folder ${name}.`);
}

export function writeCurrent(folder: string, record: Omit<CurrentRecord, "format" | "changedAt">): void {
  const whole: CurrentRecord = { format: 1, ...record, changedAt: new Date().toISOString() };
  replaceFile(path.join(folder, "current.json"), [`${JSON.stringify(whole, null, 2)}\n`]);
}

/** Versions that are whole, oldest first; one that is being written or is damaged cannot be rolled back to. */
export function readVersions(folder: string): readonly BundleManifest[] {
  const unchecked = new Set(uncheckedVersions(folder));
  const manifests = versionNumbers(folder).flatMap((version) => {
    if (unchecked.has(versionFolder(folder, version))) return [];
    try {
      return readRecord(path.join(versionFolder(folder, version), "bundle.json"), isManifest) ?? [];
    } catch (error) {
      if (error instanceof LeptonError) return [];
      throw error;
    }
  });
  return manifests.sort((a, b) => a.version - b.version);
}

/** What a version is. @throws LEPTON_DEPLOY when its folder is gone or damaged */
export function readVersion(folder: string, version: number): BundleManifest {
  const file = path.join(versionFolder(folder, version), "bundle.json");
  const manifest = readRecord(file, isManifest);
  if (manifest) return manifest;
  throw new LeptonError("LEPTON_DEPLOY", `${file} is not there; deploy the run again.`);
}

/** A version that is being made has this file until its service was compared with its run. */
const uncheckedFile = (version: string): string => path.join(version, "unchecked");

/** @param version  the version's folder, which is made */
export function markUnchecked(version: string): void {
  mkdirSync(version, { recursive: true });
  writeFileSync(uncheckedFile(version), "");
}

export function markChecked(version: string): void {
  rmSync(uncheckedFile(version), { force: true });
}

/** Folders of versions that were never compared: whoever made them was killed. Only for who holds the lock. */
export function uncheckedVersions(folder: string): readonly string[] {
  return versionNumbers(folder)
    .map((version) => versionFolder(folder, version))
    .filter((version) => existsSync(uncheckedFile(version)));
}

/** What the server of a version said when it began to listen. */
export function readService(version: string): DeployedService | undefined {
  return readRecord(path.join(version, "service.json"), isService);
}

const isService = (value: unknown): value is DeployedService =>
  typeof (value as Partial<DeployedService> | null)?.url === "string";

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
  return namesIn(deployments).filter((name) => existsSync(path.join(deployments, name, "current.json")));
}

export const tokenFile = (folder: string): string => path.join(folder, "token");

/** The token of this deployment; one stays through all versions. undefined before the first. */
export function readToken(folder: string): string | undefined {
  return readIfThere(tokenFile(folder))?.trim();
}

/** `token`, or the one there is, or a new one. @throws LEPTON_OPTION_VALUE for one that is too easy or no header can carry */
export function chooseToken(folder: string, token?: string): string {
  const kept = token ?? readToken(folder) ?? randomBytes(24).toString("base64url");
  if (!/^[\x21-\x7e]{8,}$/.test(kept)) {
    const sentence =
      "deploy: a token has at least 8 characters, printable ASCII without spaces; leave it out for a random one.";
    throw new LeptonError("LEPTON_OPTION_VALUE", sentence);
  }
  return kept;
}

/** Only its owner can read the file. */
export function keepToken(folder: string, token: string): void {
  if (readToken(folder) === token) return;
  const file = tokenFile(folder);
  rmSync(file, { force: true });
  writeFileSync(file, `${token}\n`, { mode: 0o600 });
}

/** Do `work` alone: another kernel that deploys the same name at the same moment is told to wait. @throws LEPTON_DEPLOY */
export async function alone<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const lock = path.join(folder, "lock");
  try {
    makeOwnFolder(folder);
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

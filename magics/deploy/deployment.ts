/**
 * A deployment as the notebook holds it. Enters: its folder; leaves: url, token, answers, always as the files say now: after another cell deployed the
 * same name again, this is the new version. A class because it has an identity (the name).
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import {
  type BundleManifest,
  type Displayable,
  displaySymbol,
  LeptonError,
  type MimeBundle,
  type RawColumn,
  type Target,
} from "@lepton/contract";
import { stopService } from "./deploy.ts";
import { deploymentBundle } from "./deployment-view.ts";
import { type Answer, askService } from "./request.ts";
import type { ServiceRow } from "./served-run.ts";
import { type CurrentRecord, readCurrent, readToken, readVersion, readVersions, versionFolder } from "./store.ts";

export class Deployment implements Displayable {
  readonly name: string;
  /** Absolute path of `.lepton/deployments/NAME`. */
  readonly folder: string;
  readonly #targets: () => readonly Target[] | Promise<readonly Target[]>;

  /** @param targets asked when it is stopped or looked for; a place that is gone by then is an error then */
  constructor(folder: string, targets: () => readonly Target[] | Promise<readonly Target[]>) {
    this.folder = folder;
    this.name = path.basename(folder);
    this.#targets = targets;
  }

  get version(): number {
    return this.#current().version;
  }
  /** Without a slash at the end: `service.url + "/predict"`. */
  get url(): string {
    return this.#current().service.url;
  }
  get token(): string {
    return readToken(this.folder) ?? "";
  }
  /** For `fetch(service.url + "/predict", { method: "POST", headers: service.headers, body })`. */
  get headers(): { readonly authorization: string; readonly "content-type": "application/json" } {
    return { authorization: `Bearer ${this.token}`, "content-type": "application/json" };
  }
  /** The name of the place where it runs. */
  get target(): string {
    return this.#current().target;
  }
  get columns(): readonly RawColumn[] {
    return this.manifest.columns;
  }
  get classes(): readonly string[] | null {
    return this.manifest.classes;
  }
  /** The current version's bundle.json. */
  get manifest(): BundleManifest {
    return readVersion(this.folder, this.version);
  }
  /** The current version's model card, markdown. */
  get card(): string {
    return readFileSync(path.join(versionFolder(this.folder, this.version), "card.md"), "utf8");
  }
  /** All versions, oldest first. */
  get history(): readonly VersionRow[] {
    const { version: current } = this;
    return readVersions(this.folder).map(({ version, createdAt, run, dataset, note }) => ({
      version,
      createdAt,
      run: run.id,
      dataset: dataset.name,
      note,
      current: version === current,
    }));
  }

  /** One answer for a row, a list for a list. @throws LEPTON_DEPLOY, and the service's own refusals */
  async predict(rows: readonly ServiceRow[]): Promise<readonly Answer[]>;
  async predict(row: ServiceRow): Promise<Answer>;
  async predict(given: ServiceRow | readonly ServiceRow[]): Promise<Answer | readonly Answer[]> {
    const plain = this.columns.length === 0;
    const isList = Array.isArray(given) && !(plain && typeof given[0] === "number");
    const rows = (isList ? given : [given]) as readonly ServiceRow[];
    if (rows.length === 0) return [];
    const answers = await askService(this, rows, plain);
    return isList ? answers : answers[0]!;
  }

  /** True while it answers. */
  async alive(): Promise<boolean> {
    return (await this.#target()).alive(this.#current().service);
  }

  /** Drain and end it; deploying the name again starts it again. */
  async stop(): Promise<this> {
    await stopService(this.folder, await this.#target());
    return this;
  }

  async [displaySymbol](): Promise<MimeBundle> {
    return deploymentBundle(this, await this.alive());
  }

  /** Never the token. */
  toJSON(): unknown {
    const { name, version, url } = this;
    return { name, version, url, run: this.manifest.run.id };
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return `Deployment ${this.name} v${this.version} at ${this.url}`;
  }

  #current(): CurrentRecord {
    const current = readCurrent(this.folder);
    if (current !== undefined) return current;
    throw new LeptonError("LEPTON_NAME_UNKNOWN", `there is no deployment in ${this.folder} any more; deploy it again.`);
  }

  async #target(): Promise<Target> {
    return targetNamed(this.target, await this.#targets());
  }
}

/** A row of `history`. */
export interface VersionRow {
  readonly version: number;
  readonly createdAt: string;
  readonly run: string;
  readonly dataset: string;
  readonly note: string;
  readonly current: boolean;
}

/** @throws LEPTON_OPTION_VALUE naming the targets there are */
export function targetNamed(name: string, targets: readonly Target[]): Target {
  const found = targets.find((target) => target.name === name);
  if (found !== undefined) return found;
  const known = targets.map((target) => target.name).join(", ") || "none; load a plugin";
  throw new LeptonError("LEPTON_OPTION_VALUE", `there is no deployment target "${name}"; targets: ${known}.`);
}

/** Finds a deployment again by its folder, after a restart: it lives or not. @throws LEPTON_NAME_UNKNOWN when there is none */
export function deploymentLoader(targets: () => readonly Target[]): (folder: string) => Deployment {
  return (folder) => {
    if (readCurrent(folder) !== undefined) return new Deployment(path.resolve(folder), targets);
    throw new LeptonError("LEPTON_NAME_UNKNOWN", `there is no deployment in ${folder}; deploy the run again.`);
  };
}

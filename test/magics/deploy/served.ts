/** A run that needs no training, for the tests of deploy: its answers are computed by hand. */
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { encodeRows } from "@lepton/graph/stages";
import { onTestFinished } from "vitest";
import { type DeployOptions, deployRun } from "../../../magics/deploy/deploy.ts";
import { Deployment } from "../../../magics/deploy/deployment.ts";
import type { ServedRun, ServiceRow } from "../../../magics/deploy/served-run.ts";
import { readCurrent } from "../../../magics/deploy/store.ts";
import plugin from "../../../plugins/target-local/index.ts";
import { classParts } from "../../plugins/server/tiny-bundle.ts";

export const target = plugin.targets[0]!;

/** P(good) = sigmoid((age + 1000 home + 1e6 owner) / 100), in f32 as the model computes it. */
export function servedRun(change: (p: number) => number = (p) => p): ServedRun {
  const { about, graph, stages, card } = classParts();
  const { name: _name, version: _version, note: _note, ...rest } = about;
  return {
    about: rest,
    graph,
    stages,
    card,
    samples: [{ age: 25, home: "own", owner: false, extra: "ignored" }],
    async predict(rows) {
      const raw = encodeRows(stages!, rows as readonly Readonly<Record<string, unknown>>[]);
      return rows.map((_, row) => {
        const known = [0, 1, 2].map((column) => raw[row * 3 + column]!).map((x) => (Number.isNaN(x) ? 0 : x));
        const p = change(1 / (1 + Math.exp(-(known[0]! + 1000 * known[1]! + 1e6 * known[2]!) / 100)));
        return [1 - p, p];
      });
    },
  };
}

export interface Workplace {
  /** `.lepton/deployments` */
  readonly root: string;
  deploy(options?: Partial<DeployOptions>, run?: ServedRun): Promise<Deployment>;
}

/** A notebook's folder of its own; what runs there ends with the test. */
export async function workplace(): Promise<Workplace> {
  const notebook = await mkdtemp(path.join(os.tmpdir(), "lepton-deploy-"));
  const root = path.join(notebook, ".lepton", "deployments");
  onTestFinished(async () => {
    const names = existsSync(root) ? await readdir(root) : [];
    for (const name of names) {
      const current = readCurrent(path.join(root, name));
      if (current !== undefined) await target.stop(current.service);
    }
    await rm(notebook, { recursive: true, force: true });
  });
  return {
    root,
    async deploy(options = {}, run = servedRun()) {
      const all = { name: "credit-risk", note: "", ...options };
      await deployRun(run, all, path.join(root, all.name), target);
      return new Deployment(path.join(root, all.name), () => plugin.targets);
    },
  };
}

export const row: ServiceRow = { age: 0, home: "rent", owner: false };

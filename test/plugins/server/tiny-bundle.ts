/** Small deployed folders whose answers are known by heart, for the tests of the server, the target and deploy. */
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { RawColumn } from "@lepton/contract";
import { div, equal, GraphBuilder, mul, sigmoid, slice, sum, type Tensor, where } from "@lepton/graph";
import type { Stages } from "@lepton/graph/stages";
import { onTestFinished } from "vitest";
import { type BundleParts, writeBundleFolder } from "../../../magics/deploy/bundle.ts";
import { createServer, type Server, type ServerOptions } from "../../../plugins/server/index.ts";

export const columns: readonly RawColumn[] = [
  { name: "age", kind: "number", nullable: true, example: 35 },
  { name: "home", kind: "category", categories: ["rent", "own"], nullable: true, example: "rent" },
  { name: "owner", kind: "boolean", nullable: true, example: true },
];
const stages: Stages = {
  version: 1,
  columns: [
    { kind: "number", column: "age" },
    { kind: "category", column: "home", categories: ["rent", "own"] },
    { kind: "boolean", column: "owner" },
  ],
};

const known = (x: Tensor) => where(equal(x, x), x, 0); // NaN ─► 0

/** Missing is 0, an unseen category -1: sum = age + 1000 home + 1e6 owner. */
function weightedSum(raw: Tensor): Tensor {
  const builder = raw.builder;
  return sum(mul(known(raw), builder.constant([1, 1000, 1e6])), { axes: [1], keepDims: true });
}

const about = {
  name: "credit-risk",
  version: 1,
  note: "",
  run: { id: "run-1", name: "first" },
  dataset: { id: "d1", name: "credit" },
  target: "status",
  columns,
  rowShape: [3],
} as const;
const card = { markdown: "# credit-risk\n", json: { name: "credit-risk" } };

/** prediction = age + 1000 (home: rent 0, own 1, unseen -1) + 1e6 (owner). */
export function sumParts(): BundleParts {
  const builder = new GraphBuilder();
  const raw = builder.input("raw", "f32", ["B", 3]);
  const graph = builder.build({ prediction: weightedSum(raw) });
  return { about: { ...about, task: "regression", classes: null }, graph, stages, card };
}

/** P(good) = sigmoid((age + 1000 home + 1e6 owner) / 100). */
export function classParts(name = "credit-risk"): BundleParts {
  const builder = new GraphBuilder();
  const raw = builder.input("raw", "f32", ["B", 3]);
  const graph = builder.build({ probabilities: sigmoid(div(weightedSum(raw), 100)) });
  return { about: { ...about, name, task: "binary", classes: ["bad", "good"] }, graph, stages, card };
}

/** Plain arrays of shape [2, 2, 1]: the three probabilities are the first three numbers. */
export function arrayParts(): BundleParts {
  const builder = new GraphBuilder();
  const raw = builder.input("raw", "f32", ["B", 2, 2, 1]);
  const graph = builder.build({ probabilities: slice(raw.reshape(["B", 4]), 1, 0, 3) });
  const plain = { ...about, columns: [], rowShape: [2, 2, 1], task: "multiclass", classes: ["0", "1", "2"] } as const;
  return { about: plain, graph, stages: null, card };
}

/** A folder of its own, gone when the test ends. */
export async function bundleFolder(parts: BundleParts): Promise<string> {
  const root = await mkdtemp(path.join(os.tmpdir(), "lepton-server-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const folder = path.join(root, "v1");
  await writeBundleFolder(parts, folder);
  return folder;
}

export const token = "a-token-of-the-tests";

export interface Running {
  readonly url: string;
  readonly server: Server;
  /** POST, with the token, as JSON. */
  post(route: string, body: unknown, init?: RequestInit): Promise<{ status: number; body: Record<string, unknown> }>;
}

/** A server of `parts` on a free port, drained when the test ends. */
export async function running(parts: BundleParts, options: Partial<ServerOptions> = {}): Promise<Running> {
  const server = await createServer(await bundleFolder(parts), { token, ...options });
  const url = await server.listen({ host: "127.0.0.1", port: 0 });
  onTestFinished(() => server.drain(0));
  return {
    url,
    server,
    async post(route, body, init = {}) {
      const text = typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body);
      const headers = { authorization: `Bearer ${token}`, ...(init.headers as Record<string, string>) };
      const reply = await fetch(url + route, { method: "POST", body: text, ...init, headers });
      return { status: reply.status, body: (await reply.json()) as Record<string, unknown> };
    },
  };
}

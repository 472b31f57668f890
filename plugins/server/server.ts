/**
 * The HTTP server of one deployed folder. Enters: the folder and options; leaves: a service that answers. Only puts the parts together: access, bodies,
 * rows, batches, answers.
 */
import { type AddressInfo, Server as NetServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type BundleManifest, LeptonError } from "@lepton/contract";
import fastify, { type FastifyInstance } from "fastify";
import { requireToken } from "./access.ts";
import { answers } from "./answer.ts";
import { Batcher } from "./batcher.ts";
import { handleBodies, parseJson } from "./body.ts";
import { loadBundle } from "./bundle.ts";
import { docsHeaders, docsPage } from "./docs-page.ts";
import { earlyRefusals, handleErrors } from "./errors.ts";
import { measure } from "./metrics.ts";
import { openModel } from "./model.ts";
import { addInferenceProtocol, type Inference } from "./oip/routes.ts";
import { openApi } from "./openapi.ts";
import { readRows } from "./rows.ts";
import { encoderOf } from "./stages.ts";

export const serverVersion = "0.1.0";

export interface ServerOptions {
  /** Bearer token asked for; null asks for none. */
  readonly token: string | null;
  /** Rows the model sees at once at most; default 32. */
  readonly maxBatch?: number;
  /** Rows that may wait before 429; default 4096. */
  readonly maxQueue?: number;
  /** Milliseconds a batch waits for company; default 0: it goes whenever the model is idle. */
  readonly delayMs?: number;
  /** Default 1 MiB, and room for 8 rows where rows are larger (pictures). */
  readonly bodyLimitBytes?: number;
  /** Threads inside one run of the model; default 1. */
  readonly threads?: number;
  /** Answered by /healthz, so that a starter knows its own. */
  readonly instance?: string;
  /** Receives errors of our own; default stderr. */
  readonly log?: (line: string) => void;
}

export interface ListenOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Lets another process of this user listen beside us (Linux): a new version takes over without a gap. */
  readonly sharePort?: boolean;
}

export interface Server {
  readonly manifest: BundleManifest;
  /** @throws LEPTON_DEPLOY when the port is taken */
  listen(options: ListenOptions): Promise<string>;
  /** Refuse new connections, answer what came, then end. Requests on open connections are answered for `lingerMs` more. Asked again it is the same drain. */
  drain(lingerMs?: number): Promise<void>;
}

/** @throws LEPTON_FILE_MISSING, LEPTON_FILE_FORMAT when the folder cannot be served */
export async function createServer(folder: string, options: ServerOptions): Promise<Server> {
  const bundle = await loadBundle(folder);
  const { manifest } = bundle;
  const log = options.log ?? ((line) => process.stderr.write(`${line}\n`));
  const model = await openModel(bundle.model, manifest, options.threads ?? 1);
  const bodyLimit = options.bodyLimitBytes ?? defaultBodyLimit(manifest);
  const whileClosing = { return503OnClosing: false, forceCloseConnections: "idle" } as const;
  const app = fastify({ bodyLimit, requestTimeout: 30_000, ...whileClosing, ...earlyRefusals });
  const metrics = measure(app, { model: manifest.name, version: String(manifest.version) }, () => batcher.queued);
  const batcher = new Batcher(model.run, {
    maxBatch: options.maxBatch ?? 32,
    maxQueue: options.maxQueue ?? 4096,
    delayMs: options.delayMs ?? 0,
    onBatch: metrics.batch,
  });
  const state: { draining?: Promise<void> } = {};
  handleErrors(app, bodyLimit, log);
  requireToken(app, options.token);
  handleBodies(app, bodyLimit);
  const service: Inference = {
    manifest,
    encode: encoderOf(bundle),
    infer: (values, rows) => batcher.submit(values, rows),
    ready: () => state.draining === undefined,
  };
  addPredict(app, service);
  addInferenceProtocol(app, service, serverVersion);
  addHealth(app, service, options.instance);
  addDescription(app, manifest, options.token !== null);
  app.addHook("onSend", async (_request, reply) => {
    if (state.draining !== undefined) reply.header("connection", "close");
  });
  return {
    manifest,
    listen: (listenOptions) => listen(app, listenOptions),
    drain(lingerMs = 1000) {
      state.draining ??= close(app, lingerMs).then(() => model.close());
      return state.draining;
    },
  };
}

/** Bytes; a number takes up to 24 characters. */
function defaultBodyLimit({ rowShape }: BundleManifest): number {
  return Math.max(2 ** 20, 8 * 24 * rowShape.reduce((product, length) => product * length, 1));
}

function addPredict(app: FastifyInstance, service: Inference): void {
  const { manifest } = service;
  const { name: model, version } = manifest;
  app.post("/predict", async (request) => {
    const { values, rows, single } = readRows(parseJson(request.body), manifest, service.encode);
    const all = answers(await service.infer(values, rows), rows, manifest);
    if (!single) return { model, version, ...all };
    const probabilities = all.probabilities === undefined ? {} : { probabilities: all.probabilities[0] };
    return { model, version, prediction: all.prediction[0], ...probabilities };
  });
}

function addHealth(app: FastifyInstance, service: Inference, instance: string | undefined): void {
  const identity = instance === undefined ? {} : { instance };
  app.get("/livez", async () => ({ status: "ok", ...identity }));
  app.get("/healthz", async (_request, reply) => {
    if (service.ready()) return { status: "ok", ...identity };
    return reply.code(503).send({ status: "draining", ...identity });
  });
}

function addDescription(app: FastifyInstance, manifest: BundleManifest, needsToken: boolean): void {
  const document = openApi(manifest, needsToken);
  const page = docsPage(manifest, needsToken);
  app.get("/openapi.json", async () => document);
  app.get("/docs", async (_request, reply) => reply.headers(docsHeaders).send(page));
}

async function listen(app: FastifyInstance, { host, port, sharePort }: ListenOptions): Promise<string> {
  try {
    await app.listen({ host, port, ...(sharePort === true ? { reusePort: true } : {}) });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === "EADDRINUSE"
        ? `port ${port} on ${host} is taken; choose another one, or 0 for any free port.`
        : code === "EACCES"
          ? `port ${port} may not be used by this user; choose one from 1024.`
          : `cannot listen on ${host} port ${port}: ${(error as Error).message}.`;
    throw new LeptonError("LEPTON_DEPLOY", why, { cause: error });
  }
  const address = app.server.address() as AddressInfo;
  const everywhere: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };
  const reached = everywhere[address.address] ?? address.address;
  const shown = reached.includes(":") ? `[${reached}]` : reached;
  return `http://${shown}:${address.port}`;
}

/**
 * Stop listening at once; give open connections time in which their next request is still answered (with `connection: close`). A client that holds
 * one open in silence costs the whole time, none costs nothing.
 */
async function close(app: FastifyInstance, lingerMs: number): Promise<void> {
  // net's close, not http's: that one would also end idle connections, on which a client may just be sending.
  const allGone = new Promise<void>((resolve) => void NetServer.prototype.close.call(app.server, () => resolve()));
  const linger = new AbortController();
  await Promise.race([allGone, sleep(lingerMs, undefined, { signal: linger.signal }).catch(() => undefined)]);
  linger.abort();
  await app.close();
}

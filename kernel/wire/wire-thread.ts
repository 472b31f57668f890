/**
 * The wire worker: sockets on one side, the main thread on the other, the handlers' table between. Enters: WireOptions and sockets that are being
 * bound; leaves: a kernel that answers whatever user code does.
 */
import { flushCompileCache } from "node:module";
import { parentPort, workerData } from "node:worker_threads";
import { warmUp } from "../cells/compile.ts";
import { readLocalModules } from "../cells/local-modules.ts";
import { parseCell } from "../cells/parse.ts";
import { readTsconfig } from "../cells/tsconfig.ts";
import { whenResting } from "../cells/when-resting.ts";
import { followPublished } from "../handlers/comm.ts";
import { createDebugger } from "../handlers/debug.ts";
import { cellDeclarations } from "../handlers/declarations.ts";
import { Executions } from "../handlers/execute.ts";
import { History } from "../handlers/history.ts";
import { askClient } from "../handlers/input.ts";
import { Interrupter } from "../handlers/interrupt.ts";
import { lastWords } from "../handlers/last-words.ts";
import { log } from "../handlers/log.ts";
import { MemoryWatch } from "../handlers/memory.ts";
import { leave, stopForMemory } from "../handlers/shutdown.ts";
import { handle } from "../handlers/table.ts";
import { newSession, publish, status, type Wire } from "../handlers/wire.ts";
import { createLanguage } from "../language/client.ts";
import type { BoundSockets } from "./bind.ts";
import { outflow } from "./flow.ts";
import { inputBuffer, refuse } from "./input-buffer.ts";
import {
  Asker,
  type MainAnswers,
  type Published,
  type ToMain,
  type ToWire,
  type WireAnswers,
  type WireOptions,
} from "./link.ts";
import type { Signer } from "./signing.ts";
import { serveSockets } from "./sockets.ts";

const options = workerData as WireOptions;
const port = parentPort!;
const post = (message: ToMain) => port.postMessage(message);
/** esbuild is started this long after the sockets opened, when the first cell has likely gone, while no message and no heartbeat comes. */
const WARM_UP_REST = { firstMs: 300, everyMs: 25, restMs: 100 };
/** Compiled code is written to Node's cache after this time, for the next start. */
const FLUSH_REST = { firstMs: 5000, everyMs: 500, restMs: 100 };

const flow = outflow(options.flow);
const { promise: ready, resolve: becomeReady } = Promise.withResolvers<void>();

const wire: Wire = {
  options,
  session: newSession(),
  sockets: undefined as never, // set before the first message can come
  post,
  main: new Asker<MainAnswers>((question) => post(question)),
  executions: new Executions(),
  interrupter: new Interrupter(post, options),
  memory: new MemoryWatch({
    heapLimit: options.heapLimit,
    given: Number(process.env.LEPTON_MEMORY_MB) * 2 ** 20 || undefined,
    ask: (method, timeoutMs) => wire.interrupter.ask(method, timeoutMs),
    stop: (reason) => stopForMemory(wire, reason),
  }),
  history: new History(),
  language: createLanguage({
    folder: options.folder,
    magics: () => wire.magics,
    declarations: () => cellDeclarations + wire.declarations,
    onError: (error) => log(`language service: ${error.message}`),
  }),
  debugger: createDebugger(() => wire),
  comms: new Map(),
  handled: new Map(),
  ready,
  isReady: false,
  magics: options.magics,
  declarations: "",
  usage: { cpuSeconds: 0, at: performance.now() },
  lastWords: lastWords(options.connectionFile),
  asking: undefined,
  leaving: undefined,
};

/** Serve clients from now on; ports that could not be opened end the kernel. */
export async function startThread(binding: Promise<BoundSockets>): Promise<void> {
  port.on("message", (message: ToWire) => receive(message));
  try {
    open(await binding);
  } catch (error) {
    post({ kind: "failed", reason: error instanceof Error ? error.message : String(error) });
  }
}

function open(bound: BoundSockets): void {
  let starting = true;
  const { key, signature_scheme } = options.connection;
  const signer: Signer = { key, hash: signature_scheme.replace(/^hmac-/, "") };
  wire.sockets = serveSockets(bound, signer, {
    onMessage: (channel, message) => {
      starting = false;
      handle(wire, { channel, message });
    },
    onSubscription: (topic) => {
      welcome(topic);
      if (starting) status(wire, "starting"); // to the first who hears it, after its welcome
      starting = false;
    },
    onRefused: (reason) => log(reason),
  });
  wire.sockets.listen();
  setImmediate(parseCell, "");
  whenResting(wire.sockets, warmUp, WARM_UP_REST);
  whenResting(wire.sockets, [flushCompileCache], FLUSH_REST);
  endWithParent();
}

/** A client that joins late learns that it now hears everything (JEP 65). */
function welcome(topic: Uint8Array): void {
  const subscription = Buffer.from(topic).toString();
  publish(wire, { type: "iopub_welcome", content: { subscription }, parent: undefined });
}

function receive(message: ToWire): void {
  switch (message.kind) {
    case "publish":
      flow.took();
      return show(message.message);
    case "done":
      if (message.last && wire.executions.awaits(message.outcome.id)) show(message.last);
      return wire.executions.finish(message.outcome);
    case "handled":
      wire.handled.get(message.id)?.();
      wire.handled.delete(message.id);
      return;
    case "interrupted":
      return wire.interrupter.answered();
    case "loading":
      wire.interrupter.loading = true;
      return;
    case "listening":
      wire.interrupter.listening = message.on;
      return;
    case "declare":
      return wire.language.declare(message.name, message.type);
    case "ready":
      wire.interrupter.loading = false;
      wire.isReady = true;
      wire.declarations = message.declarations;
      if (wire.language.started) wire.language.declarationsChanged();
      return becomeReady();
    case "installed":
      return wire.language.packagesChanged();
    case "exit":
      void exit();
      return;
    case "input": {
      const request = wire.executions.find(message.parent.msg_id);
      if (request) askClient(wire, request, { prompt: message.prompt, password: message.password });
      else refuse(inputBuffer(options.input));
      return;
    }
    case "ask":
      void answerModules(message.id, message.value as Modules);
      return;
    case "answer":
      return wire.main.settle(message);
    default:
      message satisfies never;
  }
}

function show(message: Published): void {
  followPublished(wire, message);
  keepOutput(message);
  publish(wire, message);
}

/** Results as text, for the history; an execution that is not stored has the number of the one before it. */
function keepOutput({ type, content, parent }: Published): void {
  if (type !== "execute_result") return;
  if (parent && wire.executions.find(parent.msg_id)?.message.content.store_history === false) return;
  const text = (content.data as Record<string, unknown>)["text/plain"];
  if (typeof text === "string") wire.history.addOutput(Number(content.execution_count), text);
}

type Modules = WireAnswers["modules"]["ask"];

async function answerModules(id: number, { file, interrupted }: Modules): Promise<void> {
  try {
    const value = await readLocalModules(file, interrupted, readTsconfig(options.folder).transpile);
    await wire.debugger.willLoad(value);
    post({ kind: "answer", id, value });
  } catch (error) {
    const { message, name } = error as Error;
    post({ kind: "answer", id, error: message, errorName: name });
  }
}

/** Everything that waits is sent; then the main thread may end the process. */
async function exit(): Promise<void> {
  // Replies of the cells that were ended are made in this turn.
  await new Promise((resolve) => setImmediate(resolve));
  await leave(wire);
  flow.end();
  const { state } = inputBuffer(options.input);
  Atomics.store(state, 2, 1);
  Atomics.notify(state, 2);
  post({ kind: "exiting" });
}

/** A kernel whose Jupyter server died ends too; runs in their own processes live on. */
function endWithParent(): void {
  if (!process.env.JPY_PARENT_PID) return;
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, "SIGKILL");
  }, 1000).unref();
}

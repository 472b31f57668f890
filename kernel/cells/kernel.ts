/**
 * The main thread of a kernel: puts its parts together and answers the wire. Enters: a connection file and a provider of magics; leaves: a kernel
 * that runs until a client shuts it down.
 */
import { writeSync } from "node:fs";
import type { MagicProvider } from "@lepton/contract";
import { Comms } from "../display/comms.ts";
import { inflow } from "../wire/flow.ts";
import { inputBuffer } from "../wire/input-buffer.ts";
import { type InterruptMarks, interruptMarks } from "../wire/interrupt-marks.ts";
import {
  Asker,
  type CommEvent,
  type Failure,
  type MainAnswers,
  type ToMain,
  type ToWire,
  type WireAnswers,
} from "../wire/link.ts";
import type { StartedWire } from "../wire/start-wire.ts";
import { childWaiter, noChild } from "../wire/sync-child.ts";
import { currentCell, runOutsideCells } from "./cell.ts";
import { endProcess, exitBy } from "./exit.ts";
import { createHost, type KernelHost } from "./host.ts";
import { Imports } from "./imports.ts";
import { Notebook } from "./notebook.ts";
import { npmMagic } from "./npm-magic.ts";
import { Output } from "./output.ts";
import { Runner } from "./runner.ts";
import { Stacks } from "./stack.ts";
import { captureStreams } from "./streams.ts";
import { clearOutput, installSurface } from "./surface.ts";
import { followTimers } from "./timers.ts";
import { whenResting } from "./when-resting.ts";

export interface KernelOptions {
  readonly wire: StartedWire;
  /** Loads the magics: when a cell needs them, else soon after the start. Undefined for a kernel without any. */
  readonly provider?: () => Promise<MagicProvider>;
}

/** The magics take this thread 100 ms: not while cells follow one another, but before the first that needs them, when there is a rest. */
const MAGICS_REST = { firstMs: 700, everyMs: 100, restMs: 400 };

interface Kernel {
  readonly post: (message: ToWire) => void;
  readonly output: Output;
  readonly notebook: Notebook;
  readonly comms: Comms;
  readonly runner: Runner;
  readonly host: KernelHost;
  readonly asker: Asker<WireAnswers>;
  readonly magics: Map<string, Pick<MagicProvider, "run">>;
  readonly marks: InterruptMarks;
  readonly child: SharedArrayBuffer;
  /** Resolves when the provider has started, or has failed to. */
  readonly loadMagics: () => Promise<void>;
  provider: MagicProvider | undefined;
  /** The comm message whose listeners run. */
  hearing: number | undefined;
}

export function startKernel(options: KernelOptions): void {
  const { worker, listen } = options.wire;
  const kernel = assemble((message) => worker.postMessage(message), options);
  worker.on("error", (error) => fatal(error));
  survive(kernel);
  exitBy(kernel, inputBuffer(options.wire.options.input));
  const { folder, print } = kernel.host;
  kernel.magics.set("npm", npmMagic({ folder, print, onInstalled: () => kernel.post({ kind: "installed" }) }));
  listen((message) => receive(kernel, message));
  // When no cell needed them before.
  whenResting(kernel.runner, [() => void kernel.loadMagics()], MAGICS_REST);
}

/** Once; a provider that cannot start leaves a kernel without it, and says why. */
function magicsLoader(kernel: () => Kernel, load: KernelOptions["provider"]): () => Promise<void> {
  let loading: Promise<void> | undefined;
  const start = async () => {
    const { magics, host, post, output } = kernel();
    post({ kind: "loading" });
    try {
      const provider = await load?.();
      if (provider) {
        magics.set(provider.name, provider);
        kernel().provider = provider;
        await provider.start(host);
      }
    } catch (error) {
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      output.write(currentCell(), "stderr", `The magics could not start: ${reason}\n`);
    }
    post({ kind: "ready", declarations: kernel().provider?.declarations() ?? "" });
  };
  return () => (loading ??= start());
}

function assemble(post: (message: ToWire) => void, { wire, provider }: KernelOptions): Kernel {
  const { folder, input, flow, child, interrupts } = wire.options;
  const marks = interruptMarks(interrupts);
  const asker = new Asker<WireAnswers>((question) => post(question));
  const keepUp = inflow(flow);
  const output = new Output((message) => {
    post(message);
    keepUp();
  });
  const stacks = new Stacks();
  stacks.install();
  const notebook = new Notebook();
  const comms = new Comms(output);
  const imports = new Imports({
    folder,
    stacks,
    readModules: (file, interrupted) => asker.ask("modules", { file, interrupted }),
  });
  const magics: Kernel["magics"] = new Map();
  const runner = new Runner({ post, output, stacks, magics, marks, notebook });
  const host = createHost({ folder, post, output, notebook, comms });
  captureStreams(output, { onClear: () => clearOutput(output, false), waitForChild: childWaiter(child) });
  followTimers({ heed: () => heed(kernel), letOrderLand: marks.letOrderLand });
  installSurface({ post, output, notebook, imports, input: inputBuffer(input), runner, comms });
  const loadMagics = magicsLoader(() => kernel, provider);
  const parts = { post, output, notebook, comms, runner, host, asker, magics, marks, child, loadMagics };
  const kernel: Kernel = { ...parts, provider: undefined, hearing: undefined };
  return kernel;
}

function receive(kernel: Kernel, message: ToMain): void {
  heed(kernel);
  switch (message.kind) {
    case "execute":
      return kernel.runner.execute(message.task);
    case "interrupt":
      return interrupt(kernel, message.sequence, message.reason);
    case "terminated":
      return kernel.runner.giveUpInterrupted();
    case "comm":
      return receiveComm(kernel, message.event, message.done);
    case "shutdown":
      void kernel.host.shutdown(message.restart).then(() => {
        kernel.output.flush();
        kernel.post({ kind: "exit" });
      });
      return;
    case "failed":
      return fatal(message.reason);
    case "needMagics":
      void kernel.loadMagics();
      return;
    case "exiting":
      endProcess(0);
      return;
    case "ask":
      void answer(kernel, message.id, message.what, message.value);
      return;
    case "answer":
      return kernel.asker.settle(message);
    default:
      message satisfies never;
  }
}

/**
 * Obey what the user asked last. Called by whatever may have waited, as the interrupt's message does, for a cell that V8 has just terminated: the wire
 * terminates what runs until it is obeyed.
 */
function heed(kernel: Kernel): void {
  const asked = kernel.marks.asked();
  if (asked > kernel.marks.obeyed()) runOutsideCells(() => interrupt(kernel, asked));
}

function interrupt(kernel: Kernel, sequence: number, reason?: Failure): void {
  if (sequence <= kernel.marks.obeyed()) return;
  kernel.runner.interrupt(reason);
  endHearing(kernel);
  noChild(kernel.child);
  kernel.marks.obey(sequence);
  kernel.post({ kind: "interrupted" });
}

function receiveComm(kernel: Kernel, event: CommEvent, id: number): void {
  kernel.hearing = id;
  try {
    kernel.comms.receive(event);
  } catch (error) {
    kernel.runner.unhandled(error, currentCell(), "A comm's listener threw");
  }
  endHearing(kernel);
}

/** Also of listeners that V8 terminated, which no `finally` could tell: the page sends a widget's next change when this one's message is over. */
function endHearing(kernel: Kernel): void {
  const { hearing: id } = kernel;
  if (id === undefined) return;
  kernel.hearing = undefined;
  kernel.output.flush();
  kernel.post({ kind: "handled", id });
}

async function answer(kernel: Kernel, id: number, what: keyof MainAnswers, value: unknown): Promise<void> {
  try {
    kernel.post({ kind: "answer", id, value: await answers[what](kernel, value as never) });
  } catch (error) {
    kernel.post({ kind: "answer", id, error: error instanceof Error ? error.message : String(error) });
  }
}

const answers: { [K in keyof MainAnswers]: (kernel: Kernel, ask: MainAnswers[K]["ask"]) => unknown } = {
  binds: (kernel, found) => found.map(({ name, call }) => providerOf(kernel, name)?.binds(call) ?? null),
  completeMagic: async (kernel, { name, line, cursor }) => (await loadedProvider(kernel, name))?.complete(line, cursor),
  inspectMagic: async (kernel, { name, line, cursor }) =>
    (await loadedProvider(kernel, name))?.inspect(line, cursor) ?? null,
};

/** For the first keys pressed in a notebook, before any cell needed the magics. */
async function loadedProvider(kernel: Kernel, name: string): Promise<MagicProvider | undefined> {
  await kernel.loadMagics();
  return providerOf(kernel, name);
}

/** The provider, when the word after `%` is its. */
function providerOf({ provider }: Kernel, name: string): MagicProvider | undefined {
  return provider?.name === name ? provider : undefined;
}

/** Errors that nothing catches are shown under the cell that began them, and the kernel lives. */
function survive(kernel: Kernel): void {
  const { runner } = kernel;
  keepListeners({
    uncaughtException: (error) => runner.unhandled(error, currentCell(), "Uncaught"),
    // Node wraps what is no error before it calls it uncaught. A cell's own listener takes our place, as it takes Node's.
    unhandledRejection: (reason) => {
      if (process.listenerCount("unhandledRejection") > 1) return;
      runner.unhandled(reason, currentCell(), "A promise was rejected and nothing handles it");
    },
    // The rejection was shown; Node would warn that it is handled after all.
    rejectionHandled: () => undefined,
    // The terminal's Ctrl-C reaches the whole process group; clients interrupt by message.
    SIGINT: () => undefined,
  });
}

/** A library that removes all listeners (it means its own) must not take the kernel's: they come back. */
function keepListeners(listeners: Readonly<Record<string, (reason: unknown) => void>>): void {
  const back = (name: string) => {
    if (Object.hasOwn(all, name)) process.nextTick(keep);
  };
  const all: typeof listeners = { ...listeners, removeListener: back as (name: unknown) => void };
  const keep = () => {
    for (const [name, listener] of Object.entries(all))
      if (!process.listeners(name as "SIGINT").includes(listener)) process.on(name as "SIGINT", listener);
  };
  keep();
}

/** Said in the terminal of whoever started the kernel: by then stderr is the cells'. */
function fatal(error: unknown): void {
  writeSync(2, `lepton: the kernel cannot go on: ${error instanceof Error ? error.stack : String(error)}\n`);
  process.reallyExit(1);
}

declare global {
  namespace NodeJS {
    interface Process {
      /** Node's own exit, without listeners. */
      reallyExit(code?: number): never;
    }
  }
}

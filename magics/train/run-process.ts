/**
 * What kernel/run.ts does with its arguments. Enter: the built-in plugins, then a folder or `--warm`; leaves: an exit code, or messages to the
 * parent. Apart from process.ts because signals, exit codes and the parent's channel belong to a process, not to a run.
 */
import path from "node:path";
import { isLeptonError, type RunEvent } from "@lepton/contract";
import { importPlugin } from "../data/import-plugin.ts";
import { createPlugins, type Plugins } from "../plugins.ts";
import { doJob, type JobReply, type JobRequest } from "./jobs.ts";
import { defaultLeaseGraceMs, type End, reasonOf, runFolder } from "./process.ts";
import { readSpec } from "./run-folder.ts";

/** Parent ─► warm process. */
export type WarmRequest = { readonly run: string } | { readonly stop: string };
/** Warm process ─► parent. */
export type WarmReply =
  | { readonly ready: true }
  | { readonly event: RunEvent }
  | { readonly end: End }
  | { readonly error: { readonly code: string | null; readonly message: string } };

interface BuiltIn {
  readonly plugin: unknown;
  readonly origin: string;
}

export function createRunProcess(builtIn: readonly BuiltIn[]) {
  return {
    async main(args: readonly string[]): Promise<void> {
      process.on("SIGINT", () => undefined); // an interrupted cell asks through the socket; Ctrl-C is not for us
      if (args[0] === "--warm") await serveWarm(builtIn);
      else if (args[0] === "--jobs") await serveJobs(builtIn);
      else if (args.length === 1) await runOne(path.resolve(args[0]!), builtIn);
      else throw new Error("usage: run FOLDER | run --warm | run --jobs");
    },
  };
}

/** Exit code 0: the run ended and says how; 1: it could not begin. */
async function runOne(folder: string, builtIn: readonly BuiltIn[]): Promise<void> {
  const asked = Number(process.env["LEPTON_LEASE_GRACE_MS"] ?? Number.NaN);
  const grace = asked >= 0 ? asked : defaultLeaseGraceMs;
  try {
    await runFolder(folder, await pluginsFor(folder, builtIn), { leaseGraceMs: grace, onStopHandle: stopOnSignals });
    process.exitCode = 0;
  } catch (error) {
    process.stderr.write(`${isLeptonError(error) ? `${error.code} ${error.message}` : (error as Error).stack}\n`);
    process.exitCode = 1;
  }
  process.exit(); // an engine's threads must not keep the process
}

function stopOnSignals(stop: (reason: string) => void): void {
  for (const signal of ["SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => stop(`its process was asked to end (${signal})`));
  }
}

async function serveWarm(builtIn: readonly BuiltIn[]): Promise<void> {
  let stop: (reason: string) => void = () => undefined;
  let work = Promise.resolve();
  const tell = (reply: WarmReply) => {
    // The parent may be gone before this is written: without a callback that would be an uncaught error, and the run would end without a word.
    if (process.connected) process.send!(reply, () => undefined);
  };
  process.on("message", (request: WarmRequest) => {
    if ("stop" in request) return stop(request.stop);
    work = work.then(async () => {
      try {
        const end = await runFolder(request.run, await pluginsFor(request.run, builtIn), {
          leaseGraceMs: null,
          onEvent: (event) => tell({ event }),
          onStopHandle: (handle) => (stop = handle),
        });
        tell({ end });
      } catch (error) {
        tell({ error: { code: isLeptonError(error) ? error.code : null, message: reasonOf(error) } });
      }
      stop = () => undefined;
    });
    return undefined;
  });
  // The parent is gone: stop at a checkpoint and end.
  process.on("disconnect", () => {
    stop("the process that began it is gone");
    work.then(() => process.exit(0));
  });
  tell({ ready: true });
  await new Promise(() => undefined);
}

/** One job after the other, until the parent lets go. */
async function serveJobs(builtIn: readonly BuiltIn[]): Promise<void> {
  let work = Promise.resolve();
  const tell = (reply: JobReply) => {
    if (process.connected) process.send!(reply, () => undefined);
  };
  process.on("message", (request: JobRequest) => {
    work = work.then(async () => {
      const { id, folder } = request;
      try {
        tell({ id, answer: await doJob(request, await pluginsFor(folder, builtIn)) });
      } catch (error) {
        const code = isLeptonError(error) ? error.code : null;
        tell({ id, error: { code, message: code === null ? reasonOf(error) : (error as Error).message } });
      }
    });
  });
  process.on("disconnect", () => process.exit(0));
  await new Promise(() => undefined);
}

/** Built-in plugins and those that the spec names, found from the run's folder. @throws LEPTON_PLUGIN */
async function pluginsFor(folder: string, builtIn: readonly BuiltIn[]): Promise<Plugins> {
  const plugins = createPlugins();
  for (const { plugin, origin } of builtIn) plugins.add(plugin, origin);
  for (const name of readSpec(folder).plugins) plugins.add(await importPlugin(name, folder), name);
  return plugins;
}

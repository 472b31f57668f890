/**
 * The process that does jobs, as the kernel holds it. Enter: requests; leave: their answers, while the kernel goes on answering cells. One process, started
 * when it is first needed and ended when it has had nothing to do for a while: onnxruntime's `run` is synchronous and would block whoever calls it.
 */
import { type ChildProcess, fork } from "node:child_process";
import { type ErrorCode, errorCodes, LeptonError, type StopSignal } from "@lepton/contract";
import type { JobName, JobReply, JobRequest, Jobs } from "./jobs.ts";
import { runEntry, runEnvironment } from "./start-run.ts";

/** Milliseconds for which a process without work is kept. */
const idleMs = 20_000;

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

interface Worker {
  readonly child: ChildProcess;
  readonly waiting: Map<number, Waiting>;
  idle: NodeJS.Timeout | undefined;
}

let worker: Worker | undefined;
let count = 0;

/**
 * @param signal  when it is aborted, the process is ended and its other jobs with it
 * @throws        what the job throws; LEPTON_INTERRUPTED; LEPTON_RUN_FAILED when the process ends
 */
export async function askJob<N extends JobName>(
  name: N,
  folder: string,
  request: Jobs[N]["request"],
  signal?: StopSignal,
): Promise<Jobs[N]["answer"]> {
  worker ??= startWorker();
  const { child, waiting } = worker;
  const own = worker;
  const id = ++count;
  const interrupt = () => {
    waiting.get(id)?.reject(new LeptonError("LEPTON_INTERRUPTED", "the cell was interrupted; nothing was changed."));
    if (worker === own) worker = undefined;
    child.kill("SIGKILL");
  };
  clearTimeout(own.idle);
  child.ref();
  child.channel?.ref();
  signal?.addEventListener("abort", interrupt, { once: true });
  try {
    return await new Promise<Jobs[N]["answer"]>((resolve, reject) => {
      waiting.set(id, { resolve: resolve as Waiting["resolve"], reject });
      const message = { ...request, id, do: name, folder } as unknown as JobRequest;
      child.send(message, (error) => error && reject(error));
    });
  } finally {
    signal?.removeEventListener("abort", interrupt);
    waiting.delete(id);
    if (waiting.size === 0) rest(own);
  }
}

function startWorker(): Worker {
  const child = fork(runEntry(), ["--jobs"], {
    stdio: ["ignore", "ignore", "ignore", "ipc"],
    serialization: "advanced",
    env: runEnvironment(),
    execArgv: [],
  });
  const made: Worker = { child, waiting: new Map(), idle: undefined };
  child.on("message", (reply: JobReply) => {
    const one = made.waiting.get(reply.id);
    if (!one) return;
    if ("answer" in reply) one.resolve(reply.answer);
    else one.reject(errorOf(reply.error));
  });
  const over = (why: string) => {
    if (worker === made) worker = undefined;
    for (const one of made.waiting.values()) {
      one.reject(
        new LeptonError("LEPTON_RUN_FAILED", `the process that computed it ended (${why}); run the cell again.`),
      );
    }
  };
  child.once("exit", (code, killedBy) => over(killedBy ?? `code ${code}`));
  child.once("error", (error) => over(error.message));
  return made;
}

/** It keeps nobody alive while it has nothing to do, and ends after a while. */
function rest(own: Worker): void {
  own.child.unref();
  own.child.channel?.unref();
  own.idle = setTimeout(() => {
    if (worker === own) worker = undefined;
    if (own.child.connected) own.child.disconnect();
  }, idleMs);
  own.idle.unref();
}

function errorOf({ code, message }: { readonly code: string | null; readonly message: string }): Error {
  return code !== null && code in errorCodes ? new LeptonError(code as ErrorCode, message) : new Error(message);
}

/**
 * How others talk to a run's process: a local socket (a named pipe on Windows) named after the run's folder, one JSON line a message. Enter:
 * requests; leave: replies. Apart because it is the only door into a run: its files are read, never written, by others.
 *
 * A connection that sent `lease` says "someone cares": the run counts those that are open and ends by itself when none was for some minutes.
 */
import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { LeptonError } from "@lepton/contract";

export type ControlRequest =
  | { readonly do: "stop"; readonly reason: string }
  | { readonly do: "progress" | "lease" | "pause" | "resume" | "checkpoint" };

/** The reply to every request: where the run is. */
export interface ControlReply {
  readonly pid: number;
  readonly step: number;
  readonly epoch: number;
}

export interface ControlHandlers {
  stop(reason: string): void;
  /** Write a step event now. */
  progress(): void;
  /** Hold before the next step, or go on; a study cannot. */
  pause?(wanted: boolean): void;
  /** Write a checkpoint before the next step; a study has none. */
  checkpoint?(): void;
  /** Open leases changed. */
  leases(count: number): void;
  where(): { readonly step: number; readonly epoch: number };
}

export interface ControlServer {
  close(): Promise<void>;
}

/** macOS allows 104 bytes with the closing zero, Linux 108. */
const longestSocketPath = 103;

/** Where the socket of a run's folder is: inside it, or by a hash in a folder of this user's under the temporary one, where that path is too long. */
export function controlAddress(folder: string): string {
  const inside = path.join(path.resolve(folder), "control");
  const hash = createHash("sha256").update(inside).digest("hex").slice(0, 20);
  if (process.platform === "win32") return `\\\\.\\pipe\\lepton-${hash}`;
  return Buffer.byteLength(inside) <= longestSocketPath ? inside : path.join(ownFolder(), hash);
}

const ownFolder = () => path.join(tmpdir(), `lepton-${process.getuid?.() ?? "user"}`);

/** The temporary folder is everybody's: another user's file under our name would pass for a run that goes. @throws LEPTON_DISK */
function makeAddress(address: string): void {
  const folder = ownFolder();
  if (path.dirname(address) !== folder) return;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder);
  if (found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o077) === 0) return;
  throw new LeptonError(
    "LEPTON_DISK",
    `${folder} is not a folder of yours alone (mode 700); remove it, or set TMPDIR, and try again.`,
  );
}

/** Listen for a run. Resolves to undefined when another process already runs this folder. */
export async function serveControl(folder: string, handlers: ControlHandlers): Promise<ControlServer | undefined> {
  const address = controlAddress(folder);
  makeAddress(address);
  const sockets = new Set<Socket>();
  const leases = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy()); // the other side went away
    socket.on("close", () => {
      sockets.delete(socket);
      if (leases.delete(socket)) handlers.leases(leases.size);
    });
    onLines(socket, (line) => {
      const request = parseRequest(line);
      if (!request) return void socket.destroy();
      if (request.do === "stop") handlers.stop(request.reason);
      if (request.do === "progress") handlers.progress();
      if (request.do === "pause" || request.do === "resume") handlers.pause?.(request.do === "pause");
      if (request.do === "checkpoint") handlers.checkpoint?.();
      if (request.do === "lease" && leases.size < leases.add(socket).size) handlers.leases(leases.size);
      socket.write(`${JSON.stringify({ pid: process.pid, ...handlers.where() } satisfies ControlReply)}\n`);
    });
  });
  if (!(await claim(server, address))) return undefined;
  return {
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((done) => server.close(() => done()));
    },
  };
}

/** Bind the address, taking over what a killed process left there. */
async function claim(server: Server, address: string): Promise<boolean> {
  for (let attempt = 0; attempt < 5; attempt++) {
    if (await listen(server, address)) return true;
    if (await answers(address)) return false;
    const aside = `${address}.${process.pid}`;
    try {
      renameSync(address, aside);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      continue; // another process took it away first
    }
    if (await answers(aside)) {
      renameSync(aside, address); // it came alive between our two looks
      return false;
    }
    rmSync(aside, { force: true });
  }
  return false;
}

function listen(server: Server, address: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => (error.code === "EADDRINUSE" ? resolve(false) : reject(error));
    server.once("error", failed);
    server.listen(address, () => {
      server.off("error", failed);
      resolve(true);
    });
  });
}

function answers(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(address);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/** True while a process runs this folder. */
export function isRunning(folder: string): Promise<boolean> {
  return answers(controlAddress(folder));
}

function onLines(socket: Socket, listener: (line: string) => void): void {
  let rest = "";
  socket.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) listener(line);
  });
}

const plainRequests = ["progress", "lease", "pause", "resume", "checkpoint"] as const;

function parseRequest(line: string): ControlRequest | undefined {
  try {
    const value = JSON.parse(line) as { do?: unknown; reason?: unknown };
    if (value.do === "stop") return { do: "stop", reason: String(value.reason ?? "") };
    return plainRequests.find((name) => name === value.do) && ({ do: value.do } as ControlRequest);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Ask a run once. Resolves to undefined when no process runs the folder. */
export function askRun(folder: string, request: ControlRequest): Promise<ControlReply | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection(controlAddress(folder));
    socket.once("error", () => resolve(undefined));
    socket.once("close", () => resolve(undefined));
    socket.once("connect", () => socket.write(`${JSON.stringify(request)}\n`));
    onLines(socket, (line) => {
      resolve(JSON.parse(line) as ControlReply);
      socket.destroy();
    });
  });
}

export interface Lease {
  release(): void;
}

/** Keep a run going for as long as this process lives or until released. Does not keep this process alive. */
export function holdLease(folder: string): Lease {
  const socket = createConnection(controlAddress(folder));
  socket.unref();
  socket.on("error", () => socket.destroy()); // the run is over
  socket.once("connect", () => socket.write(`${JSON.stringify({ do: "lease" } satisfies ControlRequest)}\n`));
  socket.resume();
  return { release: () => socket.destroy() };
}

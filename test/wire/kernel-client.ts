/**
 * A Jupyter client for tests: starts the built kernel as a process, speaks the protocol over ZeroMQ, and gathers what each request brought. Apart from
 * Python's clients, so that a test sees every frame.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import * as zmq from "zeromq";
import { kernelSpec } from "../../kernel/install.ts";
import { decodeMessage, encodeMessage, type Header, type Message } from "../../kernel/wire/frames.ts";
import type { Signer } from "../../kernel/wire/signing.ts";

const root = path.dirname(path.dirname(import.meta.dirname));

/** The built kernel; `npm test` makes it, LEPTON_BUILD names another. */
export function builtMain(): string {
  const main = path.join(process.env.LEPTON_BUILD ?? path.join(root, "build", "lepton"), "main.js");
  if (!existsSync(main)) throw new Error(`no build at ${main}; make it with: npm run build`);
  return main;
}

export interface Outcome {
  readonly reply: Message;
  /** All of iopub that has this request as its parent, up to idle. */
  readonly messages: readonly Message[];
  readonly stdout: string;
  readonly stderr: string;
  /** text/plain of the result. */
  readonly result: string | undefined;
  /** Name and message of the error. */
  readonly error: string | undefined;
  readonly traceback: string;
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Magics are left out unless true: they take longer to load. */
  readonly magics?: boolean;
  /** The test calls connectStdin itself. */
  readonly lateStdin?: boolean;
}

type Content = Readonly<Record<string, unknown>>;

export class KernelClient {
  readonly folder: string;
  readonly process: ChildProcess;
  readonly connection: { readonly key: string } & Record<string, unknown>;
  readonly iopub: Message[] = [];
  readonly session = randomUUID();
  readonly shell = new zmq.Dealer({ linger: 0 });
  readonly control = new zmq.Dealer({ linger: 0 });
  /** What the kernel wrote to its own stderr. */
  log = "";
  /** Answers input_request; undefined leaves it unanswered. */
  onInput: ((prompt: string, password: boolean) => string | undefined | Promise<string>) | undefined;
  readonly #stdin: zmq.Dealer;
  readonly #subscriber = new zmq.Subscriber({ linger: 0 });
  readonly #signer: Signer;
  readonly #replies = new Map<string, (message: Message) => void>();
  #listeners: (() => void)[] = [];

  constructor(folder: string, process: ChildProcess, connection: KernelClient["connection"]) {
    this.folder = folder;
    this.process = process;
    this.connection = connection;
    this.#signer = { key: connection.key, hash: "sha256" };
    this.#stdin = new zmq.Dealer({ linger: 0, routingId: this.session });
    this.shell.routingId = this.session;
    process.stderr?.setEncoding("utf8").on("data", (text: string) => (this.log += text));
  }

  connect({ lateStdin = false }: StartOptions = {}): void {
    const at = (name: string) => `tcp://127.0.0.1:${this.connection[`${name}_port`]}`;
    this.shell.connect(at("shell"));
    this.control.connect(at("control"));
    if (!lateStdin) this.connectStdin();
    this.#subscriber.connect(at("iopub"));
    this.#subscriber.subscribe();
    for (const socket of [this.shell, this.control]) {
      void this.#read(socket, (message) => {
        const parent = (message.parent as Header).msg_id;
        this.#replies.get(parent)?.(message);
        this.#replies.delete(parent);
      });
    }
    void this.#read(this.#subscriber, (message) => this.#published(message));
    void this.#read(this.#stdin, (message) => void this.#answer(message));
  }

  connectStdin(): void {
    this.#stdin.connect(`tcp://127.0.0.1:${this.connection.stdin_port}`);
  }

  async #read(socket: zmq.Dealer | zmq.Subscriber, take: (message: Message) => void): Promise<void> {
    for await (const frames of socket) take(decodeMessage(frames, this.#signer));
  }

  #published(message: Message): void {
    this.iopub.push(message);
    for (const listener of this.#listeners) listener();
  }

  async #answer({ header, content }: Message): Promise<void> {
    const value = await this.onInput?.(String(content.prompt), content.password === true);
    if (value === undefined) return;
    await this.#stdin.send(this.#encode("input_reply", { value }, { parent: header }));
  }

  #encode(type: string, content: Content, rest: { parent?: Header; id?: string; subshell?: string | undefined } = {}) {
    const header: Header = {
      msg_id: rest.id ?? randomUUID(),
      msg_type: type,
      session: this.session,
      username: "test",
      date: new Date().toISOString(),
      version: "5.5",
      ...(rest.subshell ? { subshell_id: rest.subshell } : {}),
    };
    const message = { identities: [], header, parent: rest.parent ?? {}, metadata: {}, content, buffers: [] };
    return encodeMessage(message, this.#signer);
  }

  /** Send without waiting. @returns the message's ID */
  async send(channel: "shell" | "control", type: string, content: Content, subshell?: string): Promise<string> {
    const id = randomUUID();
    await this[channel].send(this.#encode(type, content, { id, subshell }));
    return id;
  }

  /** Send and wait for the reply. */
  async request(
    channel: "shell" | "control",
    type: string,
    content: Content = {},
    subshell?: string,
  ): Promise<Message> {
    const id = randomUUID();
    const replied = new Promise<Message>((resolve) => this.#replies.set(id, resolve));
    await this[channel].send(this.#encode(type, content, { id, subshell }));
    return replied;
  }

  /** Wait until a published message passes. */
  async published(test: (message: Message) => boolean): Promise<Message> {
    for (let looked = 0; ; ) {
      // Each message once: a kernel may publish 20,000 while one is waited for.
      const found = this.iopub.slice(looked).find(test);
      if (found) return found;
      looked = this.iopub.length;
      await new Promise<void>((resolve) => {
        const listener = () => {
          this.#listeners = this.#listeners.filter((one) => one !== listener);
          resolve();
        };
        this.#listeners.push(listener);
      });
    }
  }

  of(id: string): Message[] {
    return this.iopub.filter((message) => (message.parent as Header).msg_id === id);
  }

  async execute(code: string, options: Content = {}, subshell?: string): Promise<Outcome> {
    const content = { code, silent: false, store_history: true, allow_stdin: this.onInput !== undefined, ...options };
    const reply = await this.request("shell", "execute_request", content, subshell);
    const id = (reply.parent as Header).msg_id;
    const isIdle = ({ header, parent, content: { execution_state } }: Message) =>
      header.msg_type === "status" && execution_state === "idle" && (parent as Header).msg_id === id;
    await this.published(isIdle);
    return outcomeOf(reply, this.of(id));
  }

  /** Close this client's sockets; the kernel lives. */
  leave(): void {
    for (const socket of [this.shell, this.control, this.#stdin, this.#subscriber]) socket.close();
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.process.once("exit", resolve));
    if (this.process.exitCode === null && this.process.signalCode === null) {
      await this.send("control", "shutdown_request", { restart: false });
      const timer = setTimeout(() => this.process.kill("SIGKILL"), 15_000);
      await ended;
      clearTimeout(timer);
    }
    this.leave();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function outcomeOf(reply: Message, messages: readonly Message[]): Outcome {
  const stream = (name: string) =>
    messages
      .filter(({ header, content }) => header.msg_type === "stream" && content.name === name)
      .map(({ content }) => content.text)
      .join("");
  const of = (type: string) => messages.find(({ header }) => header.msg_type === type)?.content;
  const data = of("execute_result")?.data as Record<string, string> | undefined;
  const error = of("error");
  return {
    reply,
    messages,
    stdout: stream("stdout"),
    stderr: stream("stderr"),
    result: data?.["text/plain"],
    error: error ? `${error.ename}: ${error.evalue}` : undefined,
    // biome-ignore lint/suspicious/noControlCharactersInRegex: ANSI colours begin with one
    traceback: ((error?.traceback as string[]) ?? []).join("\n").replace(/\u001b\[\d+m/g, ""),
  };
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = net.createServer();
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as net.AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Start a kernel in an empty folder of its own; `stop` it at the end. */
export async function startKernel(options: StartOptions = {}): Promise<KernelClient> {
  const folder = mkdtempSync(path.join(os.tmpdir(), "lepton-kernel-"));
  const [shell, control, stdin, iopub, hb] = await freePorts(5);
  const connection = {
    transport: "tcp",
    ip: "127.0.0.1",
    shell_port: shell,
    control_port: control,
    stdin_port: stdin,
    iopub_port: iopub,
    hb_port: hb,
    key: randomUUID(),
    signature_scheme: "hmac-sha256",
  };
  const notebook = path.join(folder, "notebook");
  mkdirSync(notebook);
  writeFileSync(path.join(folder, "connection.json"), JSON.stringify(connection));
  return connected(new KernelClient(folder, kernelProcess(folder, options), connection), options);
}

/** A second client of a kernel that runs; `leave` ends it. */
export function joinKernel(kernel: KernelClient): Promise<KernelClient> {
  return connected(new KernelClient(kernel.folder, kernel.process, kernel.connection));
}

/** What Jupyter does when a kernel died: a new process with the same connection file. The old client is of no use after it. */
export function restartKernel(kernel: KernelClient, options: StartOptions = {}): Promise<KernelClient> {
  kernel.leave();
  return connected(new KernelClient(kernel.folder, kernelProcess(kernel.folder, options), kernel.connection));
}

async function connected(client: KernelClient, options: StartOptions = {}): Promise<KernelClient> {
  client.connect(options);
  await client.published(({ header }) => header.msg_type === "iopub_welcome");
  return client;
}

function kernelProcess(folder: string, options: StartOptions): ChildProcess {
  const spec = kernelSpec(process.execPath, builtMain()) as { argv: string[]; env: Record<string, string> };
  const file = path.join(folder, "connection.json");
  const [node, ...args] = spec.argv.map((word) => word.replace("{connection_file}", file));
  return spawn(node!, args, {
    cwd: path.join(folder, "notebook"),
    env: {
      ...process.env,
      ...spec.env,
      LEPTON_STATE: path.join(folder, "state"),
      ...(options.magics ? {} : { LEPTON_MAGICS: "none" }),
      ...options.env,
    },
    stdio: ["ignore", "inherit", "pipe"],
  });
}

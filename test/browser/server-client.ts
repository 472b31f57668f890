/** A client of Jupyter's server without a page: its REST interface and a kernel's websocket, as JupyterLab uses them. */
import { randomUUID } from "node:crypto";
import type { Lab } from "./lab.ts";

export interface ServerMessage {
  readonly channel: string;
  readonly header: { readonly msg_type: string };
  readonly parent_header: { readonly msg_id?: string };
  readonly content: Readonly<Record<string, unknown>>;
}

export async function api(lab: Lab, method: string, path: string, body?: object): Promise<unknown> {
  const reply = await fetch(`${lab.url}/api/${path}`, {
    method,
    headers: { Authorization: `token ${lab.token}`, "Content-Type": "application/json" },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${await reply.text()}`);
  return reply.status === 204 ? undefined : reply.json();
}

/** A notebook's session, as opening it in JupyterLab makes one. @returns the kernel's ID */
export async function startSession(lab: Lab, path: string): Promise<string> {
  const body = { path, name: path, type: "notebook", kernel: { name: "lepton" } };
  return ((await api(lab, "POST", "sessions", body)) as { kernel: { id: string } }).kernel.id;
}

export class ServerClient {
  readonly messages: ServerMessage[] = [];
  readonly #socket: WebSocket;
  readonly #session = randomUUID();

  constructor(lab: Lab, kernel: string) {
    const query = `session_id=${this.#session}&token=${lab.token}`;
    this.#socket = new WebSocket(`${lab.url.replace("http", "ws")}/api/kernels/${kernel}/channels?${query}`);
    this.#socket.addEventListener("message", ({ data }) => this.messages.push(JSON.parse(String(data))));
  }

  async open(): Promise<this> {
    if (this.#socket.readyState !== WebSocket.OPEN) {
      await new Promise((resolve, reject) => {
        this.#socket.addEventListener("open", resolve, { once: true });
        this.#socket.addEventListener("error", () => reject(new Error("no websocket to the kernel")), { once: true });
      });
    }
    return this;
  }

  /** @returns the message's ID */
  send(code: string): string {
    const msg_id = randomUUID();
    const header = { msg_id, msg_type: "execute_request", session: this.#session, username: "test", version: "5.5" };
    const content = { code, silent: false, store_history: true, user_expressions: {}, allow_stdin: false };
    const rest = { parent_header: {}, metadata: {}, content, buffers: [] };
    this.#socket.send(
      JSON.stringify({ channel: "shell", header: { ...header, date: new Date().toISOString() }, ...rest }),
    );
    return msg_id;
  }

  /** The first message that passes, of those that came and those that will. */
  async message(test: (message: ServerMessage) => boolean, timeoutMs = 60_000): Promise<ServerMessage> {
    const until = Date.now() + timeoutMs;
    for (;;) {
      const found = this.messages.find(test);
      if (found) return found;
      if (Date.now() > until) throw new Error(`no such message; the last: ${JSON.stringify(this.messages.slice(-3))}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Run a cell. @returns text/plain of its result, or name and message of its error */
  async execute(code: string): Promise<string | undefined> {
    const id = this.send(code);
    const mine = (message: ServerMessage, type: string) =>
      message.parent_header.msg_id === id && message.header.msg_type === type;
    await this.message((one) => mine(one, "status") && one.content.execution_state === "idle");
    const error = this.messages.find((one) => mine(one, "error"))?.content;
    if (error) return `${error.ename}: ${error.evalue}`;
    const result = this.messages.find((one) => mine(one, "execute_result"))?.content;
    return (result?.data as Record<string, string> | undefined)?.["text/plain"];
  }

  close(): void {
    this.#socket.close();
  }
}

/**
 * The connection file that Jupyter writes for each kernel. Enters: a path; leaves: checked addresses and the signing key.
 */
import { readFileSync } from "node:fs";
import type { Address } from "./peers.ts";

export interface Connection {
  readonly transport: string;
  readonly ip: string;
  readonly shell_port: number;
  readonly control_port: number;
  readonly iopub_port: number;
  readonly stdin_port: number;
  readonly hb_port: number;
  readonly key: string;
  readonly signature_scheme: string;
}

export type SocketName = "shell" | "control" | "iopub" | "stdin" | "hb";

const ports = ["shell_port", "control_port", "iopub_port", "stdin_port", "hb_port"] as const;

/** @throws Error with the field that is wrong */
export function readConnection(file: string): Connection {
  const value: unknown = JSON.parse(readFileSync(file, "utf8"));
  assertConnection(value, file);
  return value;
}

function assertConnection(value: unknown, file: string): asserts value is Connection {
  const wrong = (what: string) => new Error(`${file}: ${what}; a Jupyter connection file is expected.`);
  if (typeof value !== "object" || value === null) throw wrong("not a JSON object");
  const record = value as Record<string, unknown>;
  record.transport ??= "tcp";
  record.key ??= "";
  record.signature_scheme ??= "hmac-sha256";
  for (const name of ports) if (!Number.isInteger(record[name])) throw wrong(`${name} is not a port`);
  if (typeof record.ip !== "string" || record.ip === "") throw wrong("ip is missing");
  if (!/^hmac-[\w-]+$/.test(String(record.signature_scheme))) throw wrong("signature_scheme is not hmac-…");
}

/** Where one of the five sockets is. */
export function addressOf(connection: Connection, socket: SocketName): Address {
  const { transport, ip: host, [`${socket}_port` as const]: port } = connection;
  return transport === "ipc" ? { path: `${host}-${port}` } : { host, port };
}

/** Ports of this machine. A shared listener would quietly join whoever listens already, so each port is first tried alone. */
import net from "node:net";
import { LeptonError } from "@lepton/contract";

/** @param port 0 finds one @throws LEPTON_DEPLOY when another process has it or it may not be used */
export function freePort(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = net.createServer();
    probe.once("error", (error: NodeJS.ErrnoException) => reject(refusal(host, port, error)));
    probe.listen({ host, port, exclusive: true }, () => {
      const { port: found } = probe.address() as net.AddressInfo;
      probe.close(() => resolve(found));
    });
  });
}

/** A url leaves 80 out. */
export const portOf = (url: string): number => Number(new URL(url).port || 80);

function refusal(host: string, port: number, cause: NodeJS.ErrnoException): LeptonError {
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: `port ${port} on ${host} is taken; choose another --port, or leave it out for a free one.`,
    EACCES: `port ${port} may not be used by this user; choose one from 1024.`,
    EADDRNOTAVAIL: `this machine has no address ${host}; choose --host 127.0.0.1 or 0.0.0.0.`,
    ENOTFOUND: `host ${host} is not known; choose --host 127.0.0.1 or 0.0.0.0.`,
  };
  const reason = reasons[cause.code ?? ""] ?? `cannot listen on ${host} port ${port}: ${cause.message}.`;
  return new LeptonError("LEPTON_DEPLOY", reason, { cause });
}

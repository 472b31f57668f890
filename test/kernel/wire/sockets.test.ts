import { randomUUID } from "node:crypto";
import { once } from "node:events";
import net from "node:net";
import { expect, onTestFinished, test } from "vitest";
import * as zmq from "zeromq";
import { bindSockets } from "../../../kernel/wire/bind.ts";
import type { Connection } from "../../../kernel/wire/connection.ts";
import { decodeMessage, encodeMessage, type Message } from "../../../kernel/wire/frames.ts";
import { type Sockets, serveSockets } from "../../../kernel/wire/sockets.ts";

async function connection(): Promise<Connection> {
  const servers = Array.from({ length: 5 }, () => net.createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => (server.address() as net.AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  const [shell_port, control_port, iopub_port, stdin_port, hb_port] = ports as [number, number, number, number, number];
  const key = randomUUID();
  return {
    ...{ transport: "tcp", ip: "localhost", key, signature_scheme: "hmac-sha256" },
    ...{ shell_port, control_port, iopub_port, stdin_port, hb_port },
  };
}

function message(msg_type: string, content: Message["content"], identities: Message["identities"] = []): Message {
  const header = { msg_id: randomUUID(), msg_type, session: "s", username: "u", date: "d", version: "5.5" };
  return { identities, header, parent: {}, metadata: {}, content, buffers: [] };
}

test("what clients send before anybody listens is answered; what cannot be sent is told, and the next is sent", async () => {
  const to = await connection();
  const signer = { key: to.key, hash: "sha256" };
  const bound = await bindSockets(to);
  const shell = new zmq.Dealer({ routingId: "me" });
  shell.connect(`tcp://127.0.0.1:${to.shell_port}`);
  const iopub = new zmq.Subscriber();
  iopub.connect(`tcp://127.0.0.1:${to.iopub_port}`);
  iopub.subscribe();
  await shell.send(encodeMessage(message("kernel_info_request", {}), signer));
  await new Promise((resolve) => setTimeout(resolve, 100));
  const refused: string[] = [];
  const sockets: Sockets = serveSockets(bound, signer, {
    onMessage: (channel, { identities }) => sockets.send(channel, message("kernel_info_reply", {}, identities)),
    onSubscription: () => {
      sockets.send("iopub", message("broken", { never: 1n }, [Buffer.from("broken")]));
      sockets.send("iopub", message("iopub_welcome", {}, [Buffer.from("welcome")]));
    },
    onRefused: (reason) => refused.push(reason),
  });
  onTestFinished(async () => {
    for (const socket of [shell, iopub]) socket.close();
    await sockets.close();
  });
  sockets.listen();
  const types = [await shell.receive(), await iopub.receive()].map(
    (frames) => decodeMessage(frames, signer).header.msg_type,
  );
  expect(types).toEqual(["kernel_info_reply", "iopub_welcome"]);
  expect(refused).toEqual([expect.stringMatching(/^send: TypeError: .*BigInt/)]);
});

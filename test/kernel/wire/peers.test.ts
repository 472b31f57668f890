import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import * as zmq from "zeromq";
import { type Address, PublisherSocket, RouterSocket } from "../../../kernel/wire/peers.ts";
import { encodeFrames, greeting, readyCommand } from "../../../kernel/wire/zmtp.ts";

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** A socket of ours, and what libzmq's sockets call its address. */
async function bound<S extends RouterSocket | PublisherSocket>(socket: S, at?: Address): Promise<[S, string]> {
  const address = at ?? { host: "127.0.0.1", port: await freePort() };
  await socket.bind(address);
  onTestFinished(() => socket.close());
  return [socket, address.path ? `ipc://${address.path}` : `tcp://127.0.0.1:${address.port}`];
}

function connected<S extends zmq.Dealer | zmq.Subscriber | zmq.Request>(socket: S, address: string): S {
  socket.connect(address);
  onTestFinished(() => socket.close());
  return socket;
}

const bytes = (...texts: string[]) => texts.map((text) => Buffer.from(text));
const words = (frames: readonly Buffer[]) => frames.map((frame) => frame.toString());

async function echoing(at?: Address): Promise<string> {
  const [router, address] = await bound(new RouterSocket(), at);
  router.listen((frames) => void router.send(frames));
  return address;
}

test("a dealer and a requester of libzmq are answered, with frames of every length", async () => {
  const address = await echoing();
  const dealer = connected(new zmq.Dealer({ routingId: "me" }), address);
  const frames = ["", "a", "b".repeat(255), "c".repeat(256), "d".repeat(16_384), "e".repeat(3_000_000)];
  await dealer.send(frames);
  expect(words(await dealer.receive())).toEqual(frames);
  const asking = connected(new zmq.Request(), address);
  await asking.send("ping");
  expect(words(await asking.receive())).toEqual(["ping"]);
});

test.skipIf(process.platform === "win32")(
  "a socket in the file system, also where a killed kernel left its own",
  async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), "lepton-ipc-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = path.join(folder, "kernel-1");
    net.createServer().listen(file).unref();
    const dealer = connected(new zmq.Dealer(), await echoing({ path: file }));
    await dealer.send("x");
    expect(words(await dealer.receive())).toEqual(["x"]);
  },
);

test("what comes before somebody listens is kept; who is not there is told", async () => {
  const [router, address] = await bound(new RouterSocket());
  const dealer = connected(new zmq.Dealer({ routingId: "me" }), address);
  await dealer.send("early");
  await new Promise((resolve) => setTimeout(resolve, 50));
  const heard = await new Promise<Buffer[]>((resolve) => router.listen(resolve));
  expect(words(heard)).toEqual(["me", "early"]);
  expect(router.send(bytes("you", "x"))).toBe(false);
  expect(router.send([heard[0]!, Buffer.from("for you")])).toBe(true);
  expect(words(await dealer.receive())).toEqual(["for you"]);
});

test("a client that comes again under its name gets what is sent to it", async () => {
  const [router, address] = await bound(new RouterSocket());
  const heard: string[][] = [];
  router.listen((frames) => heard.push(words(frames)));
  const before = connected(new zmq.Dealer({ routingId: "me", reconnectInterval: -1 }), address);
  await before.send("1");
  await expect.poll(() => heard).toHaveLength(1);
  const after = connected(new zmq.Dealer({ routingId: "me" }), address);
  await after.send("2");
  await expect.poll(() => heard).toHaveLength(2);
  router.send(bytes("me", "answer"));
  expect(words(await after.receive())).toEqual(["answer"]);
});

test("two clients of one name, as two made by one kernel manager, stay connected; each is answered when it asks", async () => {
  const [router, address] = await bound(new RouterSocket());
  let heard = 0;
  router.listen((frames) => {
    heard++;
    router.send(frames);
  });
  const first = connected(new zmq.Dealer({ routingId: "me" }), address);
  const second = connected(new zmq.Dealer({ routingId: "me" }), address);
  for (let i = 0; i < 10; i++) {
    for (const [name, dealer] of Object.entries({ first, second })) {
      await dealer.send(`${name} ${i}`);
      expect(words(await dealer.receive())).toEqual([`${name} ${i}`]);
    }
  }
  expect(heard).toBe(20);
  second.close();
  await first.send("alone");
  expect(words(await first.receive())).toEqual(["alone"]);
});

test("a client without a name has another one on each socket", async () => {
  const names: string[] = [];
  for (let i = 0; i < 2; i++) {
    const [router, address] = await bound(new RouterSocket());
    const named = new Promise<Buffer[]>((resolve) => router.listen(resolve));
    await connected(new zmq.Dealer(), address).send("x");
    names.push((await named)[0]!.toString("hex"));
  }
  expect(names[0]).not.toBe(names[1]);
});

test("subscribers hear the topics that they want, and are heard when they subscribe", async () => {
  const [publisher, address] = await bound(new PublisherSocket());
  const topics: string[] = [];
  const all = connected(new zmq.Subscriber(), address);
  all.subscribe();
  await new Promise((resolve) => setTimeout(resolve, 50));
  publisher.listen((topic) => topics.push(topic.toString()));
  const some = connected(new zmq.Subscriber(), address);
  some.subscribe("status", "stream");
  await expect.poll(() => topics.toSorted()).toEqual(["", "status", "stream"]);
  for (const topic of ["status", "display_data", "stream.1"]) publisher.send(bytes(topic, "x"));
  const heard = async (from: zmq.Subscriber, count: number) => {
    const found: string[] = [];
    for (let i = 0; i < count; i++) found.push((await from.receive())[0]!.toString());
    return found;
  };
  expect(await heard(all, 3)).toEqual(["status", "display_data", "stream.1"]);
  expect(await heard(some, 2)).toEqual(["status", "stream.1"]);
  some.unsubscribe("status");
  await new Promise((resolve) => setTimeout(resolve, 50));
  for (const topic of ["status", "stream"]) publisher.send(bytes(topic, "x"));
  expect(await heard(some, 1)).toEqual(["stream"]);
});

/** A peer written by hand. */
async function raw(address: string, hello: readonly Uint8Array[]): Promise<net.Socket> {
  const socket = net.connect(Number(address.split(":").at(-1)), "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  await once(socket, "connect");
  for (const part of hello) socket.write(part);
  return socket;
}

test("a subscription of ZMTP 3.0, which is a message, is one", async () => {
  const [publisher, address] = await bound(new PublisherSocket());
  const subscribed = new Promise<Buffer>((resolve) => publisher.listen(resolve));
  const socket = await raw(address, [greeting, readyCommand("SUB"), ...encodeFrames([Buffer.from("\x01st")])]);
  let heard = "";
  socket.on("data", (chunk) => (heard += chunk.toString("latin1")));
  expect((await subscribed).toString()).toBe("st");
  publisher.send(bytes("status", "idle"));
  await expect.poll(() => heard).toContain("status\0\x04idle");
});

test("heartbeats of ZeroMQ are answered with their context", async () => {
  const address = await echoing();
  const dealer = connected(
    new zmq.Dealer({ heartbeatInterval: 20, heartbeatTimeout: 100, reconnectInterval: -1 }),
    address,
  );
  await new Promise((resolve) => setTimeout(resolve, 400)); // without answers it would have left
  await dealer.send("x");
  expect(words(await dealer.receive())).toEqual(["x"]);
  const socket = await raw(address, [greeting, readyCommand("DEALER"), Buffer.from("\x04\x09\x04PING\0\x0ahi")]);
  let heard = "";
  socket.on("data", (chunk) => (heard += chunk.toString("latin1")));
  await expect.poll(() => heard).toContain("\x04\x07\x04PONGhi");
});

test("one that speaks no ZMTP is closed, and said; the others go on", async () => {
  const [router, address] = await bound(new RouterSocket());
  router.listen((frames) => void router.send(frames));
  const refused: string[] = [];
  router.onRefused = (reason) => refused.push(reason);
  const socket = await raw(address, [Buffer.from(`GET / HTTP/1.1\r\nHost: localhost\r\n\r\n${" ".repeat(64)}`)]);
  socket.resume();
  await once(socket, "close");
  expect(refused).toEqual(["no greeting of ZeroMQ"]);
  const dealer = connected(new zmq.Dealer(), address);
  await dealer.send("x");
  expect(words(await dealer.receive())).toEqual(["x"]);
});

test("one that reads nothing loses what is more than 256 MB, which is said once; one that reads gets all", async () => {
  const [publisher, address] = await bound(new PublisherSocket());
  const refused: string[] = [];
  publisher.onRefused = (reason) => refused.push(reason);
  let subscriptions = 0;
  publisher.listen(() => subscriptions++);
  const deaf = await raw(address, [greeting, readyCommand("SUB"), ...encodeFrames([Buffer.of(1)])]);
  deaf.pause();
  const reading = connected(new zmq.Subscriber({ receiveHighWaterMark: 0 }), address);
  reading.subscribe();
  await expect.poll(() => subscriptions).toBe(2);
  const long = Buffer.alloc(4 * 2 ** 20);
  for (let i = 0; i < 80; i++) {
    publisher.send([Buffer.from(`${i}`), long]);
    expect((await reading.receive())[0]!.toString()).toBe(`${i}`);
  }
  expect(refused).toEqual(["a client reads too slowly: messages to it are lost (XPUB)"]);
});

/** A subscriber of everything that reads nothing until it is resumed. */
async function slowSubscriber() {
  const [publisher, address] = await bound(new PublisherSocket());
  const refused: string[] = [];
  publisher.onRefused = (reason) => refused.push(reason);
  const subscribed = new Promise<Buffer>((resolve) => publisher.listen(resolve));
  const slow = await raw(address, [greeting, readyCommand("SUB"), ...encodeFrames([Buffer.of(1)])]);
  slow.pause();
  await subscribed;
  return { publisher, refused, slow };
}

test("a flood of small messages is kept up to 20,000 for one that does not read", async () => {
  const { publisher, refused, slow } = await slowSubscriber();
  for (let i = 0; i < 20_000; i++) publisher.send(bytes("t", `${i}`));
  expect(refused).toEqual([]);
  let heard = "";
  slow.on("data", (chunk) => (heard += chunk.toString("latin1")));
  slow.resume();
  await expect.poll(() => heard.endsWith("19999")).toBe(true);
});

test("one that reads on is kept what it has not read, and no more", async () => {
  const { publisher, refused, slow } = await slowSubscriber();
  const some = Buffer.alloc(1000);
  for (let i = 0; i < 19_000; i++) publisher.send([Buffer.from("t"), some]);
  let read = 0;
  slow.on("data", (chunk) => {
    read += chunk.length;
    if (read > 15e6) slow.pause();
  });
  slow.resume();
  await expect.poll(() => slow.isPaused()).toBe(true);
  await new Promise((resolve) => setTimeout(resolve, 50));
  for (let i = 0; i < 14_000; i++) publisher.send([Buffer.from("t"), some]);
  expect(refused).toEqual([]);
});

test("what is sent while it is closed costs nothing of what was sent before", async () => {
  const [publisher, address] = await bound(new PublisherSocket());
  const subscribed = new Promise<Buffer>((resolve) => publisher.listen(resolve));
  const reading = connected(new zmq.Subscriber({ receiveHighWaterMark: 0 }), address);
  reading.subscribe();
  await subscribed;
  for (let i = 0; i < 100; i++) publisher.send([Buffer.from(`${i}`), Buffer.alloc(1e6)]);
  const closed = publisher.close();
  setTimeout(() => publisher.send(bytes("late", "x")), 1);
  await closed;
  for (let i = 0; i < 100; i++) expect((await reading.receive())[0]!.toString()).toBe(`${i}`);
});

test("what was sent before a close arrives", async () => {
  const [router, address] = await bound(new RouterSocket());
  const dealer = connected(new zmq.Dealer({ routingId: "me" }), address);
  await dealer.send("x");
  await new Promise<Buffer[]>((resolve) => router.listen(resolve));
  const long = "y".repeat(20_000_000);
  router.send(bytes("me", long));
  await router.close();
  expect(words(await dealer.receive())).toEqual([long]);
});

test("an address that is taken is told", async () => {
  const port = await freePort();
  await bound(new RouterSocket(), { host: "127.0.0.1", port });
  await expect(new RouterSocket().bind({ host: "127.0.0.1", port })).rejects.toThrow("EADDRINUSE");
});

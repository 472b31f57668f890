/**
 * A closed-loop load generator: `node load.ts HOST:PORT TOKEN CLIENTS SECONDS`, the request's body on stdin. Each client keeps one connection and asks again
 * once answered. Prints {requests, seconds}. Raw sockets and no HTTP library, so that it takes little of the machine that the server runs on.
 */
import net from "node:net";
import { text } from "node:stream/consumers";

const [address = "", token = "", clients = "1", seconds = "1"] = process.argv.slice(2);
const [host = "", port = ""] = address.split(":");
const body = await text(process.stdin);
const request = Buffer.from(
  `POST /predict HTTP/1.1\r\nHost: ${address}\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
);

let requests = 0;
let isOver = false;

function client(): Promise<void> {
  return new Promise((resolve, reject) => {
    let received = "";
    const socket = net.connect({ host, port: Number(port), noDelay: true }, () => socket.write(request));
    socket
      .on("error", reject)
      .on("close", () => (isOver ? resolve() : reject(new Error("the server closed a connection"))));
    socket.setEncoding("latin1").on("data", (part: string) => {
      received += part;
      const head = received.indexOf("\r\n\r\n");
      if (head < 0) return;
      const length = Number(/content-length: (\d+)/i.exec(received)?.[1]);
      if (received.length < head + 4 + length) return;
      if (!received.startsWith("HTTP/1.1 200")) return reject(new Error(received));
      received = "";
      requests++;
      if (isOver) socket.destroy();
      else socket.write(request);
    });
  });
}

const all = Array.from({ length: Number(clients) }, client);
await new Promise((resolve) => setTimeout(resolve, 300)); // warm
requests = 0;
const started = performance.now();
await new Promise((resolve) => setTimeout(resolve, Number(seconds) * 1000));
const measured = { requests, seconds: (performance.now() - started) / 1000 };
isOver = true;
await Promise.all(all);
process.stdout.write(JSON.stringify(measured));

import { randomBytes } from "node:crypto";
import http from "node:http";
import { gzipSync } from "node:zlib";
import { expect, test, vi } from "vitest";
import { running, sumParts, token } from "./tiny-bundle.ts";

const row = (age: number) => ({ age, home: "rent", owner: null });

async function metricsOf(url: string): Promise<string> {
  const reply = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}`, connection: "close" } });
  return reply.text();
}

test("each of many replies belongs to its own request", async () => {
  const service = await running(sumParts(), { maxBatch: 8 });
  const clients = Array.from({ length: 32 }, async (_, client) => {
    for (let turn = 0; turn < 10; turn++) {
      const ages = Array.from({ length: 1 + ((client + turn) % 11) }, (_, k) => client * 10_000 + turn * 100 + k);
      const { body } = await service.post("/predict", ages.map(row));
      expect(body.prediction).toEqual(ages);
    }
  });
  await Promise.all(clients);
  const metrics = await metricsOf(service.url);
  expect(metrics).toContain('lepton_requests_total{route="/predict",status="200",model="credit-risk",version="1"} 320');
  expect(metrics).toMatch(/lepton_batch_rows_bucket\{le="8",model="credit-risk",version="1"\} \d+/);
});

test("a refusal among others is the refused client's alone", async () => {
  const service = await running(sumParts());
  const replies = await Promise.all(
    [row(1), { age: "x", home: "rent", owner: null }, row(3)].map((r) => service.post("/predict", r)),
  );
  expect(replies.map((reply) => [reply.status, reply.body.prediction])).toEqual([
    [200, 1],
    [400, undefined],
    [200, 3],
  ]);
});

test("a body of 10 MB gets 413 and a sentence, and so does one that unpacks to it", async () => {
  const service = await running(sumParts());
  const sentence = /larger than 1048576 bytes; send fewer rows at a time/;
  const large = await service.post("/predict", randomBytes(10_000_000));
  expect(large).toEqual({ status: 413, body: { error: expect.stringMatching(sentence), code: "LEPTON_REQUEST" } });
  const bomb = await service.post("/predict", gzipSync(Buffer.alloc(10_000_000, " ")), {
    headers: { "content-encoding": "gzip" },
  });
  expect(bomb).toEqual({ status: 413, body: { error: expect.stringMatching(sentence), code: "LEPTON_REQUEST" } });
});

test("a 10 MB body in pieces, without a length, gets 413 too", async () => {
  const { url } = await running(sumParts());
  const status = await new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` };
    const request = http.request(`${url}/predict`, { method: "POST", headers }, (reply) => resolve(reply.statusCode));
    request.on("error", reject);
    for (let part = 0; part < 10; part++) request.write(Buffer.alloc(1_000_000, " "));
    request.end();
  });
  expect(status).toBe(413);
});

test("packed bodies are read, and what is no gzip is said", async () => {
  const service = await running(sumParts());
  const headers = { "content-encoding": "gzip" };
  expect(await service.post("/predict", gzipSync(JSON.stringify(row(7))), { headers })).toMatchObject({
    body: { prediction: 7 },
  });
  const capitals = { "content-encoding": "GZIP" };
  expect(await service.post("/predict", gzipSync(JSON.stringify(row(8))), { headers: capitals })).toMatchObject({
    body: { prediction: 8 },
  });
  expect(await service.post("/predict", row(7), { headers: { "content-encoding": "constructor" } })).toMatchObject({
    status: 400,
  });
  expect(await service.post("/predict", row(7), { headers })).toMatchObject({
    status: 400,
    body: { error: "the body is not gzip as its Content-Encoding says." },
  });
  expect(await service.post("/predict", row(7), { headers: { "content-encoding": "br" } })).toMatchObject({
    status: 400,
    body: { error: expect.stringMatching(/must be gzip, deflate or identity, got "br"/) },
  });
});

test("more than may wait gets 429 and Retry-After, and the rest is answered", async () => {
  const service = await running(sumParts(), { maxQueue: 20, maxBatch: 4, delayMs: 1500 });
  const rows = Array.from({ length: 10 }, (_, k) => row(k));
  const post = () =>
    fetch(`${service.url}/predict`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify(rows),
    });
  const replies = await Promise.all(Array.from({ length: 6 }, post));
  const counts = (status: number) => replies.filter((reply) => reply.status === status).length;
  expect(counts(200)).toBeGreaterThanOrEqual(2);
  expect(counts(429)).toBeGreaterThanOrEqual(1);
  expect(counts(200) + counts(429)).toBe(6);
  const refused = replies.find((reply) => reply.status === 429)!;
  expect(refused.headers.get("retry-after")).toMatch(/^\d+$/);
  expect(await refused.json()).toEqual({
    error: expect.stringMatching(/rows wait already and at most 20 may; try again/),
    code: "LEPTON_BUSY",
  });
});

test("while it drains, what was asked is answered, readiness is denied and connections close", async () => {
  const service = await running(sumParts(), { delayMs: 4000 });
  const agent = new http.Agent({ keepAlive: true });
  const health = () =>
    new Promise<{ status: number | undefined; connection: string | undefined }>((resolve, reject) => {
      http
        .get(`${service.url}/healthz`, { agent }, (reply) => {
          reply.resume().on("end", () => resolve({ status: reply.statusCode, connection: reply.headers.connection }));
        })
        .on("error", reject);
    });
  expect(await health()).toEqual({ status: 200, connection: "keep-alive" });
  const asked = service.post("/predict", row(5));
  await vi.waitFor(async () => expect(await metricsOf(service.url)).toMatch(/^lepton_queue_rows\{.*\} 1$/m), {
    timeout: 30_000,
  });
  const drained = service.server.drain(20_000); // over once nobody is connected
  expect(await health()).toEqual({ status: 503, connection: "close" });
  expect(await asked).toMatchObject({ status: 200, body: { prediction: 5 } });
  await drained;
  await expect(fetch(`${service.url}/healthz`)).rejects.toThrow();
  agent.destroy();
});

/** What Prometheus sees: requests, their seconds, batches, the queue and Node's own figures. Each server has its own registry. */
import type { FastifyInstance } from "fastify";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

export interface ServerMetrics {
  readonly registry: Registry;
  /** Rows of one run of the model. */
  batch(rows: number): void;
}

/** Count every request of `app`, and answer GET /metrics. `queued` tells how many rows wait. */
export function measure(
  app: FastifyInstance,
  labels: Readonly<Record<string, string>>,
  queued: () => number,
): ServerMetrics {
  const registry = new Registry();
  registry.setDefaultLabels(labels);
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const requests = new Counter({
    name: "lepton_requests_total",
    help: "Requests answered, by route and status.",
    labelNames: ["route", "status"],
    registers,
  });
  const seconds = new Histogram({
    name: "lepton_request_seconds",
    help: "Seconds from a request's head to its answer, by route.",
    labelNames: ["route"],
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers,
  });
  const batches = new Histogram({
    name: "lepton_batch_rows",
    help: "Rows that the model saw at once.",
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
    registers,
  });
  new Gauge({
    name: "lepton_queue_rows",
    help: "Rows that wait for the model.",
    registers,
    collect() {
      this.set(queued());
    },
  });
  app.addHook("onResponse", async (request, reply) => {
    const route = request.routeOptions.url ?? "unknown";
    requests.inc({ route, status: String(reply.statusCode) });
    seconds.observe({ route }, reply.elapsedTime / 1000);
  });
  app.get("/metrics", async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()));
  return { registry, batch: (rows) => batches.observe(rows) };
}

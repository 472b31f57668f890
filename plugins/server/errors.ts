/**
 * How a refusal is said over HTTP. Enters: an error; leaves: a status and `{"error": sentence, "code": LEPTON_...}`. Never a stack trace.
 */
import type { IncomingMessage, Server } from "node:http";
import { type ErrorCode, errorCodes, isLeptonError } from "@lepton/contract";
import type { FastifyHttpOptions, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

export interface ErrorBody {
  readonly error: string;
  readonly code: ErrorCode | "LEPTON_INTERNAL";
}

const statusOf: Partial<Record<ErrorCode, number>> = {
  LEPTON_REQUEST: 400,
  LEPTON_COLUMN_MISSING: 400,
  LEPTON_COLUMN_TYPE: 400,
  LEPTON_TOKEN: 401,
  LEPTON_NAME_UNKNOWN: 404,
  LEPTON_BUSY: 429,
};

interface Refusal {
  readonly status: number;
  readonly body: ErrorBody;
}

export function handleErrors(app: FastifyInstance, bodyLimitBytes: number, log: (line: string) => void): void {
  app.setErrorHandler(async (error, request, reply) => {
    const refusal = refusalOf(error, bodyLimitBytes);
    if (refusal.status === 500)
      log(`${request.method} ${request.url}: ${error instanceof Error ? error.stack : error}`);
    await discardBody(request.raw);
    return send(refusal, reply);
  });
  app.setNotFoundHandler(async (request, reply) => {
    await discardBody(request.raw);
    return send(unknownRoute(app, request, reply), reply);
  });
}

function send({ status, body }: Refusal, reply: FastifyReply): FastifyReply {
  if (status === 401) reply.header("www-authenticate", 'Bearer realm="lepton"');
  if (status === 429) reply.header("retry-after", "1");
  return reply.code(status).send(body);
}

function refusalOf(error: unknown, bodyLimitBytes: number): Refusal {
  if (isLeptonError(error)) {
    const status = statusOf[error.code];
    if (status !== undefined) return { status, body: { error: (error as Error).message, code: error.code } };
  }
  // Only what a client sent is walked by functions that call themselves.
  if (error instanceof RangeError && error.message.includes("call stack"))
    return { status: 400, body: { error: "the body is nested too deeply.", code: "LEPTON_REQUEST" } };
  const status = (error as { statusCode?: number }).statusCode ?? 500;
  if (status === 413) {
    const sentence = `the body is larger than ${bodyLimitBytes} bytes; send fewer rows at a time, or start the server with a larger --body-limit.`;
    return { status, body: { error: sentence, code: "LEPTON_REQUEST" } };
  }
  if (status < 500) return { status, body: { error: (error as Error).message, code: "LEPTON_REQUEST" } };
  return { status: 500, body: { error: "the server failed to answer; its log says why.", code: "LEPTON_INTERNAL" } };
}

function unknownRoute(app: FastifyInstance, request: FastifyRequest, reply: FastifyReply): Refusal {
  const path = request.url.split("?")[0] as string;
  const url = path.replace(/^(\/v2\/models)\/[^/]+/, "$1/:model").replace(/\/versions\/[^/]+/, "/versions/:version");
  const others = (["GET", "POST"] as const).filter((method) => app.hasRoute({ method, url }));
  if (others.length > 0) {
    reply.header("allow", others.join(", "));
    return {
      status: 405,
      body: { error: `${path} takes ${others.join(" or ")}, got ${request.method}.`, code: "LEPTON_REQUEST" },
    };
  }
  const known = "POST /predict, GET /openapi.json, /docs, /healthz, /livez, /metrics, /v2";
  return {
    status: 404,
    body: { error: `there is no ${request.method} ${path}; there is ${known}.`, code: "LEPTON_REQUEST" },
  };
}

/**
 * Read and drop what the client still sends, for at most 2 s and 64 MiB: a socket closed while its client writes is reset, and the client never
 * sees the refusal.
 */
async function discardBody(raw: IncomingMessage): Promise<void> {
  if (raw.complete || raw.readableEnded || raw.destroyed) return;
  let received = 0;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, 2000);
    const done = () => {
      clearTimeout(timer);
      resolve();
    };
    raw.on("data", (chunk: Buffer) => {
      received += chunk.length;
      if (received > 64 * 2 ** 20) done();
    });
    raw.once("end", done).once("close", done).once("error", done).resume();
  });
}

const headRefusals: Readonly<Record<string, readonly [status: string, sentence: string]>> = {
  HPE_HEADER_OVERFLOW: ["431 Request Header Fields Too Large", "the request's headers are larger than 16 KiB."],
  ERR_HTTP_REQUEST_TIMEOUT: ["408 Request Timeout", "the request did not arrive whole in time; send it again."],
};

/** What is refused before there is a request: a head that Node cannot read, and a url that fastify cannot. */
export const earlyRefusals: Pick<FastifyHttpOptions<Server>, "clientErrorHandler" | "frameworkErrors"> = {
  clientErrorHandler(error, socket) {
    const unread = ["400 Bad Request", `the request is not HTTP/1.1 (${error.code}).`] as const;
    const [status, sentence] = headRefusals[error.code] ?? unread;
    const body = JSON.stringify({ error: sentence, code: "LEPTON_REQUEST" } satisfies ErrorBody);
    if (error.code === "ECONNRESET" || socket.destroyed) return;
    if (socket.writable) {
      const head = `HTTP/1.1 ${status}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}`;
      socket.write(`${head}\r\nConnection: close\r\n\r\n${body}`);
    }
    socket.destroy(error);
  },
  frameworkErrors(error, _request, reply) {
    const sentence = `the url cannot be read: ${error.message}.`;
    send({ status: error.statusCode ?? 400, body: { error: sentence, code: "LEPTON_REQUEST" } }, reply as FastifyReply);
  },
};

/** For the OpenAPI document. */
export const errorCodeNames = [...Object.keys(statusOf), "LEPTON_INTERNAL"].filter(
  (code) => code in errorCodes || code === "LEPTON_INTERNAL",
);

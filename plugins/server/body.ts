/**
 * Bodies both ways. Enters: bytes as a client sent them, perhaps compressed; leaves: a Buffer for each route to parse, and replies compressed where
 * the client asks for it. Any content type is read as what the route expects: `curl -d` alone works.
 */
import { promisify } from "node:util";
import zlib from "node:zlib";
import { LeptonError } from "@lepton/contract";
import type { FastifyInstance, FastifyRequest } from "fastify";

const inflaters = {
  gzip: promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gunzip),
  deflate: promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.inflate),
};
const deflaters = {
  gzip: promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gzip),
  deflate: promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.deflate),
};
type Encoding = keyof typeof inflaters;

/** Replies under this many bytes are not worth compressing. */
const worthCompressing = 1024;

export function handleBodies(app: FastifyInstance, bodyLimitBytes: number): void {
  app.removeAllContentTypeParsers();
  // One that is empty or malformed would be refused before any parser is asked.
  app.addHook("onRequest", async ({ raw: { headers } }) => {
    if (headers["content-type"] !== undefined) headers["content-type"] = "application/octet-stream";
  });
  app.addContentTypeParser("*", { parseAs: "buffer" }, async (request: FastifyRequest, body: Buffer) =>
    inflate(body, request.headers["content-encoding"] ?? "identity", bodyLimitBytes),
  );
  app.addHook("onSend", async (request, reply, payload) => {
    if (typeof payload !== "string" && !Buffer.isBuffer(payload)) return payload;
    if (payload.length < worthCompressing) return payload;
    const accepted = String(request.headers["accept-encoding"] ?? "");
    const encoding = (["gzip", "deflate"] as const).find((name) =>
      new RegExp(`\\b${name}\\b(?!\\s*;\\s*q=0(\\.0*)?\\s*(,|$))`, "i").test(accepted),
    );
    if (encoding === undefined) return payload;
    const packed = await deflaters[encoding](Buffer.from(payload as string), { level: 1 });
    reply.header("content-encoding", encoding).header("vary", "accept-encoding").removeHeader("content-length");
    return packed;
  });
}

async function inflate(body: Buffer, given: string, limit: number): Promise<Buffer> {
  const encoding = given.trim().toLowerCase();
  if (encoding === "identity" || encoding === "") return body;
  if (!Object.hasOwn(inflaters, encoding)) {
    throw new LeptonError(
      "LEPTON_REQUEST",
      `Content-Encoding must be gzip, deflate or identity, got ${JSON.stringify(encoding)}.`,
    );
  }
  try {
    return await inflaters[encoding as Encoding](body, { maxOutputLength: limit });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") {
      throw Object.assign(new Error("body too large"), { statusCode: 413 });
    }
    throw new LeptonError("LEPTON_REQUEST", `the body is not ${encoding} as its Content-Encoding says.`, {
      cause: error,
    });
  }
}

/** A JSON body. @throws LEPTON_REQUEST that says where it breaks */
export function parseJson(body: unknown, what = "the body"): unknown {
  const text = Buffer.isBuffer(body) ? body.toString("utf8").replace(/^\uFEFF/, "") : ""; // Windows marks UTF-8
  if (text.trim() === "") throw new LeptonError("LEPTON_REQUEST", `${what} is empty; send JSON.`);
  try {
    return JSON.parse(text);
  } catch (error) {
    const hint = /\b(NaN|-?Infinity)\b/.test(text)
      ? " NaN and Infinity are not JSON: send null for a value that is unknown."
      : "";
    throw new LeptonError("LEPTON_REQUEST", `${what} is not JSON: ${(error as Error).message}.${hint}`, {
      cause: error,
    });
  }
}

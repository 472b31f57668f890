/**
 * Who may ask. Enters: a request's Authorization header; leaves: nothing, or a refusal before the body is read. What probes and people need before
 * they have a token stays open: health, and the page that explains.
 */
import { timingSafeEqual } from "node:crypto";
import { LeptonError } from "@lepton/contract";
import type { FastifyInstance } from "fastify";

const openRoutes = new Set(["/healthz", "/livez", "/docs", "/v2/health/live", "/v2/health/ready"]);

/** Ask every request, except for the open routes, for `Authorization: Bearer TOKEN`; null asks for nothing. */
export function requireToken(app: FastifyInstance, token: string | null): void {
  if (token === null) return;
  const expected = Buffer.from(token);
  app.addHook("onRequest", async (request) => {
    if (openRoutes.has(request.routeOptions.url ?? "")) return;
    const header = request.headers.authorization;
    if (header === undefined) refuse("this service needs its token: send the header Authorization: Bearer TOKEN.");
    const [scheme, given] = split(header);
    if (scheme !== "bearer") refuse("the Authorization header must be: Bearer TOKEN.");
    if (!same(Buffer.from(given), expected))
      refuse(
        "the token is not this service's; take it from where it was started: service.token of %lepton deploy, or what lepton serve printed.",
      );
  });
}

function split(header: string): [scheme: string, rest: string] {
  const space = header.indexOf(" ");
  return space < 0
    ? [header.toLowerCase(), ""]
    : [header.slice(0, space).toLowerCase(), header.slice(space + 1).trim()];
}

/** In a time that tells nothing of where they differ. */
function same(given: Buffer, expected: Buffer): boolean {
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function refuse(sentence: string): never {
  throw new LeptonError("LEPTON_TOKEN", sentence);
}

import { expect, test } from "vitest";
import { running, sumParts, token } from "./tiny-bundle.ts";

const row = { age: 1, home: "rent", owner: null };

test.each([
  ["no token", undefined, /needs its token: send the header Authorization: Bearer TOKEN/],
  ["a wrong token", "Bearer something-else", /the token is not this service's/],
  ["a wrong token of the right length", `Bearer ${"x".repeat(token.length)}`, /the token is not this service's/],
  ["a longer token", `Bearer ${token}x`, /the token is not this service's/],
  ["another scheme", `Basic ${token}`, /must be: Bearer TOKEN/],
])("%s gets 401 and a sentence, before the body is read", async (_name, authorization, sentence) => {
  const { url } = await running(sumParts());
  const headers = authorization === undefined ? {} : { authorization };
  const reply = await fetch(`${url}/predict`, { method: "POST", body: "not JSON", headers });
  expect(reply.status).toBe(401);
  expect(reply.headers.get("www-authenticate")).toMatch(/^Bearer/);
  expect(await reply.json()).toEqual({ error: expect.stringMatching(sentence), code: "LEPTON_TOKEN" });
});

test("every route but health and the page asks for the token", async () => {
  const { url } = await running(sumParts());
  const statuses = async (routes: readonly string[]) =>
    Promise.all(routes.map(async (route) => [route, (await fetch(url + route)).status]));
  const open = ["/healthz", "/livez", "/docs", "/v2/health/live", "/v2/health/ready"];
  const closed = [
    "/metrics",
    "/openapi.json",
    "/v2",
    "/v2/models/credit-risk",
    "/v2/models/credit-risk/ready",
    "/nowhere",
  ];
  expect(await statuses(open)).toEqual(open.map((route) => [route, 200]));
  expect(await statuses(closed)).toEqual(closed.map((route) => [route, 401]));
});

test("bearer is read in any case, and a server without a token answers all", async () => {
  const { url } = await running(sumParts());
  const headers = { authorization: `bearer ${token}` };
  expect((await fetch(`${url}/v2`, { headers })).status).toBe(200);
  const open = await running(sumParts(), { token: null });
  const reply = await fetch(`${open.url}/predict`, { method: "POST", body: JSON.stringify(row) });
  expect(await reply.json()).toMatchObject({ prediction: 1 });
});

import { expect, test } from "vitest";
import { arrayParts, classParts, type Running, running, sumParts, token } from "./tiny-bundle.ts";

interface Document {
  readonly paths: Record<string, Record<string, { readonly summary?: string; readonly requestBody?: RequestContent }>>;
  readonly components: { readonly schemas: Record<string, Record<string, unknown>> };
}
interface RequestContent {
  readonly content: { readonly "application/json": { readonly examples: Record<string, { readonly value: unknown }> } };
}

async function document(service: Running): Promise<Document> {
  const reply = await fetch(`${service.url}/openapi.json`, { headers: { authorization: `Bearer ${token}` } });
  return (await reply.json()) as Document;
}

test("the OpenAPI document types the columns", async () => {
  const { components } = await document(await running(classParts()));
  expect(components.schemas.Row).toEqual({
    type: "object",
    required: ["age", "home", "owner"],
    additionalProperties: true,
    properties: {
      age: { type: ["number", "null"], examples: [35] },
      home: {
        type: ["string", "number", "boolean", "null"],
        description: "Known: rent, own. Others are taken as unseen.",
        examples: ["rent"],
      },
      owner: { type: ["boolean", "null"], examples: [true] },
    },
  });
});

test.each([
  ["a classifier", classParts],
  ["a regression", sumParts],
  ["a model of plain arrays", arrayParts],
])("the examples of %s work when sent", async (_name, parts) => {
  const service = await running(parts());
  const examples = (await document(service)).paths["/predict"]?.post?.requestBody?.content["application/json"].examples;
  expect(Object.keys(examples ?? {}).length).toBeGreaterThan(0);
  for (const { value } of Object.values(examples ?? {}))
    expect((await service.post("/predict", value)).status).toBe(200);
});

test("every route of the document is there, and every reference leads somewhere", async () => {
  const service = await running(classParts());
  const { paths, components } = await document(service);
  for (const [path, methods] of Object.entries(paths)) {
    for (const method of Object.keys(methods)) {
      const headers = { authorization: `Bearer ${token}` };
      const reply = await fetch(service.url + path, { method: method.toUpperCase(), headers });
      expect([path, reply.status]).toEqual([path, method === "get" ? 200 : 400]); // a post without a body
    }
  }
  const references = JSON.stringify({ paths, components }).match(/#\/components\/schemas\/\w+/g) ?? [];
  expect(Object.keys(paths).length).toBeGreaterThan(5);
  expect(references.length).toBeGreaterThan(5);
  for (const reference of references) expect(Object.keys(components.schemas)).toContain(reference.split("/").at(-1));
});

test("the page shows nothing but the name before the token is given, and loads nothing from outside", async () => {
  const { url } = await running(classParts("<b>&risk"));
  const reply = await fetch(`${url}/docs`);
  const html = await reply.text();
  expect(html).toContain("&lt;b&gt;&amp;risk v1");
  expect(html).not.toMatch(/https?:|home|age"/);
  expect(reply.headers.get("content-security-policy")).toContain("default-src 'none'");
});

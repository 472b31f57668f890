/** Pieces that both parts of the OpenAPI document are made of: our own routes and the inference protocol's. */
export type Json = Readonly<Record<string, unknown>>;

export const ref = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });

export const json = (schema: Json): Json => ({ "application/json": { schema } });

/** What a request with a body may be told. */
export const refusals: Json = Object.fromEntries(
  Object.entries({
    400: "The request cannot be read, lacks a column, or holds a value of the wrong type.",
    401: "The bearer token is missing or wrong.",
    413: "The body is too large.",
    429: "Too many rows wait; try again after Retry-After seconds.",
  }).map(([status, description]) => [status, { description, content: json(ref("Error")) }]),
);

export interface GetRoute {
  /** Needs no token. */
  readonly isOpen?: boolean;
  /** Answers 503 while the server drains. */
  readonly drains?: boolean;
  /** Of the answer; JSON when left out. */
  readonly type?: string;
  readonly tags?: readonly string[];
}

export function getRoute(
  operationId: string,
  summary: string,
  { isOpen = false, drains = false, type, tags }: GetRoute,
): Json {
  const content = type === undefined ? json({ type: "object" }) : { [type]: { schema: { type: "string" } } };
  return {
    get: {
      operationId,
      summary,
      ...(tags === undefined ? {} : { tags }),
      ...(isOpen ? { security: [] } : {}),
      responses: {
        200: { description: summary, content },
        ...(isOpen ? {} : { 401: (refusals as Readonly<Record<number, unknown>>)[401] }),
        ...(drains ? { 503: { description: "It drains.", content } } : {}),
      },
    },
  };
}

/** Asks a deployed service. Enters: rows as the notebook has them; leaves: one answer a row. Large lists go in several requests. */
import { type ErrorCode, errorCodes, LeptonError } from "@lepton/contract";
import { shownValue } from "../data/shown-value.ts";
import type { ServiceRow } from "./served-run.ts";

/** The answer for one row. */
export interface Answer {
  /** A class's label, or a number; null where the model gave no number. */
  readonly prediction: string | number | null | readonly number[];
  /** By class; undefined for regression. */
  readonly probabilities?: Readonly<Record<string, number>>;
}

export interface Endpoint {
  readonly name: string;
  readonly url: string;
  readonly token: string;
}

/** Bytes of one request's rows at most: under the server's limit of 1 MiB. */
const requestBytes = 500_000;

/** @throws LEPTON_DEPLOY when nothing answers; the service's own code and sentence when it refuses */
export async function askService(
  endpoint: Endpoint,
  rows: readonly ServiceRow[],
  plain: boolean,
): Promise<readonly Answer[]> {
  const all: Answer[] = [];
  for (const part of parts(rows)) {
    const body = `{"${plain ? "features" : "rows"}":[${part.join(",")}]}`;
    for (const answer of await ask(endpoint, body, all.length)) all.push(answer);
  }
  return all;
}

function parts(rows: readonly ServiceRow[]): string[][] {
  const all: string[][] = [[]];
  let bytes = 0;
  for (const [index, row] of rows.entries()) {
    const text = rowText(row, index);
    const size = Buffer.byteLength(text);
    if (bytes + size > requestBytes && bytes > 0) {
      all.push([]);
      bytes = 0;
    }
    all.at(-1)!.push(text);
    bytes += size;
  }
  return all;
}

function rowText(row: ServiceRow, index: number): string {
  let cause: unknown;
  try {
    const text: string | undefined = JSON.stringify(
      ArrayBuffer.isView(row) ? Array.from(row as unknown as Float32Array) : row,
      sendable,
    );
    if (text !== undefined) return text;
  } catch (error) {
    cause = error; // circular, or a getter that throws
  }
  throw new LeptonError(
    "LEPTON_REQUEST",
    `predict: row ${index} cannot be sent: ${shownValue(row)}${cause instanceof Error ? ` (${cause.message.split("\n", 1)[0]})` : ""}; a row holds numbers, texts, dates, booleans and null.`,
    { cause },
  );
}

/** NaN is sent as null: missing. JSON has no infinity: the largest number becomes one in the model's 32 bits. Whole numbers of a database may be bigint. */
function sendable(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (value === Number.POSITIVE_INFINITY) return Number.MAX_VALUE;
  return value === Number.NEGATIVE_INFINITY ? -Number.MAX_VALUE : value;
}

async function ask({ name, url, token }: Endpoint, body: string, before: number): Promise<readonly Answer[]> {
  // No connection is kept: an idle one would hold up the drain when the next version takes over.
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json", connection: "close" };
  let reply: Response;
  try {
    reply = await fetch(`${url}/predict`, { method: "POST", headers, body });
  } catch (cause) {
    throw new LeptonError(
      "LEPTON_DEPLOY",
      `${name} does not answer at ${url}; see %lepton deployments, and deploy again.`,
      { cause },
    );
  }
  const answer = (await reply.json()) as {
    readonly error?: string;
    readonly code?: string;
    readonly prediction: readonly Answer["prediction"][];
    readonly probabilities?: readonly Readonly<Record<string, number>>[];
  };
  if (!reply.ok) throw refusal(name, answer.error ?? reply.statusText, answer.code ?? "", before);
  const { prediction, probabilities } = answer;
  return prediction.map((value, row) =>
    probabilities ? { prediction: value, probabilities: probabilities[row]! } : { prediction: value },
  );
}

function refusal(name: string, sentence: string, code: string, before: number): LeptonError {
  const counting = before > 0 ? ` (Rows are counted from row ${before} of the list.)` : "";
  return new LeptonError(
    code in errorCodes ? (code as ErrorCode) : "LEPTON_REQUEST",
    `${name}: ${sentence}${counting}`,
  );
}

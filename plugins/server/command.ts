/**
 * `lepton serve FOLDER` and `node server.mjs`. Enters: command-line words; leaves: a process that serves until SIGTERM or SIGINT, then drains and ends.
 */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { LeptonError } from "@lepton/contract";
import type { Server, ServerOptions } from "./server.ts";

export const serveHelp = `lepton serve [FOLDER] [options]      serve a deployed folder over HTTP
  --host HOST            address to listen on (127.0.0.1: this machine only)
  --port PORT            port (0: any free one)
  --token-file FILE      file that holds the bearer token; made with a new token when it does not exist
  --no-token             answer without a token
  --max-batch ROWS       rows the model sees at once (32)
  --max-queue ROWS       rows that may wait before 429 (4096)
  --batch-delay MS       wait for company before a run (0: go whenever idle)
  --body-limit BYTES     largest body (1048576, or room for 8 rows)
  --threads N            threads inside one run (1)
The environment variable LEPTON_TOKEN sets the token; without it and without --token-file a new one is made and printed.`;

const flags = {
  host: { type: "string" },
  port: { type: "string" },
  "token-file": { type: "string" },
  "no-token": { type: "boolean" },
  "max-batch": { type: "string" },
  "max-queue": { type: "string" },
  "batch-delay": { type: "string" },
  "body-limit": { type: "string" },
  threads: { type: "string" },
  help: { type: "boolean" },
  // For targets that start us:
  instance: { type: "string" },
  "state-file": { type: "string" },
  "share-port": { type: "boolean" },
} as const;

/** Serve until told to end; resolves when drained. @param ownFolder where a FOLDER left out is looked for @throws LEPTON_* */
export async function serveCommand(argv: readonly string[], ownFolder?: string): Promise<void> {
  const { values, positionals } = readWords(argv);
  if (values.help) return void process.stdout.write(`${serveHelp}\n`);
  const folder = await chosenFolder(positionals, ownFolder);
  const token = await chooseToken(values["token-file"], values["no-token"] ?? false);
  const { createServer } = await import("./server.ts");
  const server = await createServer(folder, {
    token: token.value,
    ...limits(values),
    ...(values.instance === undefined ? {} : { instance: values.instance }),
  });
  const url = await server.listen({
    host: values.host ?? "127.0.0.1",
    port: whole("port", values.port, 0, 65_535) ?? 0,
    sharePort: values["share-port"] ?? false,
  });
  await tell(values["state-file"], { instance: values.instance, pid: process.pid, url });
  const { name, version } = server.manifest;
  process.stdout.write(`${name} v${version} listens on ${url} (${token.note})\n`);
  await untilToldToEnd(server, values["state-file"]);
}

function readWords(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: flags, allowPositionals: true });
  } catch (error) {
    throw new LeptonError("LEPTON_OPTION_UNKNOWN", `serve: ${(error as Error).message}\n${serveHelp}`, {
      cause: error,
    });
  }
}

async function chosenFolder(positionals: readonly string[], ownFolder: string | undefined): Promise<string> {
  if (positionals.length > 1) {
    throw new LeptonError("LEPTON_OPTION_UNKNOWN", `serve: takes one FOLDER, got ${positionals.join(" ")}.`);
  }
  const folder =
    positionals[0] ?? (ownFolder && existsSync(path.join(ownFolder, "bundle.json")) ? ownFolder : undefined);
  if (folder !== undefined) return currentVersion(path.resolve(folder));
  throw new LeptonError(
    "LEPTON_OPTION_MISSING",
    `serve: which FOLDER? One that %lepton deploy wrote, e.g. .lepton/deployments/NAME, or NAME/v1 for that version.`,
  );
}

/** Of a deployment's folder, which holds its versions, the one that is current; any other folder is meant itself. */
async function currentVersion(folder: string): Promise<string> {
  const file = path.join(folder, "current.json");
  if (existsSync(path.join(folder, "bundle.json")) || !existsSync(file)) return folder;
  const version = versionIn(await readFile(file, "utf8"));
  if (version !== undefined) return path.join(folder, `v${version}`);
  throw new LeptonError("LEPTON_FILE_FORMAT", `serve: ${file} is damaged; name a version's folder, e.g. ${folder}/v1.`);
}

function versionIn(text: string): number | undefined {
  try {
    const { version } = JSON.parse(text) as { readonly version?: unknown };
    return Number.isSafeInteger(version) ? (version as number) : undefined;
  } catch {
    return undefined; // no JSON, or null: the caller says so
  }
}

/** Those that were given; the server knows the rest. */
function limits(values: Readonly<Record<string, string | boolean | undefined>>): Partial<ServerOptions> {
  const given = {
    maxBatch: whole("max-batch", values["max-batch"], 1),
    maxQueue: whole("max-queue", values["max-queue"], 1),
    delayMs: whole("batch-delay", values["batch-delay"], 0),
    bodyLimitBytes: whole("body-limit", values["body-limit"], 1),
    threads: whole("threads", values.threads, 1),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function whole(
  name: string,
  value: string | boolean | undefined,
  min: number,
  max = Number.MAX_SAFE_INTEGER,
): number | undefined {
  if (typeof value !== "string") return undefined;
  const number = Number(value);
  if (value.trim() !== "" && Number.isSafeInteger(number) && number >= min && number <= max) return number;
  const range = max === Number.MAX_SAFE_INTEGER ? `at least ${min}` : `from ${min} to ${max}`;
  throw new LeptonError("LEPTON_OPTION_RANGE", `serve: --${name} must be a whole number ${range}, got ${value}.`);
}

interface Token {
  readonly value: string | null;
  /** For the line that says where the server listens. */
  readonly note: string;
}

async function chooseToken(file: string | undefined, none: boolean): Promise<Token> {
  const given = process.env.LEPTON_TOKEN?.trim();
  delete process.env.LEPTON_TOKEN; // not for what we might start
  if (none) return { value: null, note: "no token: whoever reaches it may ask" };
  if (file !== undefined) return { value: await tokenInFile(file), note: `token in ${file}` };
  if (given !== undefined && given !== "")
    return { value: sendable(given, "LEPTON_TOKEN"), note: "token from LEPTON_TOKEN" };
  const fresh = newToken();
  return { value: fresh, note: `token ${fresh}` };
}

const newToken = () => randomBytes(24).toString("base64url");

async function tokenInFile(file: string): Promise<string> {
  if (!existsSync(file)) await makeTokenFile(file);
  const token = (await readFile(file, "utf8")).trim();
  if (token !== "") return sendable(token, file);
  throw new LeptonError(
    "LEPTON_FILE_FORMAT",
    `serve: the token file ${file} is empty; delete it to have a new one made.`,
  );
}

/** Whole or not there, for its owner alone; where two servers begin at once, the first one's stays. */
async function makeTokenFile(file: string): Promise<void> {
  const fresh = `${file}.${process.pid}.new`;
  await writeFile(fresh, `${newToken()}\n`, { mode: 0o600 });
  try {
    await link(fresh, file);
  } catch (error) {
    // A disk without links (exFAT): the last of two that begin at once wins there.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") await rename(fresh, file);
  } finally {
    await rm(fresh, { force: true });
  }
}

/** A header carries printable ASCII. */
function sendable(token: string, origin: string): string {
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  const law = "a token is printable ASCII without spaces";
  throw new LeptonError("LEPTON_OPTION_VALUE", `serve: ${law}; the one in ${origin} is not.`);
}

/** Leave word for whoever started us: written whole, then given its name. */
async function tell(file: string | undefined, state: object): Promise<void> {
  if (file === undefined) return;
  await writeFile(`${file}.new`, JSON.stringify(state));
  await rename(`${file}.new`, file);
}

/** SIGTERM said twice is the same drain (supervisors repeat it); a second Ctrl-C ends it at once. */
async function untilToldToEnd(server: Server, stateFile: string | undefined): Promise<void> {
  await new Promise<void>((resolve) => {
    process.on("SIGTERM", resolve).once("SIGINT", resolve);
  });
  await server.drain();
  if (stateFile !== undefined) await rm(stateFile, { force: true });
}

/**
 * One large file over HTTP into a folder. Enters: an address and the SHA-256 that the file must have; leaves: the file, whole. What is there of an
 * attempt that was cut off is gone on with.
 */
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, existsSync, renameSync, rmSync, statSync } from "node:fs";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { LeptonError } from "@lepton/contract";

/** Called often: bytes that are there, and how many there will be (0 where the server does not say). */
export type Progress = (bytes: number, total: number) => void;

const attempts = 5;

/** @throws LEPTON_DOWNLOAD when the server refuses, the line breaks five times, or the file is another one */
export async function download(url: string, sha256: string, file: string, progress: Progress): Promise<void> {
  if (existsSync(file) && (await hashOf(file)) === sha256) return;
  const part = `${file}.part`;
  for (let attempt = 1; ; attempt++) {
    try {
      await goOn(url, part, progress);
      break;
    } catch (cause) {
      if (cause instanceof LeptonError || attempt === attempts) throw brokenOff(url, part, cause);
    }
  }
  const got = await hashOf(part);
  if (got !== sha256) {
    rmSync(part);
    throw new LeptonError(
      "LEPTON_DOWNLOAD",
      `engine add: ${nameOf(url)} has SHA-256 ${got}, not the pinned ${sha256}; it was thrown away. Run the command again.`,
    );
  }
  renameSync(part, file);
}

function brokenOff(url: string, part: string, cause: unknown): unknown {
  if (cause instanceof LeptonError) return cause;
  const bytes = existsSync(part) ? statSync(part).size : 0;
  const reason = ((cause as Error).cause as Error | undefined)?.message ?? (cause as Error).message;
  return new LeptonError(
    "LEPTON_DOWNLOAD",
    `engine add: ${nameOf(url)} broke off after ${Math.round(bytes / 1e6)} MB (${reason}); run the command again, it goes on there.`,
    { cause },
  );
}

const nameOf = (url: string): string => decodeURIComponent(new URL(url).pathname.split("/").at(-1)!);

async function goOn(url: string, part: string, progress: Progress): Promise<void> {
  const there = existsSync(part) ? statSync(part).size : 0;
  const { auth, plain } = withoutLogin(url);
  const response = await fetch(plain, { headers: { ...auth, ...(there > 0 && { range: `bytes=${there}-` }) } });
  if (response.status === 416) return; // all of it is there
  if (!response.ok || !response.body)
    throw new LeptonError(
      "LEPTON_DOWNLOAD",
      `engine add: ${nameOf(url)}: the package index answers ${response.status} ${response.statusText}; check pip's index settings.`,
    );
  const start = response.status === 206 ? there : 0;
  const rest = Number(response.headers.get("content-length") ?? 0);
  let bytes = start;
  const count = new Transform({
    transform(chunk: Buffer, _, done) {
      bytes += chunk.length;
      progress(bytes, rest === 0 ? 0 : start + rest);
      done(null, chunk);
    },
  });
  const flags = start > 0 ? "a" : "w";
  await pipeline(Readable.fromWeb(response.body as never), count, createWriteStream(part, { flags }));
}

/** fetch takes no address with a login in it. */
function withoutLogin(url: string): { readonly plain: string; readonly auth: Readonly<Record<string, string>> } {
  const parsed = new URL(url);
  const { username, password } = parsed;
  if (!username) return { plain: url, auth: {} };
  parsed.username = "";
  parsed.password = "";
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { plain: parsed.href, auth: { authorization: `Basic ${Buffer.from(login).toString("base64")}` } };
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

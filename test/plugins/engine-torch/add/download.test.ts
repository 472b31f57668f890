import { createHash, randomBytes } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { download } from "../../../../plugins/engine-torch/add/download.ts";

const bytes = randomBytes(300_000);
const sha256 = createHash("sha256").update(bytes).digest("hex");
const closing: (() => Promise<unknown>)[] = [];
let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "lepton-download-"));
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await rm(folder, { recursive: true });
});

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => new Promise((resolve) => server.close(resolve)));
  closing.unshift(async () => server.closeAllConnections());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/torch-1.whl`;
}

/** A server that knows ranges, and breaks the line after `limit` bytes of each answer, once some of them are in the file. */
function ranged(limit: number, ranges: string[], part = "") {
  return (request: IncomingMessage, response: ServerResponse) => {
    const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    ranges.push(request.headers.range ?? "");
    const rest = bytes.subarray(start);
    response.writeHead(start > 0 ? 206 : 200, { "content-length": rest.length });
    if (rest.length <= limit) {
      response.end(rest);
      return;
    }
    response.write(rest.subarray(0, limit));
    const look = setInterval(() => {
      if (!existsSync(part) || statSync(part).size <= start) return;
      clearInterval(look);
      response.destroy();
    }, 5);
    response.on("close", () => clearInterval(look));
  };
}

test("a line that breaks is gone on with where it broke", async () => {
  const ranges: string[] = [];
  const file = path.join(folder, "a.whl");
  const seen: number[] = [];
  await download(await serve(ranged(120_000, ranges, `${file}.part`)), sha256, file, (at) => seen.push(at));
  expect(readFileSync(file).equals(bytes)).toBe(true);
  expect(ranges[0]).toBe("");
  expect(ranges.length).toBeGreaterThanOrEqual(3);
  expect(Number(/\d+/.exec(ranges[1]!)![0])).toBeGreaterThan(0);
  expect(seen.at(-1)).toBe(bytes.length);
  expect(existsSync(`${file}.part`)).toBe(false);
});

test("what an earlier attempt left is gone on with, and a whole file is not fetched again", async () => {
  const ranges: string[] = [];
  const url = await serve(ranged(1e9, ranges));
  const file = path.join(folder, "a.whl");
  await writeFile(`${file}.part`, bytes.subarray(0, 100_000));
  await download(url, sha256, file, () => undefined);
  await download(url, sha256, file, () => undefined);
  expect(ranges).toEqual(["bytes=100000-"]);
});

test("another file under the same name is thrown away and named with both hashes", async () => {
  const file = path.join(folder, "a.whl");
  const url = await serve((_, response) => response.end("not a wheel"));
  const fetched = download(url, sha256, file, () => undefined);
  await expect(fetched).rejects.toMatchObject({ code: "LEPTON_DOWNLOAD" });
  await expect(download(url, sha256, file, () => undefined)).rejects.toThrow(
    new RegExp(`torch-1.whl has SHA-256 .*, not the pinned ${sha256}`),
  );
  expect(existsSync(file) || existsSync(`${file}.part`)).toBe(false);
});

test("an index that refuses is told with its answer; a login in the address goes into a header", async () => {
  const logins: (string | undefined)[] = [];
  const url = await serve((request, response) => {
    logins.push(request.headers.authorization);
    response.writeHead(403, "Forbidden").end();
  });
  const secret = url.replace("//", "//me:pass%20word@");
  const fetched = download(secret, sha256, path.join(folder, "a.whl"), () => undefined);
  await expect(fetched).rejects.toThrow(
    "torch-1.whl: the package index answers 403 Forbidden; check pip's index settings",
  );
  expect(logins).toEqual([`Basic ${Buffer.from("me:pass word").toString("base64")}`]);
});

import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, utimes, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createFileHashes } from "../../../magics/features/file-hash.ts";

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "lepton-hash-"));
  file = path.join(folder, "rows.csv");
});
afterEach(() => rm(folder, { recursive: true }));

const hashOf = (text: string) => createHash("sha256").update(text).digest("hex");
const day = (at: number) => new Date(Date.UTC(2026, 0, at));
const anHourOn = () => Date.now() + 3_600_000;

async function write(text: string, time?: Date): Promise<void> {
  await writeFile(file, text);
  if (time) await utimes(file, time, time);
}

function counted(now?: () => number) {
  let reads = 0;
  const hashes = createFileHashes(async (name) => {
    reads++;
    return hashOf(await readFile(name, "utf8"));
  }, now);
  return { hash: () => hashes.sha256Of(file), reads: () => reads };
}

test("a file that stays is read once; one that was changed is read again, also where its size is the same", async () => {
  const { hash, reads } = counted(anHourOn);
  await write("a,b\n1,2\n", day(1));
  expect([await hash(), await hash()]).toEqual([hashOf("a,b\n1,2\n"), hashOf("a,b\n1,2\n")]);
  expect(reads()).toBe(1);
  await write("a,b\n1,3\n", day(2));
  expect(await hash()).toBe(hashOf("a,b\n1,3\n"));
  expect(reads()).toBe(2);
});

test("the hash of a file that was changed a moment ago is not kept", async () => {
  const { hash, reads } = counted();
  await write("new", new Date(anHourOn()));
  await hash();
  await hash();
  expect(reads()).toBe(2);
});

test("a file is hashed as it is, and one that is missing is the system's error", async () => {
  const { sha256Of } = createFileHashes();
  await write("äöü");
  expect(await sha256Of(file)).toBe(hashOf("äöü"));
  await expect(sha256Of(path.join(folder, "none.csv"))).rejects.toMatchObject({ code: "ENOENT" });
});

/**
 * SHA-256 of files, worked out once while a file is unchanged. Enters: a path; leaves: the hash. Kept by path, inode, size and time of change, in this
 * process: who looks at samples again does not wait for gigabytes again.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";

/** A file that was changed a moment ago may change again within one tick of the file system's clock: its hash is not kept ("racy git"). */
const settledMs = 2000;
const mostFiles = 100;

export interface FileHashes {
  /** @returns lower-case hex. @throws what the system says where the file cannot be read */
  sha256Of(file: string): Promise<string>;
}

/** @param now  milliseconds since 1970 */
export function createFileHashes(
  work: (file: string) => Promise<string> = readHash,
  now: () => number = Date.now,
): FileHashes {
  const kept = new Map<string, { readonly mark: string; readonly sha256: string }>();
  return {
    async sha256Of(file) {
      const before = await markOf(file);
      const known = kept.get(file);
      if (known?.mark === before.mark) return known.sha256;
      const sha256 = await work(file);
      const after = await markOf(file);
      kept.delete(file);
      if (before.mark === after.mark && before.changedMs < now() - settledMs)
        kept.set(file, { mark: after.mark, sha256 });
      if (kept.size > mostFiles) kept.delete(kept.keys().next().value!);
      return sha256;
    },
  };
}

async function markOf(file: string): Promise<{ mark: string; changedMs: number }> {
  const { ino, size, mtimeNs, ctimeNs, mtimeMs, ctimeMs } = await stat(file, { bigint: true });
  return { mark: [ino, size, mtimeNs, ctimeNs].join(), changedMs: Number(mtimeMs > ctimeMs ? mtimeMs : ctimeMs) };
}

async function readHash(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const part of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(part as Buffer);
  return hash.digest("hex");
}

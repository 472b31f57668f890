/**
 * Files that survive a kill at any instant: written beside their place, synced, renamed over it. Enters: a path and bytes; leaves: the old file
 * or the new one, never a part. Apart because checkpoints, specs and journals of every stage need it.
 */
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import path from "node:path";
import { LeptonError } from "@lepton/contract";

/** Replace `file` by `parts`, one after the other. @throws LEPTON_DISK naming the file when the disk is full or refuses */
export function replaceFile(file: string, parts: readonly (Uint8Array | string)[]): void {
  const fresh = `${file}.${process.pid}.new`;
  try {
    const descriptor = openSync(fresh, "w");
    try {
      for (const part of parts) writeAll(descriptor, typeof part === "string" ? Buffer.from(part) : part);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(fresh, file);
  } catch (error) {
    if (existsSync(fresh)) rmSync(fresh);
    throw diskError(file, error);
  }
  syncFolder(path.dirname(file));
}

/** Write all bytes; one write call may take only a part of them. */
export function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at, bytes.length - at);
}

/** A sentence for a write that failed; other errors pass unchanged. */
export function diskError(file: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  const causes: Readonly<Record<string, string>> = {
    ENOSPC: "the disk is full; free some space",
    EDQUOT: "your disk quota is used up; free some space",
    EROFS: "the disk is read-only; write elsewhere",
    EACCES: "permission is denied; change it",
    EPERM: "permission is denied; change it",
    EIO: "the disk reports an error; look at it",
    EFBIG: "the file would be larger than allowed; raise the limit",
    ENOENT: "its folder does not exist; make it",
    EEXIST: "a part of its path is a file, not a folder; correct it",
    ENOTDIR: "a part of its path is a file, not a folder; correct it",
    EISDIR: "it is a folder; name a file",
    ENAMETOOLONG: "its name is too long; shorten it",
  };
  const cause = code === undefined ? undefined : causes[code];
  if (!cause) return error;
  return new LeptonError("LEPTON_DISK", `cannot write ${file}: ${cause}, then try again.`, { cause: error });
}

/** Make a rename last through a power cut. Windows cannot sync a folder and renames durably by itself. */
function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const descriptor = openSync(folder, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

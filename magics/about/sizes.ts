/** Bytes on disk: how much a folder takes, and how people read a number of bytes. */
import { lstat, readdir } from "node:fs/promises";
import path from "node:path";

/** All files under a folder; 0 when it is not there. What vanishes meanwhile counts nothing. */
export async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(gone([]));
  const sizes = await Promise.all(
    entries.map((entry) => {
      const full = path.join(folder, entry.name);
      return entry.isDirectory() ? folderBytes(full) : lstat(full).then((stat) => stat.size, gone(0));
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

const gone =
  <T>(value: T) =>
  (error: NodeJS.ErrnoException): T => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return value;
    throw error;
  };

/** 0 B, 12 kB, 3.4 MB: powers of 1,000. */
export function bytesText(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

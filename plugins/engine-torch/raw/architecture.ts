/** Which processor a library's file is for, by its first bytes: a wrong one is told in words before anything is loaded. */
import { closeSync, openSync, readSync } from "node:fs";

/** Numbers of processors in ELF, PE and Mach-O headers, as Node calls them. */
const machines = {
  elf: new Map([
    [62, "x64"],
    [183, "arm64"],
    [3, "ia32"],
    [40, "arm"],
    [21, "ppc64"],
    [22, "s390x"],
    [243, "riscv64"],
  ]),
  pe: new Map([
    [0x8664, "x64"],
    [0xaa64, "arm64"],
    [0x14c, "ia32"],
  ]),
  mach: new Map([
    [0x01000007, "x64"],
    [0x0100000c, "arm64"],
  ]),
} as const;

/** As process.arch would say it; undefined where the file is for several, or is none that is known here. */
export function architectureOf(file: string): string | undefined {
  const bytes = firstBytes(file, 4096);
  if (bytes.length < 64) return undefined;
  if (bytes.readUInt32BE(0) === 0x7f454c46) return machines.elf.get(bytes.readUInt16LE(18));
  if (bytes.readUInt32LE(0) === 0xfeedfacf) return machines.mach.get(bytes.readUInt32LE(4));
  if (bytes.toString("latin1", 0, 2) !== "MZ") return undefined;
  const start = bytes.readUInt32LE(0x3c);
  return start + 6 <= bytes.length ? machines.pe.get(bytes.readUInt16LE(start + 4)) : undefined;
}

function firstBytes(file: string, count: number): Buffer {
  const opened = openSync(file, "r");
  try {
    const bytes = Buffer.alloc(count);
    return bytes.subarray(0, readSync(opened, bytes, 0, count, 0));
  } finally {
    closeSync(opened);
  }
}

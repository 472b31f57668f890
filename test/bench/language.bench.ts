/** Completion, memory and heartbeat of our kernel alone (kernel/limits.ts). Prints a table and writes build/bench/language.json. */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { measureLimits, printRows } from "./kernel/limits.ts";

const out = path.join(path.resolve(import.meta.dirname, "../.."), "build", "bench");
const rows = await measureLimits();
printRows(rows);
mkdirSync(out, { recursive: true });
writeFileSync(path.join(out, "language.json"), `${JSON.stringify(rows, null, 2)}\n`);

/** What torch says when a call fails, as an error of ours. Enters: its words and what was being computed; leaves: an error. */
import { LeptonError } from "@lepton/contract";

const units: Readonly<Record<string, number>> = { bytes: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

/** Numbers with their units in "tried to allocate 400 bytes" and "Tried to allocate 2.00 GiB ... 1.50 GiB is free". */
function bytesIn(text: string, pattern: RegExp): number | null {
  const found = pattern.exec(text);
  return found ? Number(found[1]) * units[found[2]!]! : null;
}

const shown = (bytes: number): string =>
  bytes >= 1e9 ? `${Math.round(bytes / 1e8) / 10} GB` : `${Math.ceil(bytes / 1e6)} MB`;

const memoryWords = /out of memory|not enough memory|can't allocate|bad_alloc/i;

/**
 * @param said   torch's words; undefined where the library is too old to tell them (before 2.13 it prints them itself)
 * @param asked  bytes that the call was to take, where we know them and torch may not say
 * @returns      LEPTON_MEMORY saying how much was asked and what to lower, or a plain Error: lowering is our own doing
 */
export function failureOf(said: string | undefined, where: string, asked?: number): Error {
  const text = said?.split("\n")[0] ?? "torch failed; its words need torch 2.13, older ones print them";
  // A library without words only ever fails to make an empty tensor for want of memory.
  if (!memoryWords.test(said ?? "") && !(said === undefined && asked !== undefined))
    return new Error(`${where}: torch: ${text}`);
  const wanted = bytesIn(said ?? "", /[Tt]ried to allocate ([\d.]+) (bytes|[KMG]iB)/) ?? asked;
  const free = bytesIn(said ?? "", /of which ([\d.]+) (bytes|[KMG]iB) is free/);
  const amount =
    wanted === undefined ? "" : `: ${shown(wanted)} was asked for${free === null ? "" : `, ${shown(free)} is free`}`;
  const remedy =
    "lower --batch-size (with --gradient-accumulation-steps the updates stay those of the larger one), or the width of the model";
  return new LeptonError("LEPTON_MEMORY", `${where}: memory ran out${amount}; ${remedy}.`, { cause: new Error(text) });
}

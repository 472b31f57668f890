/**
 * One call of a plain C function, prepared: numbers and lists are written once, a run only fills in the handles. Enters: a function of shims.ts and
 * arguments; leaves: a function of the table of handles, or undefined where this library has no such function for the device.
 */
import type { Argument, Handles, Run, Slot } from "./call.ts";
import { check, type DeviceKind, type Torch } from "./library.ts";
import type { Shim } from "./shims.ts";

/** Fills in what changes from run to run. */
type Fill = (handles: Handles, args: number[]) => void;

/**
 * @param results  slots of the results, -1 for one to throw away
 * @param last     slots that nobody needs after this call: they are freed
 */
export function prepareDirect(
  torch: Torch,
  shim: Shim,
  given: readonly Argument[],
  results: readonly number[],
  last: ReadonlySet<number>,
  where: string,
  device: DeviceKind,
): Run | undefined {
  const native = torch.direct(shim, device);
  if (!native) return undefined;
  const { scratch, natives } = torch;
  const args: number[] = [];
  const fills: Fill[] = [];
  const ahead = [...given];
  const borrow = new Borrowing(torch);
  let result = 0;
  for (const { name, kind } of shim.takes) {
    if (kind === "result") args.push(scratch.at(result++));
    else place(kind, ahead.shift()!, { args, fills, borrow, where: `${shim.name}: ${name}` }, torch);
  }
  const gone = [...last];
  return (handles) => {
    for (let i = 0; i < fills.length; i++) fills[i]!(handles, args);
    const status = native(...args);
    if (status !== 0) check(torch, status, where);
    for (let i = 0; i < results.length; i++) {
      const handle = scratch.read(i);
      if (results[i]! < 0) natives.remove(handle);
      else {
        handles[results[i]!] = handle;
        torch.live++;
      }
    }
    for (let i = 0; i < gone.length; i++) {
      natives.remove(handles[gone[i]!]!);
      handles[gone[i]!] = 0;
    }
    torch.live -= gone.length;
  };
}

/** Places in the scratch where lists of handles lie while a call lasts. */
class Borrowing {
  readonly #torch: Torch;
  #next: number;

  constructor(torch: Torch) {
    this.#torch = torch;
    this.#next = torch.scratch.handlesSlot;
  }

  /** Room for so many handles. @returns the number of the first slot */
  take(count: number): number {
    const start = this.#next;
    this.#next += count;
    if (this.#next > this.#torch.scratch.slots) throw new Error(`a call may hold at most ${this.#next} tensors`);
    return start;
  }
}

interface Draft {
  readonly args: number[];
  readonly fills: Fill[];
  readonly borrow: Borrowing;
  readonly where: string;
}

function place(kind: Exclude<Shim["takes"][number]["kind"], "result">, argument: Argument, into: Draft, torch: Torch) {
  const { args, fills, borrow, where } = into;
  const { scratch } = torch;
  const wrong = () => new Error(`${where} must be ${kind}, got ${JSON.stringify(argument)}`);
  switch (kind) {
    case "tensor": {
      if (!isSlot(argument)) throw wrong();
      const index = args.push(0) - 1;
      const { slot } = argument;
      fills.push((handles, list) => {
        list[index] = handles[slot]!;
      });
      return;
    }
    case "tensor?": {
      if (argument === null) {
        args.push(0);
        return;
      }
      if (!isSlot(argument)) throw wrong();
      const at = borrow.take(1);
      args.push(scratch.at(at));
      fills.push((handles) => scratch.writeInteger(at, handles[argument.slot]!));
      return;
    }
    case "tensors": {
      if (!Array.isArray(argument) || !argument.every(isSlot)) throw wrong();
      const at = borrow.take(argument.length);
      args.push(scratch.at(at), argument.length);
      const slots = (argument as readonly Slot[]).map(({ slot }) => slot);
      fills.push((handles) => {
        for (let i = 0; i < slots.length; i++) scratch.writeInteger(at + i, handles[slots[i]!]!);
      });
      return;
    }
    case "double":
      if (typeof argument !== "number") throw wrong();
      args.push(argument);
      return;
    case "integer":
      if (typeof argument !== "boolean" && !Number.isSafeInteger(argument)) throw wrong();
      args.push(Number(argument));
      return;
    case "integers":
      if (!Array.isArray(argument) || !argument.every((item) => Number.isSafeInteger(item))) throw wrong();
      args.push(scratch.integers(argument as readonly number[]), argument.length);
      return;
    default:
      kind satisfies never;
  }
}

const isSlot = (value: unknown): value is Slot => typeof value === "object" && value !== null && "slot" in value;

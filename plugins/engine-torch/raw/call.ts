/**
 * One call of an operator, prepared: its arguments are checked against the schema once, then each run writes them to the stack in a fixed order.
 * Enters: a schema and arguments (tensors by the number of their slot); leaves: a function of the table of handles. The callee takes every handle,
 * list and string that it is given, so they are made anew each time; a tensor that nobody needs afterwards is handed over itself.
 */
import { abiVersion, dtypeCode, type TorchType } from "./handles.ts";
import { check, type Torch } from "./library.ts";
import type { Kind, Schema } from "./schemas.ts";

/** A tensor of a plan: `slot` numbers its place in the table of handles. */
export interface Slot {
  readonly slot: number;
}

export type Argument =
  | Slot
  | null
  | number
  | boolean
  | string
  | readonly number[]
  | readonly boolean[]
  | readonly (Slot | null)[];

/** Handles by slot; 0 where there is none now. */
export type Handles = Float64Array;
export type Run = (handles: Handles) => void;
type Write = (handles: Handles, index: number) => void;

const isSlot = (value: unknown): value is Slot => typeof value === "object" && value !== null && "slot" in value;
const isWhole = (value: unknown): value is number => typeof value === "number" && Number.isSafeInteger(value);
const all = (value: unknown, test: (item: unknown) => boolean) => Array.isArray(value) && value.every(test);

const tests: Readonly<Record<Kind, (value: unknown) => boolean>> = {
  Tensor: isSlot,
  "Tensor?": (value) => value === null || isSlot(value),
  "Tensor[]": (value) => all(value, isSlot),
  "Tensor?[]": (value) => all(value, (item) => item === null || isSlot(item)),
  int: isWhole,
  "int?": (value) => value === null || isWhole(value),
  "int[]": (value) => all(value, isWhole),
  "int[]?": (value) => value === null || all(value, isWhole),
  float: (value) => typeof value === "number",
  "float?": (value) => value === null || typeof value === "number",
  bool: (value) => typeof value === "boolean",
  "bool[]": (value) => all(value, (item) => typeof item === "boolean"),
  str: (value) => typeof value === "string",
  "str?": (value) => value === null || typeof value === "string",
  ScalarType: (value) => typeof value === "string",
  "ScalarType?": (value) => value === null || typeof value === "string",
  MemoryFormat: (value) => value === "contiguous",
  "MemoryFormat?": (value) => value === null,
};

/** @throws Error unless the arguments are as many and of the kinds that the schema says: the call would crash the process */
export function checkArguments(schema: Schema, given: readonly Argument[]): void {
  const wanted = schema.takes.map(({ kind, name }) => `${kind} ${name}`).join(", ");
  if (given.length !== schema.takes.length)
    throw new Error(`aten::${schema.name} takes ${schema.takes.length} arguments (${wanted}), got ${given.length}`);
  for (const [i, { kind, name }] of schema.takes.entries())
    if (!tests[kind](given[i]))
      throw new Error(`aten::${schema.name}: ${name} must be ${kind}, got ${JSON.stringify(given[i])}`);
}

/** The slots that an argument holds. */
export function slotsOf(argument: Argument): readonly number[] {
  if (isSlot(argument)) return [argument.slot];
  return Array.isArray(argument) ? argument.filter(isSlot).map((one) => one.slot) : [];
}

/**
 * @param results  slots of the results, -1 for one to throw away
 * @param last     slots that nobody needs after this call: they are handed over and are 0 afterwards
 */
export function prepareCall(
  torch: Torch,
  schema: Schema,
  given: readonly Argument[],
  results: readonly number[],
  last: ReadonlySet<number>,
  where: string,
): Run {
  checkArguments(schema, given);
  const { natives, scratch } = torch;
  const handed = new Set(last);
  const writes = given.map((argument, i) => writerOf(torch, schema.takes[i]!.kind, argument, handed));
  const gone = [...last];
  const name = scratch.text(`aten::${schema.name}`);
  const overload = scratch.text(schema.overload);
  const version = abiVersion(torch);
  return (handles) => {
    for (let i = 0; i < writes.length; i++) writes[i]!(handles, i);
    for (const slot of gone) {
      handles[slot] = 0;
      torch.live--;
    }
    const status = natives.call(name, overload, scratch.stack, version);
    if (status !== 0) check(torch, status, where);
    for (let i = 0; i < results.length; i++) {
      const handle = scratch.read(i);
      if (results[i]! < 0) natives.remove(handle);
      else {
        handles[results[i]!] = handle;
        torch.live++;
      }
    }
  };
}

/** a - alpha b: the one operator with a Scalar that has a function of its own. It borrows its arguments. */
export function prepareSubtract(
  torch: Torch,
  [a, b]: readonly [Slot, Slot],
  alpha: number,
  result: number,
  last: ReadonlySet<number>,
  where: string,
): Run {
  const { natives, scratch } = torch;
  const gone = [...last];
  return (handles) => {
    const status = natives.subtract(handles[a.slot]!, handles[b.slot]!, alpha, scratch.result);
    if (status !== 0) check(torch, status, where);
    handles[result] = scratch.readResult();
    torch.live++;
    for (const slot of gone) {
      natives.remove(handles[slot]!);
      handles[slot] = 0;
      torch.live--;
    }
  };
}

function writerOf(torch: Torch, kind: Kind, argument: Argument, handed: Set<number>): Write {
  const { scratch } = torch;
  if (argument === null)
    return (_, index) => {
      scratch.writeInteger(index, 0);
    };
  switch (kind) {
    case "Tensor":
      return tensorWriter(torch, argument as Slot, handed);
    case "int":
    case "bool":
    case "ScalarType":
    case "MemoryFormat": {
      const value = integerOf(torch, kind, argument);
      return (_, index) => scratch.writeInteger(index, value);
    }
    case "float":
      return (_, index) => scratch.writeDouble(index, argument as number);
    case "str":
      return stringWriter(torch, argument as string);
    case "int[]":
    case "bool[]": {
      const items = (argument as readonly (number | boolean)[]).map((item) => BigInt.asUintN(64, BigInt(Number(item))));
      return listWriter(
        torch,
        items.map((item) => () => item),
      );
    }
    case "Tensor[]":
      return listWriter(
        torch,
        (argument as readonly Slot[]).map((one) => tensorItem(torch, one, handed)),
      );
    case "Tensor?[]":
      return listWriter(
        torch,
        (argument as readonly (Slot | null)[]).map((one) => (one ? optionalItem(torch, one, handed) : () => 0)),
      );
    case "Tensor?":
    case "int?":
    case "int[]?":
    case "float?":
    case "str?":
    case "ScalarType?":
      return optionalWriter(torch, writerOf(torch, kind.slice(0, -1) as Kind, argument, handed));
    case "MemoryFormat?":
      throw new Error("a memory format can only be left out");
    default:
      return kind satisfies never;
  }
}

function integerOf(torch: Torch, kind: "int" | "bool" | "ScalarType" | "MemoryFormat", argument: Argument): number {
  if (kind === "ScalarType") return dtypeCode(torch, argument as TorchType);
  return kind === "MemoryFormat" ? torch.natives.contiguous() : Number(argument);
}

/** The handle for one use: itself where it is the last use, else another handle of the same tensor. */
function tensorItem(torch: Torch, { slot }: Slot, handed: Set<number>): (handles: Handles) => number {
  if (handed.delete(slot)) return (handles) => handles[slot]!;
  const { natives, scratch } = torch;
  return (handles) => {
    natives.duplicate(handles[slot]!, scratch.result);
    return scratch.readResult();
  };
}

function tensorWriter(torch: Torch, slot: Slot, handed: Set<number>): Write {
  const { natives, scratch } = torch;
  if (handed.delete(slot.slot)) return (handles, index) => scratch.writeInteger(index, handles[slot.slot]!);
  return (handles, index) => {
    natives.duplicate(handles[slot.slot]!, scratch.at(index));
  };
}

function listWriter(torch: Torch, items: readonly ((handles: Handles) => number | bigint)[]): Write {
  const { natives, scratch } = torch;
  return (handles, index) => {
    natives.newList(items.length, scratch.at(index));
    const list = scratch.read(index);
    for (let i = 0; i < items.length; i++) natives.pushList(list, items[i]!(handles));
  };
}

function stringWriter(torch: Torch, text: string): Write {
  const { natives, scratch } = torch;
  const address = scratch.text(text);
  const length = Buffer.byteLength(text);
  return (_, index) => {
    natives.newString(address, length, scratch.at(index));
  };
}

/** A pointer to a slot of torch's own with the value in it. */
function optionalWriter(torch: Torch, write: Write): Write {
  const { natives, scratch } = torch;
  return (handles, index) => {
    write(handles, index);
    const [low, high] = [scratch.low(index), scratch.high(index)];
    natives.newOptional(scratch.at(index));
    torch.poke(scratch.read(index), low, high);
  };
}

function optionalItem(torch: Torch, slot: Slot, handed: Set<number>): (handles: Handles) => number {
  const item = tensorItem(torch, slot, handed);
  const { natives, scratch } = torch;
  return (handles) => {
    const handle = item(handles);
    natives.newOptional(scratch.result);
    const address = scratch.readResult();
    torch.poke(address, handle >>> 0, (handle / 4294967296) >>> 0);
    return address;
  };
}

/**
 * Memory that native code reads and writes while one call lasts: the stack of arguments, a slot for results, shapes. One buffer, pinned by this object
 * for as long as the library lives; its address never changes.
 */
const slots = 4096;
/** Where things lie, in slots of 8 bytes. */
const resultSlot = 512;
const sizesSlot = 520;
const stridesSlot = 584;
const handlesSlot = 648;

export class Scratch {
  readonly #u32: Uint32Array;
  readonly #i64: BigInt64Array;
  readonly #f64: Float64Array;
  readonly #f32: Float32Array;
  readonly #base: number;
  readonly #addressOf: (buffer: Uint8Array) => number;
  /** The address of the argument stack, of the result slot, of a shape and of its strides. */
  readonly stack: number;
  readonly result: number;
  readonly sizes: number;
  readonly strides: number;
  /** The first slot for lists of handles, and how many slots there are. */
  readonly handlesSlot = handlesSlot;
  readonly slots = slots;
  readonly #lists = new Map<string, { readonly list: BigInt64Array; readonly address: number }>();
  readonly #texts = new Map<string, { readonly bytes: Buffer; readonly address: number }>();

  constructor(addressOf: (buffer: Uint8Array) => number) {
    const memory = new ArrayBuffer(8 * slots);
    this.#u32 = new Uint32Array(memory);
    this.#i64 = new BigInt64Array(memory);
    this.#f64 = new Float64Array(memory);
    this.#f32 = new Float32Array(memory);
    this.#addressOf = addressOf;
    this.#base = addressOf(new Uint8Array(memory));
    this.stack = this.#base;
    this.result = this.#base + 8 * resultSlot;
    this.sizes = this.#base + 8 * sizesSlot;
    this.strides = this.#base + 8 * stridesSlot;
  }

  /** The address of the caller's bytes; the caller keeps them alive for as long as native code may read them. */
  addressOf(data: ArrayBufferView): number {
    return this.#addressOf(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }

  /** The address of slot i of the stack. */
  at(index: number): number {
    return this.#base + 8 * index;
  }

  /** An address or a count in slot i of the stack: at most 2^53. */
  read(index: number): number {
    return this.#u32[2 * index]! + this.#u32[2 * index + 1]! * 4294967296;
  }

  readResult(): number {
    return this.read(resultSlot);
  }

  readResultI32(): number {
    return this.#u32[2 * resultSlot]! | 0;
  }

  readResultF32(): number {
    return this.#f32[2 * resultSlot]!;
  }

  writeInteger(index: number, value: number): void {
    if (value < 0) this.#i64[index] = BigInt(value);
    else {
      this.#u32[2 * index] = value >>> 0;
      this.#u32[2 * index + 1] = (value / 4294967296) >>> 0;
    }
  }

  writeDouble(index: number, value: number): void {
    this.#f64[index] = value;
  }

  low(index: number): number {
    return this.#u32[2 * index]!;
  }

  high(index: number): number {
    return this.#u32[2 * index + 1]!;
  }

  /** A shape and its row-major strides, at `sizes` and `strides`. */
  writeShape(shape: readonly number[]): void {
    let step = 1;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      this.writeInteger(sizesSlot + axis, shape[axis]!);
      this.writeInteger(stridesSlot + axis, step);
      step *= Math.max(1, shape[axis]!);
    }
  }

  /** The address of a list of 64-bit numbers, kept for ever: shapes and strides, of which a program has few. */
  integers(values: readonly number[]): number {
    const key = values.join();
    let known = this.#lists.get(key);
    if (!known) {
      const list = BigInt64Array.from(values.length > 0 ? values : [0], BigInt);
      known = { list, address: this.addressOf(list) };
      this.#lists.set(key, known);
    }
    return known.address;
  }

  /** The address of a zero-ended text, kept for ever: names of operators. */
  text(value: string): number {
    let known = this.#texts.get(value);
    if (!known) {
      const bytes = Buffer.from(`${value}\0`);
      known = { bytes, address: this.addressOf(bytes) };
      this.#texts.set(value, known);
    }
    return known.address;
  }
}

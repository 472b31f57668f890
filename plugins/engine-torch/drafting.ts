/**
 * The list of calls that a plan is made of, while it is written. Enters: what lowerings ask for; leaves: drafts over numbered slots, with constants on the
 * device. Apart from plan.ts, which prepares and runs them.
 */
import type { DType } from "@lepton/contract";
import { emptyArray } from "@lepton/graph";
import type { Emitter } from "./lower/emitter.ts";
import type { Argument, Slot } from "./raw/call.ts";
import { type LowType, type Place, type TorchType, toDevice } from "./raw/handles.ts";
import type { Torch } from "./raw/library.ts";
import { type AtenName, schemaOf } from "./raw/schemas.ts";
import { type ShimName, shims } from "./raw/shims.ts";

/** A call before it is prepared. */
export interface Draft {
  readonly name: AtenName | ShimName;
  readonly given: readonly Argument[];
  readonly results: readonly number[];
  readonly where: string;
  /** Its result is handed out: each run makes another one. */
  readonly isHandedOut?: boolean;
  /** For a function that writes to a tensor which is made before. */
  readonly out?: { readonly dtype: TorchType; readonly shape: readonly number[] };
}

/** Calls whose tensors are cast for them, besides products of matrices. */
const inLowPrecision: ReadonlySet<string> = new Set(["convolution", "convolution_backward", "matmul"]);

export class Drafting implements Emitter {
  readonly drafts: Draft[] = [];
  readonly constants = new Map<number, number>();
  readonly views = new Set<number>();
  slots = 0;
  where = "";
  readonly #torch: Torch;
  readonly #place: Place;
  readonly #low: LowType | null;
  readonly #known = new Map<string, Slot>();

  constructor(torch: Torch, place: Place, low: LowType | null) {
    this.#torch = torch;
    this.#place = place;
    this.#low = low;
  }

  newSlot(): number {
    return this.slots++;
  }

  call = (name: AtenName, ...given: readonly Argument[]): Slot => this.callMany(name, 1, ...given)[0]!;

  /** A use written twice is made once: gradients turn the same filters and images again. */
  callMany = (name: AtenName, results: number, ...given: readonly Argument[]): readonly Slot[] => {
    if (!this.#low || !inLowPrecision.has(name)) return this.#callMany(name, results, ...given);
    const lowered = given.map((one) => (isSlot(one) ? this.#cast(one, this.#low!) : one));
    const made = this.#callMany(name, results, ...lowered);
    // The last argument of a backward says which results there are.
    const there = given.at(-1);
    return made.map((slot, i) => (Array.isArray(there) && there[i] === false ? slot : this.#cast(slot, "f32")));
  };

  #cast(x: Slot, dtype: TorchType): Slot {
    return this.#callMany("to.dtype", 1, x, dtype, false, false, null)[0]!;
  }

  #callMany(name: AtenName, results: number, ...given: readonly Argument[]): readonly Slot[] {
    const key = `${name}(${JSON.stringify(given.map((one) => slotOnly(one)))})`;
    const known = this.#known.get(key);
    if (known && results === 1) return [known];
    const schema = schemaOf(name);
    if (schema.results !== results) throw new Error(`aten::${name} has ${schema.results} results, not ${results}`);
    const made = Array.from({ length: results }, () => this.newSlot());
    if (schema.isView) for (const slot of made) this.views.add(slot);
    this.drafts.push({ name, given, results: made, where: this.where });
    if (results === 1) this.#known.set(key, { slot: made[0]! });
    return made.map((slot) => ({ slot }));
  }

  /** Always another tensor. */
  copy(x: Slot): Slot {
    const slot = this.newSlot();
    this.drafts.push({ name: "clone", given: [x, null], results: [slot], where: this.where, isHandedOut: true });
    return { slot };
  }

  #direct(name: ShimName, given: readonly Argument[], out?: NonNullable<Draft["out"]>): Slot {
    const slot = this.newSlot();
    this.drafts.push({ name, given, results: [slot], where: this.where, ...(out && { out }) });
    return { slot };
  }

  #has(name: ShimName): boolean {
    return this.#torch.direct(shims.get(name)!, this.#place.kind) !== undefined;
  }

  subtract = (a: Slot, b: Slot, alpha: number): Slot => this.#direct("add_Tensor", [a, b, -alpha]);

  scale = (x: Slot, dtype: DType, factor: number): Slot =>
    this.#has("mul_Scalar")
      ? this.#direct("mul_Scalar", [x, factor])
      : this.call("mul.Tensor", x, this.constant(dtype, [], [factor]));

  product = (a: Slot, b: Slot, dtype: DType, shape: readonly number[], bias: Slot | null): Slot => {
    if (!this.#low || dtype !== "f32") return this.#product(a, b, dtype, shape, bias);
    const low = this.#product(this.#cast(a, this.#low), this.#cast(b, this.#low), this.#low, shape, null);
    const product = this.#cast(low, "f32");
    return bias ? this.subtract(product, bias, -1) : product;
  };

  #product(a: Slot, b: Slot, dtype: TorchType, shape: readonly number[], bias: Slot | null): Slot {
    const name = bias ? "addmm_out" : shape.length === 2 ? "mm_out" : "bmm_out";
    if (this.#has(name)) return this.#direct(name, bias ? [bias, a, b, 1, 1] : [a, b], { dtype, shape });
    const [product] = this.#callMany(shape.length === 2 ? "mm" : "matmul", 1, a, b);
    return bias ? this.subtract(product!, bias, -1) : product!;
  }

  constant = (dtype: DType, shape: readonly number[], values: ArrayLike<number>): Slot => {
    const key =
      values.length <= 64 ? `${dtype}[${shape}]${Array.from(values, (v) => (Object.is(v, -0) ? "-0" : v))}` : "";
    const known = this.#known.get(key);
    if (known) return known;
    const data = emptyArray(dtype, values.length);
    for (let i = 0; i < data.length; i++) data[i] = dtype === "i64" ? (BigInt(values[i]!) as never) : values[i]!;
    const slot = this.newSlot();
    this.constants.set(slot, toDevice(this.#torch, { dtype, shape, data }, this.#place));
    if (key !== "") this.#known.set(key, { slot });
    return { slot };
  };
}

const isSlot = (argument: Argument): argument is Slot =>
  typeof argument === "object" && argument !== null && "slot" in argument;

/** For keys: a value's slot without its type. */
function slotOnly(argument: Argument): unknown {
  const one = (item: unknown) => (typeof item === "object" && item !== null && "slot" in item ? `#${item.slot}` : item);
  return Array.isArray(argument) ? argument.map(one) : one(argument);
}

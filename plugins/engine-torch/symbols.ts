/** Are an entry's feeds what its program says, and what does each symbol stand for? Wrong bytes would be a crash in native code, so all is checked here. */
import { type Dim, type FeedSpec, LeptonError, type Shape, type TensorData } from "@lepton/contract";
import { isWhole } from "./raw/handles.ts";

export type Feeds = Readonly<Record<string, TensorData>>;

/** "32*B" is 32 times B. */
function parts(dim: string): { readonly factor: number; readonly names: readonly string[] } {
  const words = dim.split("*");
  const factor = words.filter((word) => /^\d+$/.test(word)).reduce((product, word) => product * Number(word), 1);
  return { factor, names: words.filter((word) => !/^\d+$/.test(word)) };
}

/** Numbers for symbols. @throws Error on a symbol without a number: no input has it as a dimension */
export function bindShape(shape: Shape, symbols: ReadonlyMap<string, number>): readonly number[] {
  return shape.map((dim) => {
    if (typeof dim === "number") return dim;
    const { factor, names } = parts(dim);
    return names.reduce((product, name) => {
      const value = symbols.get(name);
      if (value === undefined) throw new Error(`no input has the dimension ${name}`);
      return product * value;
    }, factor);
  });
}

/** What each symbol is in these feeds. @throws LEPTON_SHAPE naming the entry and the feed */
export function bindFeeds(entry: string, specs: readonly FeedSpec[], given: Feeds): ReadonlyMap<string, number> {
  const symbols = new Map<string, number>();
  for (const spec of specs) {
    const tensor = given[spec.name];
    if (tensor && fits(spec, tensor, symbols)) continue;
    const known = [...symbols].map(([name, value]) => `${name} = ${value}`).join(", ");
    const law = `entry ${entry}: feed "${spec.name}" must be ${spec.dtype} [${spec.shape.join(", ")}]`;
    const got = tensor
      ? `got ${tensor.dtype} [${tensor.shape.join(", ")}] with ${tensor.data.length} values`
      : "it was not given";
    throw new LeptonError("LEPTON_SHAPE", `${law}${known ? ` where ${known}` : ""}, ${got}.`);
  }
  return symbols;
}

function fits({ dtype, shape }: FeedSpec, tensor: TensorData, symbols: Map<string, number>): boolean {
  if (tensor.dtype !== dtype || tensor.shape.length !== shape.length || !isWhole(tensor)) return false;
  return shape.every((dim, axis) => bindDim(dim, tensor.shape[axis]!, symbols));
}

/** Note what a symbol is, or check that it is the same again. A product of two unknown symbols says nothing. */
function bindDim(dim: Dim, got: number, symbols: Map<string, number>): boolean {
  if (typeof dim === "number") return dim === got;
  const { factor, names } = parts(dim);
  if (names.length !== 1) return true;
  const value = got / factor;
  if (!Number.isInteger(value) || (symbols.get(names[0]!) ?? value) !== value) return false;
  symbols.set(names[0]!, value);
  return true;
}

/** Are an entry's feeds what its program says? One symbol means one number in all of them; onnxruntime would broadcast a wrong one silently. */
import { type FeedSpec, LeptonError, type TensorData } from "@lepton/contract";
import { isWhole } from "./tensors.ts";

export type Feeds = Readonly<Record<string, TensorData>>;

/** @throws LEPTON_SHAPE naming the entry and the feed */
export function checkFeeds(entry: string, specs: readonly FeedSpec[], given: Feeds): void {
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
}

function fits({ dtype, shape }: FeedSpec, tensor: TensorData, symbols: Map<string, number>): boolean {
  if (tensor.dtype !== dtype || tensor.shape.length !== shape.length || !isWhole(tensor)) return false;
  for (let axis = 0; axis < shape.length; axis++) {
    const [wanted, got] = [shape[axis]!, tensor.shape[axis]!];
    if (typeof wanted === "number" ? wanted !== got : (symbols.get(wanted) ?? got) !== got) return false;
    if (typeof wanted === "string") symbols.set(wanted, got);
  }
  return true;
}

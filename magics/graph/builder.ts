/**
 * Builds a graph: operators are applied to tensors one after the other, equal uses are shared, uses of constants alone are computed at once, and
 * `build` keeps what the outputs need. Enters: calls of the functions in ops/; leaves: a contract Graph in topological order.
 */
import {
  type DType,
  type Graph,
  type GraphConstant,
  type GraphNode,
  type GraphValue,
  LeptonError,
  type Shape,
} from "@lepton/contract";
import type { Dense } from "./dense.ts";
import { broadcastShapes, isStatic, sameShape, sizeOf } from "./dims.ts";
import type { Attributes, Operator, ValueType } from "./operator.ts";
import { operatorOf } from "./ops/registry.ts";
import { expand } from "./ops/shape.ts";
import { Tensor } from "./tensor.ts";

/** Results of at most this many elements are computed while building. */
const foldLimit = 4096;

export class GraphBuilder {
  readonly #inputs: GraphValue[] = [];
  readonly #tensors = new Map<string, Tensor>();
  readonly #constants = new Map<string, GraphConstant>();
  readonly #nodes: GraphNode[] = [];
  readonly #producers = new Map<string, GraphNode>();
  /** Text of a use or a constant ─► what it made. */
  readonly #seen = new Map<string, readonly Tensor[]>();
  #label: string[] = [];

  /** Something fed or read from the state when the graph runs. */
  input(name: string, dtype: DType, shape: Shape): Tensor {
    if (name === "" || this.#tensors.has(name))
      throw new LeptonError("LEPTON_MODEL", `a graph's input needs a name of its own, got "${name}" again or empty.`);
    this.#inputs.push({ id: name, dtype, shape });
    return this.#tensor(name, dtype, shape);
  }

  /** Fixed numbers; a flat list takes its own length as shape. */
  constant(values: ArrayLike<number>, shape: readonly number[] = [values.length], dtype: DType = "f32"): Tensor {
    if (values.length !== sizeOf(shape))
      throw new LeptonError(
        "LEPTON_SHAPE",
        `a constant of shape [${shape.join(", ")}] needs ${sizeOf(shape)} values, got ${values.length}.`,
      );
    const rounded = Array.from(values, dtype === "f32" ? Math.fround : (value) => value);
    const key =
      rounded.length <= foldLimit ? `${dtype}[${shape}]${rounded.map((v) => (Object.is(v, -0) ? "-0" : v))}` : "";
    const known = this.#seen.get(key)?.[0];
    if (known) return known;
    const id = this.#freshId("constant");
    this.#constants.set(id, { id, dtype, shape, values: rounded });
    const tensor = this.#tensor(id, dtype, shape);
    if (key !== "") this.#seen.set(key, [tensor]);
    return tensor;
  }

  scalar(value: number, dtype: DType = "f32"): Tensor {
    return this.constant([value], [], dtype);
  }

  /** What is built inside carries this name in messages; names nest: "block1/dense". */
  label<T>(name: string, build: () => T): T {
    this.#label.push(name);
    try {
      return build();
    } finally {
      this.#label.pop();
    }
  }

  /** Use an operator with one output. @throws LEPTON_SHAPE naming the label, the operator and the shapes */
  apply(op: string, inputs: readonly Tensor[], attributes: Attributes = {}): Tensor {
    return this.applyMany(op, inputs, attributes)[0]!;
  }

  applyMany(op: string, given: readonly Tensor[], attributes: Attributes = {}): readonly Tensor[] {
    const operator = operatorOf(op);
    const where = [...(this.#label.length > 0 ? [this.#label.join("/")] : []), op].join(": ");
    for (const tensor of given) this.#assertOwn(tensor, where);
    const types = operator.infer({ where, inputs: given, attributes });
    const inputs = operator.broadcasts ? this.#withoutExpands(given, types[0]!) : given;
    const key = `${op}(${inputs.map((x) => x.id).join()})${JSON.stringify(attributes)}`;
    const known = this.#seen.get(key);
    if (known) return known;
    const made =
      this.#fold(operator, inputs, attributes, types) ??
      this.#beforeExpand(operator, inputs, attributes, types) ??
      this.#record(op, inputs, attributes, types);
    this.#seen.set(key, made);
    return made;
  }

  /** The node that made a value; undefined for inputs and constants. */
  producer(id: string): GraphNode | undefined {
    return this.#producers.get(id);
  }

  /** The tensor of a value's id. */
  tensor(id: string): Tensor {
    return this.#tensors.get(id)!;
  }

  /** Nodes that `ids` depend on, in topological order. */
  nodesFor(ids: readonly string[]): readonly GraphNode[] {
    const wanted = new Set(ids);
    const kept: GraphNode[] = [];
    for (let i = this.#nodes.length - 1; i >= 0; i--) {
      const node = this.#nodes[i]!;
      if (!node.outputs.some((id) => wanted.has(id))) continue;
      kept.push(node);
      for (const id of node.inputs) wanted.add(id);
    }
    return kept.reverse();
  }

  /** The graph of these outputs by name: inputs, constants and nodes that no output needs are left out. */
  build(outputs: Readonly<Record<string, Tensor>>): Graph {
    for (const [name, tensor] of Object.entries(outputs)) {
      this.#assertOwn(tensor, `output ${name}`);
      if (this.#inputs.some((input) => input.id === name))
        throw new LeptonError("LEPTON_MODEL", `output ${name}: an input has this name already; choose another.`);
    }
    const ids = Object.values(outputs).map((tensor) => tensor.id);
    const nodes = this.nodesFor(ids);
    const used = new Set([...ids, ...nodes.flatMap((node) => node.inputs)]);
    const inputs = this.#inputs.filter((input) => used.has(input.id));
    const constants = [...this.#constants.values()].filter((constant) => used.has(constant.id));
    const all = [...inputs, ...constants].map((value) => value.id).concat(nodes.flatMap((node) => node.outputs));
    const values: Record<string, GraphValue> = {};
    for (const id of all) values[id] = { id, dtype: this.tensor(id).dtype, shape: this.tensor(id).shape };
    return {
      inputs,
      outputs: Object.entries(outputs).map(([name, tensor]) => ({ name, value: tensor.id })),
      values,
      constants,
      nodes,
    };
  }

  #tensor(id: string, dtype: DType, shape: Shape): Tensor {
    const tensor = new Tensor(this, id, dtype, shape);
    this.#tensors.set(id, tensor);
    return tensor;
  }

  #freshId(word: string): string {
    for (let n = this.#tensors.size; ; n++) if (!this.#tensors.has(`${word}_${n}`)) return `${word}_${n}`;
  }

  #assertOwn(tensor: Tensor, where: string): void {
    if (!(tensor instanceof Tensor))
      throw new LeptonError("LEPTON_MODEL", `${where}: a symbolic tensor is needed, got ${typeof tensor}.`);
    if (tensor.builder !== this)
      throw new LeptonError(
        "LEPTON_MODEL",
        `${where}: ${tensor} belongs to another graph; build it again in this one.`,
      );
  }

  /** An operator that broadcasts does what an expand before it did, where the result's shape stays. */
  #withoutExpands(inputs: readonly Tensor[], result: ValueType): readonly Tensor[] {
    return inputs.reduce<readonly Tensor[]>((list, input, i) => {
      const node = this.producer(input.id);
      if (node?.op !== "expand") return list;
      const shorter = list.with(i, this.tensor(node.inputs[0]!));
      const shape = shorter.reduce<Shape | undefined>((a, b) => a && broadcastShapes(a, b.shape), []);
      return shape && sameShape(shape, result.shape) ? shorter : list;
    }, inputs);
  }

  /** What is computed of one stretched tensor and single numbers is computed before it is stretched: a mean's gradient stays one number. */
  #beforeExpand(
    { name, broadcasts }: Operator,
    inputs: readonly Tensor[],
    attributes: Attributes,
    [type]: readonly ValueType[],
  ): readonly Tensor[] | undefined {
    const isOne = (tensor: Tensor) => tensor.shape.every((dim) => dim === 1);
    const sources = inputs.map((input) => {
      const node = this.producer(input.id);
      return node?.op === "expand" ? this.tensor(node.inputs[0]!) : input;
    });
    const stretched = sources.some((source, i) => source !== inputs[i]);
    if (!broadcasts || !stretched || sources.filter((source) => !isOne(source)).length > 1) return undefined;
    return [expand(this.apply(name, sources, attributes), type!.shape)];
  }

  /** The result as constants, when all inputs are small constants and every number stays finite. */
  #fold(
    operator: Operator,
    inputs: readonly Tensor[],
    attributes: Attributes,
    types: readonly ValueType[],
  ): readonly Tensor[] | undefined {
    const constants = inputs.map((input) => this.#constants.get(input.id));
    const small = types.every((type) => isStatic(type.shape) && sizeOf(type.shape) <= foldLimit);
    if (inputs.length === 0 || !small || constants.some((constant) => constant === undefined)) return undefined;
    const arrays = constants.map((c): Dense => ({ shape: c!.shape, data: Float64Array.from(c!.values) }));
    const results = operator.evaluate(arrays, attributes, types as { dtype: DType; shape: readonly number[] }[]);
    if (results.some((result) => result.data.some((value) => !Number.isFinite(value)))) return undefined;
    return results.map((result, i) => this.constant(result.data, result.shape, types[i]!.dtype));
  }

  #record(op: string, inputs: readonly Tensor[], attributes: Attributes, types: readonly ValueType[]) {
    const outputs = types.map((type) => this.#tensor(this.#freshId(op), type.dtype, type.shape));
    const node: GraphNode = {
      op,
      inputs: inputs.map((input) => input.id),
      outputs: outputs.map((output) => output.id),
      attributes,
      ...(this.#label.length > 0 ? { label: this.#label.join("/") } : {}),
    };
    this.#nodes.push(node);
    for (const output of outputs) this.#producers.set(output.id, node);
    return outputs;
  }
}

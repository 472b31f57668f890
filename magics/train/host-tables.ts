/**
 * Large embedding tables beside an engine. Enters: an executable of a program whose tables are fed; leaves: the same as if they were its state. A table
 * lies in host memory, an entry is fed the rows that its batch uses, and a training step moves only these, in place. Apart because neither engines nor
 * the loop know of it.
 */
import {
  type Entry,
  type Executable,
  LeptonError,
  type Program,
  type StateSpec,
  type TableSpec,
  type TensorData,
} from "@lepton/contract";
import { checkState, sizeOf } from "@lepton/graph";
import { momentsOf, moveRows } from "../optim/index.ts";
import type { Feeds } from "./batches.ts";

type Tensors = Readonly<Record<string, TensorData>>;

/** Names of what a table needs in a program: its state, feeds and outputs. */
export const tableNames = (name: string) => ({
  rows: `${name}.rows`,
  places: `places.${name}`,
  moved: `moved.${name}`,
  step: `${name}.step`,
  moment: (moment: string) => `${name}.${moment}`,
});

/** The state of a program's tables: weights, moments and the count of steps. */
export function tableState({ name, optimizer }: TableSpec, weight: StateSpec): readonly StateSpec[] {
  const zeros = { kind: "constant", value: 0 } as const;
  const names = tableNames(name);
  return [
    weight,
    ...momentsOf(optimizer).map(
      (moment): StateSpec => ({ ...weight, name: names.moment(moment), role: "moment", initial: zeros }),
    ),
    { name: names.step, dtype: "f32", shape: [], role: "counter", initial: zeros },
  ];
}

/** A table while a program runs. */
interface Table {
  readonly spec: TableSpec;
  readonly state: Map<string, TensorData>;
  /** For each row of the table its slot among the rows that a batch uses, where `marks` has the batch's mark. */
  readonly slots: Int32Array;
  readonly marks: Int32Array;
  mark: number;
}

/** @param compile  what makes an executable of a program without tables */
export async function withHostTables(
  program: Program,
  compile: (program: Program) => Promise<Executable>,
): Promise<Executable> {
  if (!program.tables) return compile(program);
  const specs = new Map(program.state.map((spec) => [spec.name, spec]));
  const tables = program.tables.map((spec) => openTable(spec, specs));
  const own = new Map(tables.flatMap((table) => [...table.state.keys()].map((name) => [name, table] as const)));
  const { tables: _, ...rest } = program;
  const inner = await compile({ ...rest, state: program.state.filter(({ name }) => !own.has(name)) });
  return {
    run: (name, feeds) => runWith(tables, program.entries[name], inner, name, feeds),
    async read(name) {
      const table = own.get(name);
      return table ? copied(table.state.get(name)!) : inner.read(name);
    },
    async state() {
      const all = tables.flatMap(({ state }) => [...state].map(([name, tensor]) => [name, copied(tensor)] as const));
      return { ...(await inner.state()), ...Object.fromEntries(all) };
    },
    async load(state) {
      for (const [name, tensor] of Object.entries(state)) if (own.has(name)) checkState(specs, name, tensor);
      await inner.load(Object.fromEntries(Object.entries(state).filter(([name]) => !own.has(name))));
      for (const [name, tensor] of Object.entries(state)) own.get(name)?.state.set(name, copied(tensor));
    },
    dispose: () => inner.dispose(),
  };
}

const copied = ({ dtype, shape, data }: TensorData): TensorData => ({ dtype, shape, data: data.slice() });

function openTable(spec: TableSpec, specs: ReadonlyMap<string, StateSpec>): Table {
  const names = tableState(spec, specs.get(spec.name)!).map(({ name }) => name);
  const zeros = (name: string): TensorData => {
    const { shape } = specs.get(name)!;
    return { dtype: "f32", shape, data: new Float32Array(sizeOf(shape)) };
  };
  const [count] = spec.shape;
  return {
    spec,
    state: new Map(names.map((name) => [name, zeros(name)])),
    slots: new Int32Array(count),
    marks: new Int32Array(count),
    mark: 0,
  };
}

async function runWith(
  all: readonly Table[],
  entry: Entry | undefined,
  inner: Executable,
  name: string,
  feeds: Feeds,
): Promise<Tensors> {
  const wanted = new Set(entry?.feeds.map((feed) => feed.name));
  const tables = all.filter(({ spec }) => wanted.has(tableNames(spec.name).rows));
  if (tables.length === 0) return inner.run(name, feeds);
  const places = await inner.run("places", { x: feeds["x"]! });
  const indicesOf = ({ spec }: Table) => places[tableNames(spec.name).places]!;
  const rows = tables.map((table) => [tableNames(table.spec.name).rows, gather(table, indicesOf(table))] as const);
  const results = { ...(await inner.run(name, { ...feeds, ...Object.fromEntries(rows) })) };
  for (const table of tables) {
    const { moved } = tableNames(table.spec.name);
    if (results[moved]) move(table, indicesOf(table), results[moved], Number(feeds["learningRate"]!.data[0]));
    delete results[moved];
  }
  return results;
}

/** The row of each place. @throws LEPTON_MODEL on an index outside the table */
function gather({ spec, state }: Table, { shape, data: indices }: TensorData): TensorData {
  const [count, size] = spec.shape;
  const weight = state.get(spec.name)!.data as Float32Array;
  const data = new Float32Array(indices.length * size);
  for (let i = 0; i < indices.length; i++) {
    const row = indices[i] as number;
    if (!(row >= 0 && row < count)) throw outside(spec, row);
    data.set(weight.subarray(row * size, (row + 1) * size), i * size);
  }
  return { dtype: "f32", shape: [...shape, size], data };
}

function outside({ name, shape: [count] }: TableSpec, row: number): LeptonError {
  const layer = name.replace(/\.weight$/, "");
  return new LeptonError(
    "LEPTON_MODEL",
    `${layer}: index ${row} is outside its ${count} rows, 0 to ${count - 1}; give it more rows or look at the data.`,
  );
}

/** Move the rows that were used by the sums of their places' gradients. */
function move(table: Table, indices: TensorData, gradient: TensorData, rate: number): void {
  const { spec, state } = table;
  const names = tableNames(spec.name);
  const of = (name: string) => state.get(name)!.data as Float32Array;
  const count = of(names.step);
  count[0]! += 1;
  const moments = momentsOf(spec.optimizer).map((moment) => of(names.moment(moment)));
  const summed = sumByRow(table, indices.data as Int32Array, gradient.data as Float32Array);
  moveRows(
    spec.optimizer,
    { weight: of(spec.name), moments },
    { ...summed, size: spec.shape[1], rate, step: count[0]! },
  );
}

/** Each row once, with the sum over its places, in the order of their first places. */
function sumByRow(
  table: Table,
  indices: Int32Array,
  gradient: Float32Array,
): { rows: Int32Array; gradient: Float32Array } {
  const { slots, marks } = table;
  const size = table.spec.shape[1];
  const mark = ++table.mark;
  const [rows, sums] = [new Int32Array(indices.length), new Float32Array(gradient.length)];
  let next = 0;
  for (let i = 0; i < indices.length; i++) {
    const row = indices[i]!;
    if (marks[row] !== mark) {
      marks[row] = mark;
      slots[row] = next;
      rows[next++] = row;
    }
    const [from, to] = [i * size, slots[row]! * size];
    for (let k = 0; k < size; k++) sums[to + k]! += gradient[from + k]!;
  }
  return { rows: rows.subarray(0, next), gradient: sums };
}

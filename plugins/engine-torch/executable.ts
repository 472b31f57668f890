/** A program in torch: one state on a device, and for each entry and size of the batch a plan that is made when it is first needed. */
import type { Entry, Executable, Program, StateSpec, TensorData } from "@lepton/contract";
import { bindFeeds, checkState, emptyArray, type Feeds, stateSpecOf } from "@lepton/graph";
import { makePlan, type Plan, type PlanOptions } from "./plan.ts";
import { borrowHost, free, type Place, sizeOf, toDevice, toHost } from "./raw/handles.ts";
import type { Torch } from "./raw/library.ts";

/** Sizes of the batch whose plans are kept: the full one, the epoch's last one, those of validation and prediction. */
const keptPlans = 16;

export class TorchExecutable implements Executable {
  readonly #torch: Torch;
  readonly #program: Program;
  readonly #place: Place;
  readonly #specs: ReadonlyMap<string, StateSpec>;
  /** State name ─► handle. */
  readonly #state = new Map<string, number>();
  /** Least recently used first. */
  readonly #plans = new Map<string, Plan>();
  readonly #options: PlanOptions;
  #isOpen = true;

  constructor(torch: Torch, program: Program, place: Place, options: PlanOptions = { fuses: true, low: null }) {
    this.#options = options;
    this.#torch = torch;
    this.#program = program;
    this.#place = place;
    this.#specs = new Map(program.state.map((spec) => [spec.name, spec]));
    for (const { name, dtype, shape } of program.state)
      this.#state.set(name, toDevice(torch, { dtype, shape, data: emptyArray(dtype, sizeOf(shape)) }, place));
  }

  async run(name: string, given: Feeds): Promise<Readonly<Record<string, TensorData>>> {
    if (!this.#isOpen) throw new Error("the executable was disposed of");
    const entry = this.#program.entries[name];
    const names = Object.keys(this.#program.entries).join(", ");
    if (!entry) throw new Error(`the program has no entry "${name}"; entries: ${names}`);
    const plan = this.#plan(name, entry, given);
    const borrowed = this.#fill(plan, entry, given);
    try {
      plan.run();
      const outputs = entry.outputs.map((output) => [output, this.#read(plan, output)] as const);
      this.#accept(plan);
      return Object.fromEntries(outputs);
    } finally {
      plan.clear();
      for (const handle of borrowed) free(this.#torch, handle);
    }
  }

  async read(name: string): Promise<TensorData> {
    const { dtype, shape } = stateSpecOf(this.#specs, name);
    return toHost(this.#torch, this.#state.get(name)!, dtype, shape, this.#place);
  }

  async state(): Promise<Readonly<Record<string, TensorData>>> {
    const all = await Promise.all([...this.#specs.keys()].map(async (name) => [name, await this.read(name)] as const));
    return Object.fromEntries(all);
  }

  async load(state: Feeds): Promise<void> {
    for (const [name, tensor] of Object.entries(state)) checkState(this.#specs, name, tensor);
    for (const [name, tensor] of Object.entries(state)) this.#replace(name, toDevice(this.#torch, tensor, this.#place));
  }

  async dispose(): Promise<void> {
    this.#isOpen = false;
    for (const plan of this.#plans.values()) plan.dispose();
    this.#plans.clear();
    for (const handle of this.#state.values()) free(this.#torch, handle);
    this.#state.clear();
  }

  #plan(name: string, entry: Entry, given: Feeds): Plan {
    const inputs = new Set(entry.graph.inputs.map((input) => input.id));
    const fed = entry.feeds.filter((feed) => inputs.has(feed.name));
    const symbols = bindFeeds(name, fed, given);
    const key = `${name}(${[...symbols].map(([symbol, value]) => `${symbol}=${value}`).join()})`;
    const plan = this.#plans.get(key) ?? this.#makePlan(name, entry, symbols);
    this.#plans.delete(key);
    this.#plans.set(key, plan);
    if (this.#plans.size > keptPlans) {
      const [oldest, unused] = this.#plans.entries().next().value!;
      unused.dispose();
      this.#plans.delete(oldest);
    }
    return plan;
  }

  /** Only entries that learn are in low precision: what is measured and served is f32. */
  #makePlan(name: string, entry: Entry, symbols: ReadonlyMap<string, number>): Plan {
    const learns = Object.keys(entry.writes).length > 0;
    const options = learns ? this.#options : { ...this.#options, low: null };
    return makePlan(this.#torch, name, entry, symbols, this.#place, options);
  }

  /** Feeds and state in their slots. Returns the feeds' handles, for the caller to free; on the CPU they are the caller's own memory. */
  #fill(plan: Plan, entry: Entry, given: Feeds): readonly number[] {
    const borrowed: number[] = [];
    const feeds = new Set(entry.feeds.map((feed) => feed.name));
    for (const [name, slot] of plan.inputs) {
      if (!feeds.has(name)) {
        plan.handles[slot] = this.#state.get(name)!;
        continue;
      }
      const make = this.#place.onHost ? borrowHost : toDevice;
      plan.handles[slot] = make(this.#torch, given[name]!, this.#place);
      borrowed.push(plan.handles[slot]!);
    }
    return borrowed;
  }

  #read(plan: Plan, output: string): TensorData {
    const { slot, dtype, shape } = plan.outputs.get(output)!;
    return toHost(this.#torch, plan.handles[slot]!, dtype, shape, this.#place);
  }

  /** What the entry wrote becomes the state. */
  #accept(plan: Plan): void {
    for (const [name, slot] of plan.writes) {
      this.#replace(name, plan.handles[slot]!);
      plan.handles[slot] = 0;
    }
  }

  #replace(name: string, handle: number): void {
    free(this.#torch, this.#state.get(name)!);
    this.#state.set(name, handle);
  }
}

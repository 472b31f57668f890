/**
 * The notebook's top-level names. Each is a `let` of the main context's script scope, declared once, when a cell or a magic first makes it. A name that
 * loads when first used is a property of globalThis until a cell declares it.
 */
import type { Binding } from "@lepton/contract";
import { declareNames, readName, writeName } from "./evaluate.ts";
import type { DeclaredName } from "./rewrite.ts";

export class Notebook {
  readonly #declared = new Set<string>();
  readonly #lazy = new Set<string>();
  readonly #imports = new Map<string, NonNullable<DeclaredName["import"]>>();

  /**
   * Make the names of a cell that is about to run; those that exist keep their values until the cell assigns them.
   *
   * @throws SyntaxError for names that cannot be declared, such as `undefined`
   */
  declare(names: readonly DeclaredName[]): void {
    const fresh = names.map(({ name }) => name).filter((name) => !this.#declared.has(name));
    if (fresh.length > 0) declareNames(fresh, (name) => name in globalThis && !this.#lazy.has(name));
    for (const name of fresh) this.#declared.add(name);
    for (const { name, import: origin } of names) {
      this.#lazy.delete(name);
      if (origin) this.#imports.set(name, origin);
      else this.#imports.delete(name);
    }
  }

  bind(name: string, value: unknown): void {
    this.declare([{ name }]);
    writeName(name, value);
  }

  /** @returns false where a cell of this session has made the name: what it holds is newer */
  bindLazily(name: string, load: () => unknown): boolean {
    if (this.#declared.has(name)) return false;
    this.#lazy.add(name);
    const define = (value: unknown) =>
      Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: true });
    const get = () => {
      const value = load();
      define(value);
      return value;
    };
    Object.defineProperty(globalThis, name, { configurable: true, enumerable: true, get, set: define });
    return true;
  }

  lookup(name: string): Binding | undefined {
    if (!this.#declared.has(name)) {
      return this.#lazy.has(name) ? { value: (globalThis as Record<string, unknown>)[name] } : undefined;
    }
    const value = readName(name);
    const origin = this.#imports.get(name);
    return origin ? { value, import: origin } : { value };
  }

  names(): readonly string[] {
    return [...this.#declared, ...this.#lazy];
  }
}

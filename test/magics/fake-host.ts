/** A notebook for tests: names in a Map, displays and prints kept in lists. */
import type { Binding, MimeBundle, NotebookHost } from "@lepton/contract";

export interface FakeHost extends NotebookHost {
  readonly bound: Map<string, { value: unknown; type: string | undefined }>;
  readonly printed: string[];
  readonly shown: MimeBundle[];
  readonly lazy: Map<string, () => unknown>;
  readonly stop: AbortController;
  shutdown(restart: boolean): Promise<void>;
}

export function fakeHost(folder: string, values: Readonly<Record<string, unknown>> = {}): FakeHost {
  const bound = new Map(
    Object.entries(values).map(([name, value]) => [name, { value, type: undefined as string | undefined }]),
  );
  const lazy = new Map<string, () => unknown>();
  const printed: string[] = [];
  const shown: MimeBundle[] = [];
  const leaving: ((restart: boolean) => Promise<void>)[] = [];
  const stop = new AbortController();
  const lookup = (name: string): Binding | undefined => {
    const load = lazy.get(name);
    if (load) return { value: load() };
    const entry = bound.get(name);
    return entry && { value: entry.value };
  };
  return {
    folder,
    bound,
    printed,
    shown,
    lazy,
    stop,
    display(bundle) {
      const at = shown.push(bundle) - 1;
      return { id: `display-${at}`, update: (next) => void (shown[at] = next) };
    },
    signal: () => stop.signal,
    print: (text) => void printed.push(text),
    bind(name, value, type) {
      lazy.delete(name);
      bound.set(name, { value, type });
    },
    bindLazily(name, load, type) {
      lazy.set(name, load);
      bound.set(name, { value: undefined, type });
    },
    lookup,
    names: () => [...bound.keys()],
    openComm: () => {
      throw new Error("this host has no page");
    },
    onComm: () => undefined,
    onShutdown: (listener) => void leaving.push(listener),
    async shutdown(restart) {
      for (const listener of leaving) await listener(restart);
    },
  };
}

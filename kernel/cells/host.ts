/** What the kernel lends to magics: the contract's NotebookHost over the kernel's own parts. */
import type { NotebookHost } from "@lepton/contract";
import type { Comms } from "../display/comms.ts";
import { showBundle } from "../display/display.ts";
import type { ToWire } from "../wire/link.ts";
import { currentCell } from "./cell.ts";
import type { Notebook } from "./notebook.ts";
import type { Output } from "./output.ts";

export interface HostParts {
  readonly folder: string;
  readonly post: (message: ToWire) => void;
  readonly output: Output;
  readonly notebook: Notebook;
  readonly comms: Comms;
}

export interface KernelHost extends NotebookHost {
  /** Run what magics left to do; resolves when all is done, or after 5 s. */
  shutdown(restart: boolean): Promise<void>;
}

/** How long a shutdown waits for magics. */
const SHUTDOWN_MS = 5000;

export function createHost({ folder, post, output, notebook, comms }: HostParts): KernelHost {
  const leaving: ((restart: boolean) => Promise<void>)[] = [];
  const declare = (name: string, type: string | undefined) => post({ kind: "declare", name, type: type ?? "any" });
  return {
    folder,
    display: (bundle, metadata) => showBundle(output, bundle, metadata),
    signal() {
      const cell = currentCell();
      if (!cell) return new AbortController().signal;
      if (!cell.winding) post({ kind: "listening", on: true });
      cell.winding = true;
      return cell.controller.signal;
    },
    print: (text, stream = "stdout") => output.write(currentCell(), stream, text),
    bind(name, value, type) {
      notebook.bind(name, value);
      declare(name, type);
    },
    bindLazily(name, load, type) {
      if (notebook.bindLazily(name, load)) declare(name, type);
    },
    lookup: (name) => notebook.lookup(name),
    names: () => notebook.names(),
    openComm: (target, data) => comms.open(target, data),
    onComm: (target, listener) => comms.register(target, listener),
    onShutdown: (listener) => leaving.push(listener),
    async shutdown(restart) {
      const work = leaving.map(async (leave) => leave(restart));
      const late = new Promise((resolve) => setTimeout(resolve, SHUTDOWN_MS).unref());
      await Promise.race([Promise.allSettled(work), late]);
    },
  };
}

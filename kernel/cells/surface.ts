/**
 * What cells find in their world besides the language: `display`, `clearOutput`, `prompt`, `password`, `Jupyter`, `require`, and `__lepton__`, which rewritten
 * code calls (cells/rewrite.ts). Enters: the kernel's parts; leaves: properties of globalThis that a cell may shadow.
 */
import type { Comms } from "../display/comms.ts";
import { createDisplay } from "../display/display.ts";
import type { InputBuffer } from "../wire/input-buffer.ts";
import type { ToWire } from "../wire/link.ts";
import { currentCell } from "./cell.ts";
import type { Imports } from "./imports.ts";
import { ask } from "./input.ts";
import type { Notebook } from "./notebook.ts";
import type { Output } from "./output.ts";
import type { Runner } from "./runner.ts";

export interface SurfaceParts {
  readonly post: (message: ToWire) => void;
  readonly output: Output;
  readonly notebook: Notebook;
  readonly imports: Imports;
  readonly input: InputBuffer;
  readonly runner: Runner;
  readonly comms: Comms;
}

/** `clearOutput(true)` waits until there is something new to show. */
export function clearOutput(output: Output, wait: boolean): void {
  output.publish({ type: "clear_output", content: { wait }, parent: currentCell()?.parent });
}

export function installSurface(parts: SurfaceParts): void {
  const { post, output, notebook, imports, input, runner, comms } = parts;
  const question = (password: boolean) => (text?: unknown) =>
    ask({ post, output, input }, String(text ?? ""), password);
  define("display", createDisplay(output));
  define("clearOutput", (wait = false) => clearOutput(output, Boolean(wait)));
  define("Jupyter", { onComm: comms.register.bind(comms), openComm: comms.open.bind(comms) });
  define("prompt", question(false));
  define("password", question(true));
  Object.defineProperty(globalThis, "require", { get: () => imports.require, configurable: true });
  Object.defineProperty(globalThis, "__lepton__", {
    value: {
      bind(name: string, value: unknown) {
        notebook.bind(name, value);
        return value;
      },
      declare: (names: readonly string[]) => notebook.declare(names.map((name) => ({ name }))),
      load: imports.load.bind(imports),
      import: imports.import.bind(imports),
      get meta() {
        return imports.meta;
      },
      constant,
      magic: (index: number) => runner.magic(currentCell(), index),
    },
  });
}

/** What stands for a constant where a cell assigns it. */
function constant(name: string, value: unknown) {
  return {
    get value() {
      return value;
    },
    set value(_) {
      throw new TypeError(`Assignment to constant variable: ${name} was made by const or import.`);
    },
  };
}

function define(name: string, value: unknown): void {
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
}

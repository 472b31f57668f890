/**
 * TypeScript to JavaScript by esbuild, in the wire's thread so that user code never waits behind it. Enters: TypeScript; leaves: JavaScript and
 * mappings, or the first error with its place. esbuild is loaded when first needed, or by `startEsbuild` before: its first answer takes 85 ms.
 */
import { createRequire } from "node:module";
import type { Loader, TransformFailure } from "esbuild";

export interface Transpiled {
  readonly js: string;
  /** VLQ. */
  readonly mappings: string;
}

export interface CodeError {
  readonly message: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
}

type Esbuild = typeof import("esbuild");

let loaded: Esbuild | undefined;
/** How often its process was begun anew. */
let renewed = 0;

function esbuild(): Esbuild {
  loaded ??= createRequire(import.meta.url)("esbuild") as Esbuild;
  return loaded;
}

/** esbuild's process may be gone, killed when memory ran out or by hand: a new one is begun, once for all that waited for it. */
export async function withEsbuild<T>(work: (esbuild: Esbuild) => Promise<T>): Promise<T> {
  const before = renewed;
  try {
    return await work(esbuild());
  } catch (error) {
    if (!/The service (was stopped|is no longer running)/.test(String(error))) throw error;
    if (renewed === before) {
      renewed++;
      await esbuild().stop();
    }
    return work(esbuild());
  }
}

/**
 * Start esbuild's process before the first typed cell needs it, in steps of some milliseconds, as a heartbeat can wait. What fails is said by the cell that needs it.
 */
export const startEsbuild: readonly (() => void)[] = [
  () => process.getBuiltinModule("node:net"),
  () => process.getBuiltinModule("node:child_process"),
  () => void quietly(async () => esbuild()),
  () => void quietly(async () => esbuild().initialize({})), // throws at once where its program is missing
  () => void quietly(() => transpile("let warm: number = 1")),
];

/** A step is async: then it cannot throw. */
export const quietly = (step: () => Promise<unknown>) => step().catch(() => undefined);

/** What of the folder's tsconfig.json matters to single files. */
export interface TranspileOptions {
  readonly loader?: Loader;
  readonly compilerOptions?: Readonly<Record<string, unknown>>;
  /** Leave out imports that are used as types only, as in files; a cell keeps all, since later cells use them. */
  readonly dropTypeImports?: boolean;
}

/** @returns the code, or its first error */
export async function transpile(ts: string, options: TranspileOptions = {}): Promise<Transpiled | CodeError> {
  try {
    const result = await withEsbuild((esbuild) =>
      esbuild.transform(ts, {
        loader: options.loader ?? "ts",
        sourcemap: "external",
        sourcefile: "cell.ts",
        target: "node24",
        charset: "utf8",
        logLevel: "silent",
        tsconfigRaw: {
          compilerOptions: {
            ...options.compilerOptions,
            ...(options.dropTypeImports ? {} : { verbatimModuleSyntax: true }),
          },
        },
      }),
    );
    return { js: result.code, mappings: String(JSON.parse(result.map).mappings) };
  } catch (error) {
    const first = (error as TransformFailure).errors?.[0];
    if (!first) throw error;
    const column = first.location ? utf16Column(first.location.lineText, first.location.column) + 1 : 1;
    return { message: first.text, line: first.location?.line ?? 1, column };
  }
}

/** esbuild counts bytes of UTF-8. */
export function utf16Column(line: string, bytes: number): number {
  return Buffer.from(line).subarray(0, bytes).toString().length;
}

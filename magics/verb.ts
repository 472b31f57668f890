/**
 * What a verb is: one spec that parses `%lepton VERB ...`, completes it, prints its help and types the equal function of the `lepton` object.
 * Each stage exports its verbs (`train/verbs.ts`: `trainVerb`, `attachVerb`, ...); index.ts lists them in the order of the data.
 */
import type { NotebookHost } from "@lepton/contract";
import type { LeptonFolder } from "./folder.ts";
import type { Plugins } from "./plugins.ts";

interface OptionBase {
  /** One sentence; for help, completion and the documentation. */
  readonly doc: string;
  readonly required?: boolean;
  /** Never a range or choices, also where the verb's other options may be (`spaces`). */
  readonly fixed?: boolean;
}

/** An option: `learningRate` in code, `--learning-rate` in a magic. A boolean's flag takes no value; `--no-x` sets it false. */
export type OptionSpec = OptionBase &
  /** The placeholder stands for the value in the help, and tells completion what the value names: COLUMN, RUN, ENGINE, TARGET. */
  (
    | { readonly kind: "string"; readonly default?: string; readonly placeholder?: string }
    | {
        readonly kind: "number" | "integer";
        readonly default?: number;
        readonly min?: number;
        readonly max?: number;
        readonly above?: number;
        readonly below?: number;
      }
    | { readonly kind: "boolean"; readonly default?: boolean }
    /** Comma separated in a magic, an array in code. */
    | { readonly kind: "strings"; readonly default?: readonly string[]; readonly placeholder?: string }
    | { readonly kind: "numbers"; readonly default?: readonly number[]; readonly min?: number; readonly above?: number }
    /** `{a: 1, b: 2}` in code, `a=1,b=2` in a magic. */
    | {
        readonly kind: "map";
        readonly default?: Readonly<Record<string, string | number>>;
        /** Words that may stand instead of a map ("balanced"). */
        readonly words?: readonly string[];
        readonly placeholder?: string;
      }
    /** One of some words; `open` also takes a variable of the notebook (a function) in code or by name in a magic. */
    | {
        readonly kind: "choice";
        readonly choices: readonly string[];
        readonly open?: boolean;
        readonly default?: string;
      }
    /** Any value of the notebook: in a magic the name of a variable. */
    | { readonly kind: "value"; readonly type: string }
  );

/** A positional argument. */
export interface ArgumentSpec {
  readonly name: string;
  readonly doc: string;
  /** path: text, completed with files. value: a notebook variable's value, else the text itself (a run's ID, a deployment's name). text: verbatim. */
  readonly kind: "path" | "value" | "text";
  /** TypeScript type for the equal function, e.g. "Lepton.Run | string". */
  readonly type: string;
  readonly required: boolean;
  /** True for a last argument of which there may be many: a list in code, several words in a magic. */
  readonly many?: boolean;
  /** For `value` in a magic: which of the notebook's values are meant. Another variable of that name does not hide the ID or the name. */
  readonly accepts?: (value: unknown) => boolean;
}

export interface VerbSpec {
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  readonly arguments: readonly ArgumentSpec[];
  readonly options: Readonly<Record<string, OptionSpec>>;
  /** What `%%lepton VERB` does with the rest of the cell; undefined when the verb takes no body. */
  readonly body?: { readonly doc: string; readonly required: boolean };
  /** TypeScript type of the result, e.g. "Lepton.Run". */
  readonly result: string;
  /** True when it shows its result while it runs (a chart), so that the cell does not show it again. */
  readonly showsItself?: boolean;
  readonly examples: readonly string[];
  /** Type declarations the result and options need, as members of `namespace Lepton`. */
  readonly declarations?: string;
  /** Options accepted with a range for a sweep ("log:1e-4..1e-1", "32|64|128"): set by the sweep's own spec. */
  readonly spaces?: boolean;
}

export type OptionValue<S> = S extends { kind: "number" | "integer" }
  ? number
  : S extends { kind: "boolean" }
    ? boolean
    : S extends { kind: "strings" }
      ? readonly string[]
      : S extends { kind: "numbers" }
        ? readonly number[]
        : S extends { kind: "map"; words: readonly string[] }
          ? Readonly<Record<string, string | number>> | string
          : S extends { kind: "map" }
            ? Readonly<Record<string, string | number>>
            : S extends { kind: "choice"; open: true }
              ? unknown
              : S extends { kind: "value" }
                ? unknown
                : string;

/** Options after parsing: those with a default or `required` are there, the rest may be undefined. */
export type Options<S extends Readonly<Record<string, OptionSpec>>> = {
  readonly [K in keyof S as S[K] extends { default: unknown } | { required: true } ? K : never]: OptionValue<S[K]>;
} & {
  readonly [K in keyof S as S[K] extends { default: unknown } | { required: true } ? never : K]?:
    | OptionValue<S[K]>
    | undefined;
};

/** What a verb works with besides its options. */
export interface VerbContext {
  readonly host: NotebookHost;
  readonly folder: LeptonFolder;
  readonly plugins: Plugins;
  /** The rest of a `%%lepton` cell. */
  readonly body: string | undefined;
  /** The magic's or call's text, for cards. */
  readonly sourceText: string;
  /** The name `--as` binds, if any: a good default name for what is made. */
  readonly as: string | undefined;
  /** What is made has begun: its name is bound and kept from now on, so that a kernel killed meanwhile finds it again. */
  begun(value: unknown): void;
}

export interface Verb<S extends VerbSpec = VerbSpec, R = unknown> {
  readonly spec: S;
  run(args: readonly unknown[], options: Options<S["options"]>, context: VerbContext): Promise<R>;
  /** A narrower TypeScript type of this result (a dataset's columns). */
  typeOf?(result: R): string;
}

/** Keeps the literal types of a spec, so that `options` is typed by it. */
export function defineVerb<const S extends VerbSpec, R>(verb: Verb<S, R>): Verb<S, R> {
  return verb;
}

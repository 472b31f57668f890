/**
 * The compiler options of a notebook: the folder's tsconfig.json where there is one, else ours for notebooks; in both cases what cells need
 * is set on top. Enters: the notebook's folder. Leaves: options, and the files they came from (to notice a change).
 */
import path from "node:path";
import ts from "typescript";

export interface Settings {
  readonly options: ts.CompilerOptions;
  /** tsconfig.json and what it extends, with their times of change; empty when there is none. */
  readonly files: ReadonlyMap<string, number>;
  /** True when the folder says itself how strict to be. */
  readonly own: boolean;
  /** What is wrong with the tsconfig.json, in TypeScript's words. */
  readonly problems: readonly string[];
}

const notebookDefaults: ts.CompilerOptions = {
  target: ts.ScriptTarget.ESNext,
  lib: ["lib.esnext.d.ts"],
  strict: true,
  resolveJsonModule: true,
  types: ["node"],
};

/** TypeScript's `types`, Node's always among them. */
const typesOf = (types: readonly string[] | undefined) => [...new Set([...(types ?? []), "node"])];

/** What a cell is, whatever the folder's project is: a module of its own, with imports as a bundler resolves them. */
const cellOptions: ts.CompilerOptions = {
  module: ts.ModuleKind.Preserve,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  customConditions: ["node"],
  allowImportingTsExtensions: true,
  esModuleInterop: true,
  allowJs: true,
  checkJs: false,
  skipLibCheck: true,
  declaration: true,
  isolatedModules: false,
  isolatedDeclarations: false,
  verbatimModuleSyntax: false,
  erasableSyntaxOnly: false,
  composite: false,
  incremental: false,
  declarationMap: false,
  sourceMap: false,
  noEmit: false,
  noUnusedLocals: false,
  noUnusedParameters: false,
  removeComments: false,
};

const changedAt = (file: string): number => ts.sys.getModifiedTime?.(file)?.getTime() ?? 0;

export function readSettings(folder: string): Settings {
  const file = path.join(folder, "tsconfig.json");
  if (!ts.sys.fileExists(file))
    return {
      options: { ...notebookDefaults, ...cellOptions },
      files: new Map([[file, 0]]),
      own: false,
      problems: [],
    };
  const { config, error } = ts.readConfigFile(file, ts.sys.readFile);
  const extended = new Map<string, ts.ExtendedConfigCacheEntry>();
  // No files are looked for: a notebook's program is its cells and what they import.
  const host: ts.ParseConfigHost = { ...ts.sys, readDirectory: () => [] };
  const parsed = ts.parseJsonConfigFileContent(config ?? {}, host, folder, {}, file, undefined, undefined, extended);
  const { outDir: _o, outFile: _f, rootDir: _r, declarationDir: _d, tsBuildInfoFile: _t, ...options } = parsed.options;
  // A project that names no lib keeps its target's libraries, DOM included, as tsc does.
  const { lib: _lib, ...defaults } = notebookDefaults;
  const problems = [error, ...parsed.errors].filter((e) => e !== undefined && e.code !== noInputs);
  return {
    options: { ...defaults, ...options, ...cellOptions, types: typesOf(options.types) },
    files: new Map([file, ...extended.keys()].map((name) => [name, changedAt(name)])),
    own: true,
    problems: problems.map((problem) => ts.flattenDiagnosticMessageText(problem?.messageText, "\n")),
  };
}

/** "No inputs were found in config file": true of every notebook. */
const noInputs = 18003;

/** True when a tsconfig.json appeared, changed or went away since. */
export function settingsChanged(settings: Settings): boolean {
  for (const [file, time] of settings.files) if (changedAt(file) !== time) return true;
  return false;
}

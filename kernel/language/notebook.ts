/**
 * The notebook as TypeScript sees it: virtual files for the executed cells, the scope and the cell being typed, and the disk below.
 * Enters: texts of cells. Leaves: an up-to-date ts.LanguageService. Apart because everything the service asks of its host is here.
 */
import { statSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { awakeUnits, reachableModules, wake } from "./awake.ts";
import { jsDocMode } from "./doc-comments.ts";
import { type ExportedNames, exportedNames } from "./exported.ts";
import { addUnit, newScope, ours, removeUnit, type Scope, scopeModule, scopeText, type TypedName } from "./scope.ts";
import type { TopLevel } from "./top-level.ts";
import { readSettings, type Settings, settingsChanged } from "./tsconfig.ts";

interface VirtualFile {
  version: number;
  snapshot: ts.IScriptSnapshot;
}

interface DiskFile {
  version: number;
  changed: number;
  /** undefined when the file is not there. */
  snapshot: ts.IScriptSnapshot | undefined;
  /** performance.now() of the last look at the disk; Infinity for files that are taken to stay. */
  looked: number;
}

/** How long a local file is trusted before its time of change is read again. */
const lookAgainMs = 300;
const here = fileURLToPath(import.meta.url);
/** TypeScript's own package, also where our build brings its code (.house/build.mjs). */
const libFolder = path.dirname(createRequire(import.meta.url).resolve("typescript"));
/** The third parameter is not in TypeScript's types; it must be the host's. */
const registryOf = (folder: string) =>
  (ts.createDocumentRegistry as (...all: unknown[]) => ts.DocumentRegistry)(true, folder, jsDocMode);

/** What TypeScript asks of this host though its types do not say so. */
interface Host extends ts.LanguageServiceHost {
  getModuleResolutionCache(): ts.ModuleResolutionCache;
  readonly jsDocParsingMode: ts.JSDocParsingMode;
}

export interface NotebookOptions {
  /** Absolute path of the notebook's folder. */
  readonly folder: string;
}

export class Notebook {
  readonly folder: string;
  /** Words that are magics after `%`. */
  magics: readonly string[] = [];
  readonly scope: Scope = newScope();
  readonly service: ts.LanguageService;
  settings: Settings;
  /** What imports would bring, for auto-import. */
  exported: ExportedNames;
  private readonly virtual = new Map<string, VirtualFile>();
  private readonly disk = new Map<string, DiskFile>();
  private readonly declaredNow = new Set<string>();
  private version = 0;
  private draftAugments = false;
  /** Found and missing modules, forgotten every time the disk is looked at. */
  private resolutions: ts.ModuleResolutionCache | undefined;
  /** What package.json files say, kept until packages change: without it TypeScript reads them again for every file of every program. */
  private packages: ts.ModuleResolutionCache | undefined;
  private looked = performance.now();
  private installed: number;

  constructor({ folder }: NotebookOptions) {
    this.folder = folder;
    this.settings = readSettings(folder);
    this.exported = exportedNames(folder);
    this.installed = changedAt(path.join(folder, "node_modules/.package-lock.json"));
    this.write(this.file("__lepton_globals__", ".d.ts"), "export {};");
    this.write(this.file(scopeModule), "export {};");
    this.write(this.draftFile(), "export {};");
    this.service = ts.createLanguageService(this.host(), registryOf(folder));
  }

  /** JSX in cells where tsconfig.json says how to treat it. */
  get jsx(): boolean {
    return this.settings.options.jsx !== undefined;
  }

  /** The virtual path of one of our modules. */
  file(module: string, extension = this.jsx ? ".tsx" : ".ts"): string {
    return `${this.folder.replaceAll(path.sep, "/")}/${module}${extension}`;
  }

  draftFile(): string {
    return this.file("__lepton_draft__");
  }

  /** Set the text of the cell being typed, our line included. */
  writeDraft(text: string): void {
    this.lookAtDisk();
    this.write(this.draftFile(), text);
    this.draftAugments = /\b(?:global|module)\b/.test(text);
  }

  /** A draft that may have added to the global world is taken out of the program: the next question does not ask about it. */
  dropDraft(): void {
    if (this.draftAugments) this.renewProgram();
  }

  /** The next question gets a new program and checker; the old ones' memory is free. */
  renewProgram(): void {
    this.write(this.draftFile(), `export {}; // ${this.version}`);
    this.draftAugments = false;
  }

  /** Declarations that every cell sees: the provider's and the kernel's. */
  writeGlobals(text: string): void {
    this.write(this.file("__lepton_globals__", ".d.ts"), text);
  }

  /** Tell the program about a unit's new text. */
  writeUnit(unit: { readonly module: string; readonly text: string }): void {
    this.write(this.file(unit.module), unit.text);
  }

  writeScope(): void {
    this.write(this.file(scopeModule), scopeText(this.scope, awakeUnits(this.scope)));
  }

  /** Cells whose names are mentioned are in the program from now on. */
  wake(names: Iterable<string>): void {
    if (wake(this.scope, names)) this.writeScope();
  }

  /** A cell ran. `bound` are the names that its magics bound. */
  addCell(id: string, text: string, top: TopLevel, bound: readonly TypedName[]): void {
    this.writeUnit(addUnit(this.scope, `cell ${id}`, text, top, bound));
    this.writeScope();
    this.declaredNow.clear();
  }

  /** A name was bound by the kernel, most often while a cell runs. */
  declare(name: string, type: string): void {
    const nothing: TopLevel = { names: new Map(), exported: new Set(), augments: false };
    this.writeUnit(addUnit(this.scope, `name ${name}`, "", nothing, [{ name, type }]));
    this.writeScope();
    this.declaredNow.add(name);
  }

  /** Forget executions that nobody can reach any more: none of their names is alive, and no living type comes from them. */
  sweep(): void {
    const reachable = reachableModules(this.scope);
    for (const [id, { module }] of this.scope.units) {
      if (reachable.has(module)) continue;
      this.scope.units.delete(id);
    }
    const others = [this.draftFile(), this.file(scopeModule), this.file("__lepton_globals__", ".d.ts")];
    const keep = new Set([...others, ...[...reachable].map((module) => this.file(module))]);
    for (const file of this.virtual.keys()) if (!keep.has(file)) this.virtual.delete(file);
  }

  /** True when the cell that runs now bound the name with a type of its own, which wins over what its text tells. */
  declaredSinceLastCell(name: string): boolean {
    return this.declaredNow.has(name);
  }

  remove(id: string): void {
    removeUnit(this.scope, `cell ${id}`);
    this.writeScope();
  }

  /** Packages were installed or removed: resolve every import again. */
  packagesChanged(): void {
    for (const [file, entry] of this.disk) if (!isLib(file)) entry.looked = 0;
    this.resolutions = undefined;
    this.packages = undefined;
    this.exported = exportedNames(this.folder);
    this.writeAll();
  }

  /** Look at the disk again, when the last look is some time ago: tsconfig.json, installed packages, local modules. */
  lookAtDisk(): void {
    const now = performance.now();
    if (now - this.looked < lookAgainMs) return;
    this.looked = now;
    this.resolutions = undefined;
    if (settingsChanged(this.settings)) {
      this.settings = readSettings(this.folder);
      this.packages = undefined;
      this.writeAll();
    }
    const installed = changedAt(path.join(this.folder, "node_modules/.package-lock.json"));
    if (installed !== this.installed) this.packagesChanged();
    this.installed = installed;
    for (const [file, entry] of this.disk) if (entry.looked !== Number.POSITIVE_INFINITY) this.read(file);
  }

  private writeAll(): void {
    this.virtual.delete(this.file(scopeModule));
    for (const unit of this.scope.units.values()) {
      this.virtual.delete(this.file(unit.module));
      this.writeUnit(unit);
    }
    this.writeScope();
  }

  private write(file: string, text: string): void {
    const known = this.virtual.get(file)?.snapshot;
    if (known && known.getLength() === text.length && known.getText(0, text.length) === text) return;
    this.virtual.set(file, { version: ++this.version, snapshot: ts.ScriptSnapshot.fromString(text) });
  }

  private read(file: string): DiskFile {
    const now = performance.now();
    const known = this.disk.get(file);
    if (known && now - known.looked < lookAgainMs) return known;
    const changed = changedAt(file);
    const looked = isLib(file) || file.includes("/node_modules/") ? Number.POSITIVE_INFINITY : now;
    if (known && known.changed === changed) {
      known.looked = looked;
      return known;
    }
    const text = changed < 0 ? undefined : ts.sys.readFile(file);
    const snapshot = text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    const fresh: DiskFile = { version: ++this.version, changed, looked, snapshot };
    this.disk.set(file, fresh);
    return fresh;
  }

  private host(): Host {
    return {
      getModuleResolutionCache: () => this.packageCache(),
      getCompilationSettings: () => this.settings.options,
      getProjectVersion: () => `${this.version}`,
      getScriptFileNames: () => [this.file("__lepton_globals__", ".d.ts"), this.file(scopeModule), this.draftFile()],
      getScriptVersion: (file) => `${this.virtual.get(file)?.version ?? this.read(file).version}`,
      getScriptSnapshot: (file) => this.virtual.get(file)?.snapshot ?? this.read(file).snapshot,
      getCurrentDirectory: () => this.folder,
      jsDocParsingMode: jsDocMode,
      getDefaultLibFileName: (options) => path.join(libFolder, ts.getDefaultLibFileName(options)),
      fileExists: (file) => this.virtual.has(file) || ts.sys.fileExists(file),
      readFile: (file) => (this.virtual.has(file) ? undefined : ts.sys.readFile(file)),
      readDirectory: (...args) => ts.sys.readDirectory(...args),
      directoryExists: (folder) => ts.sys.directoryExists(folder),
      getDirectories: (folder) => ts.sys.getDirectories(folder),
      realpath: (file) => (this.virtual.has(file) ? file : (ts.sys.realpath?.(file) ?? file)),
      useCaseSensitiveFileNames: () => ts.sys.useCaseSensitiveFileNames,
      resolveModuleNameLiterals: (literals, from, redirected, options) => {
        const packages = this.packageCache().getPackageJsonInfoCache();
        this.resolutions ??= ts.createModuleResolutionCache(this.folder, (name) => name, options, packages);
        return literals.map((literal) => this.resolve(literal.text, from, redirected, options));
      },
      resolveTypeReferenceDirectiveReferences: (references, from, redirected, options) =>
        references.map((reference) => {
          const name = typeof reference === "string" ? reference : reference.fileName;
          const found = ts.resolveTypeReferenceDirective(name, from, options, ts.sys, redirected);
          if (found.resolvedTypeReferenceDirective) return found;
          return ts.resolveTypeReferenceDirective(name, here, options, ts.sys, redirected);
        }),
    };
  }

  private packageCache(): ts.ModuleResolutionCache {
    this.packages ??= ts.createModuleResolutionCache(this.folder, (name) => name, this.settings.options);
    return this.packages;
  }

  /** A module from the notebook's folder, then from ours; our virtual modules are where they are. */
  private resolve(
    specifier: string,
    from: string,
    redirected: ts.ResolvedProjectReference | undefined,
    options: ts.CompilerOptions,
  ): ts.ResolvedModuleWithFailedLookupLocations {
    if (specifier.startsWith(`./${ours}`)) {
      const extension = this.jsx ? ts.Extension.Tsx : ts.Extension.Ts;
      const resolvedFileName = this.file(specifier.slice(2));
      return { resolvedModule: { resolvedFileName, extension, isExternalLibraryImport: false } };
    }
    const name = plainSpecifier(specifier);
    const found = ts.resolveModuleName(name, from, options, ts.sys, this.resolutions, redirected);
    if (found.resolvedModule || name.startsWith(".")) return found;
    const ownPackage = ts.resolveModuleName(name, here, options, ts.sys, this.resolutions, redirected);
    return ownPackage.resolvedModule ? ownPackage : found;
  }
}

/** Milliseconds since 1970, or -1 when the file is not there. */
const changedAt = (file: string): number => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? -1;
const isLib = (file: string) => file.includes("/typescript/lib/lib.");

/** `npm:lodash@4/fp` names the installed `lodash/fp`. */
export function plainSpecifier(specifier: string): string {
  if (!specifier.startsWith("npm:")) return specifier;
  return specifier.slice(4).replace(/^((?:@[^/]+\/)?[^/@]+)(@[^/]+)?/, "$1");
}

/**
 * Imports of cells. Enters: a specifier; leaves: the module, looked for from the notebook's folder first, then among our own packages. Files of
 * the notebook's folder are TypeScript or JavaScript, loaded anew when they, or what they import, were edited.
 */
import { statSync } from "node:fs";
import { createRequire, isBuiltin, registerHooks } from "node:module";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Interrupted, LocalFile, LocalModules } from "../wire/link.ts";
import { currentCell } from "./cell.ts";
import type { Stacks } from "./stack.ts";
import { readTsconfig } from "./tsconfig.ts";
import { mappedFiles } from "./tsconfig-paths.ts";

export interface ImportOptions {
  readonly folder: string;
  readonly stacks: Stacks;
  /** A local file and all local files that it imports, as JavaScript. */
  readonly readModules: (file: string, interrupted: Interrupted) => Promise<LocalModules>;
}

const fromCell = "lepton-cell:";
const extensions = ["", ".ts", ".mts", ".tsx", ".js", ".mjs", ".jsx", ".json", "/index.ts", "/index.js"];

/** An imported name, and whether the cell uses it as a value. */
type Wanted = readonly [name: string, isValue: boolean];

export class Imports {
  readonly #options: ImportOptions;
  readonly #parent: string;
  /** URL without version ─► where its newest code is. */
  readonly #files = new Map<string, LocalFile>();
  #interrupted: Interrupted = {};
  #hooked = false;

  constructor(options: ImportOptions) {
    this.#options = options;
    this.#parent = pathToFileURL(path.join(options.folder, "notebook.ts")).href;
  }

  get require(): NodeJS.Require {
    const { folder } = this.#options;
    const meant = (name: string) => (isPath(name) || isBuiltin(name) ? undefined : this.#localFile(name));
    return new Proxy(createRequire(this.#parent), {
      apply(target, self, [specifier]: [string]) {
        const name = bareName(String(specifier));
        try {
          return Reflect.apply(target, self, [meant(name) ?? name]);
        } catch (error) {
          throw missingFile(error, specifier, folder) ?? missingPackage(error, bareName(specifier), folder) ?? error;
        }
      },
    });
  }

  /** `import.meta` of a cell. */
  get meta(): object {
    const { folder } = this.#options;
    return {
      url: this.#parent,
      dirname: folder,
      filename: path.join(folder, "notebook.ts"),
      main: false,
      resolve: (specifier: string) => this.#url(bareName(specifier)),
    };
  }

  /** As `import.meta.resolve` has it: a path need not exist, a package must. */
  #url(specifier: string): string {
    if (isBuiltin(specifier)) return specifier.startsWith("node:") ? specifier : `node:${specifier}`;
    if (isPath(specifier) || URL.canParse(specifier)) return new URL(specifier, this.#parent).href;
    return pathToFileURL(this.#localFile(specifier) ?? this.require.resolve(specifier)).href;
  }

  /**
   * For import statements.
   *
   * @param wanted  imported names, each with whether the cell uses it as a value: a CommonJS module's hidden names are found, and what is neither a value
   *                nor may be a type is an error
   * @throws SyntaxError as Node's
   */
  async load(specifier: string, wanted: readonly Wanted[], attributes?: ImportAttributes): Promise<unknown> {
    const file = localScript(this.#localFile(bareName(specifier)));
    const local = file === undefined ? undefined : await this.#importLocal(file);
    const module = (local?.module ?? (await this.import(specifier, attributes && { with: attributes }))) as Record<
      string,
      unknown
    >;
    const missing = wanted.filter(([name]) => name !== "*" && !(name in module));
    if (missing.length === 0) return module;
    const inner = (isHolder(module.default) ? module.default : {}) as Record<string, unknown>;
    for (const [name, isValue] of missing) {
      const mayBeType = local ? local.types === undefined || local.types.includes(name) : /^\p{Lu}/u.test(name);
      if (!(name in inner) && (isValue || !mayBeType)) throw notExported(specifier, name, Object.keys(module));
    }
    return { ...module, ...Object.fromEntries(missing.map(([name]) => [name, inner[name]])) };
  }

  /** For `import()`. */
  async import(specifier: unknown, options?: ImportCallOptions): Promise<unknown> {
    const name = bareName(String(specifier));
    if (isBuiltin(name)) return import(name);
    const file = this.#localFile(name);
    if (file && /\.json$/.test(file)) {
      const changed = statSync(file).mtimeMs; // an edited file is read anew
      return dynamicImport(`${pathToFileURL(file).href}?v=${changed}`, options ?? { with: { type: "json" } });
    }
    const script = localScript(file);
    if (script !== undefined) return (await this.#importLocal(script)).module;
    this.#hook();
    try {
      return await dynamicImport(fromCell + (file === undefined ? name : pathToFileURL(file).href), options);
    } catch (error) {
      throw (
        missingFile(error, name, this.#options.folder) ?? missingPackage(error, name, this.#options.folder) ?? error
      );
    }
  }

  /**
   * The file that a specifier means, if it is one of the notebook's. A path is taken as it stands first, as TypeScript reads it, then as the part of a URL that
   * it is to Node; any other name by package.json's `imports` or tsconfig's `paths`.
   */
  #localFile(specifier: string): string | undefined {
    const { folder } = this.#options;
    if (!isPath(specifier)) return this.#mappedFile(specifier);
    const plain = specifier.startsWith("file:") ? [] : [path.resolve(folder, specifier)];
    return existing([...plain, ...fileOfUrl(specifier, this.#parent)].flatMap(orTypeScript), extensions);
  }

  #mappedFile(name: string): string | undefined {
    const own = name.startsWith("#") ? this.#subpath(name) : undefined;
    if (own !== undefined) return own;
    const { paths } = readTsconfig(this.#options.folder);
    if (!paths || isBuiltin(name) || URL.canParse(name)) return undefined;
    for (const file of mappedFiles(paths, name)) {
      const found = existing(orTypeScript(file), extensions);
      if (found) return found;
    }
    return undefined;
  }

  /** `#lib/rows` by the `imports` of package.json; none for what it says of a package. */
  #subpath(name: string): string | undefined {
    try {
      const file = createRequire(this.#parent).resolve(name);
      return path.isAbsolute(file) && !/[\\/]node_modules[\\/]/.test(file) ? file : undefined;
    } catch {
      return undefined; // Node says what is wrong with it
    }
  }

  async #importLocal(file: string): Promise<{ readonly module: object; readonly types: LocalModules["types"] }> {
    this.#hook();
    const { files, types } = await this.#options.readModules(file, this.#interrupted).catch((error: Error) => {
      throw error.name === "SyntaxError" ? new SyntaxError(error.message) : error; // with the cell's own trace
    });
    for (const [name, entry] of Object.entries(files)) {
      const url = pathToFileURL(name).href;
      if (this.#files.get(url)?.version !== entry.version) delete this.require.cache[name]; // CommonJS is kept by path
      this.#files.set(url, entry);
      const map = /^\/\/# mappings=(\S*)$/m.exec(entry.code)?.[1];
      if (map === undefined) continue;
      for (const script of entry.format === "commonjs" ? [name, url] : [`${url}?v=${entry.version}`])
        this.#options.stacks.addModule(script, map);
    }
    return { module: await this.#run(`${pathToFileURL(file).href}?v=${files[file]?.version ?? ""}`, files), types };
  }

  /** Import a local file. @param files it and what it imports: when its cell is interrupted, the next import runs them anew */
  async #run(url: string, files: LocalModules["files"]): Promise<object> {
    const signal = currentCell()?.controller.signal;
    const stopped = () => {
      const counted = Object.keys(files).map((name) => [name, (this.#interrupted[name] ?? 0) + 1]);
      this.#interrupted = { ...this.#interrupted, ...Object.fromEntries(counted) };
    };
    signal?.addEventListener("abort", stopped);
    try {
      return await import(url);
    } catch (error) {
      throw missingPackage(error, missingName(error), this.#options.folder) ?? error;
    } finally {
      signal?.removeEventListener("abort", stopped);
    }
  }

  #hook(): void {
    if (this.#hooked) return;
    this.#hooked = true;
    registerHooks({
      resolve: (specifier, context, next) => {
        if (specifier.startsWith(fromCell))
          return asJson(this.#resolveFromCell(specifier.slice(fromCell.length), context, next));
        const isLocal = context.parentURL && this.#files.has(withoutVersion(context.parentURL));
        return isLocal ? asJson(this.#resolveLocal(specifier, context, next)) : next(specifier, context);
      },
      load: (url, context, next) => {
        const entry = this.#files.get(withoutVersion(url));
        if (!entry || !url.endsWith(`?v=${entry.version}`)) return next(url, context);
        return { format: entry.format, source: entry.code, shortCircuit: true };
      },
    });
  }

  #resolveFromCell<C extends { parentURL: string | undefined }, R>(
    specifier: string,
    context: C,
    next: (specifier: string, context: C) => R,
  ): R {
    try {
      return next(specifier, { ...context, parentURL: this.#parent });
    } catch (error) {
      if ((error as { code?: string }).code !== "ERR_MODULE_NOT_FOUND") throw error;
      try {
        return next(specifier, { ...context, parentURL: import.meta.url });
      } catch {
        throw error; // what the notebook's folder lacks is what the user can mend
      }
    }
  }

  #resolveLocal<C, R extends { url: string }>(
    specifier: string,
    context: C,
    next: (specifier: string, context: C) => R,
  ) {
    const parent = withoutVersion((context as { parentURL: string }).parentURL);
    const known = this.#files.get(parent)?.imports[specifier];
    const found = known === undefined ? this.#loaded(specifier, parent) : pathToFileURL(known).href;
    const version = found && this.#files.get(found)?.version;
    if (version !== undefined) return { url: `${found}?v=${version}`, shortCircuit: true } as unknown as R;
    return next(found ?? specifier.replace(/^npm:/, ""), { ...context, parentURL: parent });
  }

  /** For an import() whose specifier is computed: a file that some import reached, or what `paths` means. */
  #loaded(specifier: string, parent: string): string | undefined {
    const mapped = isPath(specifier) ? undefined : this.#mappedFile(specifier);
    if (mapped !== undefined) return pathToFileURL(mapped).href;
    if (!isPath(specifier)) return undefined;
    return orTypeScript(new URL(specifier, parent).href)
      .flatMap((url) => extensions.map((extension) => url + extension))
      .find((url) => this.#files.has(url));
  }
}

/** JSON needs no attribute, as bundlers and the language service have it; what a package imports itself keeps Node's rule. */
function asJson<R extends { url: string }>(resolved: R): R {
  const isJson = /\.json(\?v=\w*)?$/.test(resolved.url);
  return isJson ? { ...resolved, importAttributes: { type: "json" } } : resolved;
}

/** Bundlers cannot read an import whose options are no literal, and need not. */
const dynamicImport = (specifier: string, options: ImportCallOptions | undefined): Promise<unknown> =>
  options === undefined ? import(specifier) : importWith(specifier, options.with ?? {});

const importWith = (specifier: string, attributes: ImportAttributes): Promise<unknown> =>
  attributes.type === "json" ? import(specifier, { with: { type: "json" } }) : import(specifier);

const isPath = (specifier: string) => /^(\.{0,2}\/|file:)/.test(specifier);

/** `.js` may be written for a TypeScript file. */
const orTypeScript = (file: string) => [file, file.replace(/\.([mc]?)js$/, ".$1ts")];

function fileOfUrl(specifier: string, parent: string): string[] {
  try {
    return [fileURLToPath(new URL(specifier, parent))];
  } catch {
    return []; // no URL that names a file: `%` in a path
  }
}

function existing(files: readonly string[], endings: readonly string[]): string | undefined {
  const isFile = (file: string) => path.extname(file) !== "" && statSync(file, { throwIfNoEntry: false })?.isFile();
  return endings.flatMap((ending) => files.map((file) => file + ending)).find(isFile);
}

function localScript(file: string | undefined): string | undefined {
  return file !== undefined && /\.[mc]?[jt]sx?$/.test(file) ? file : undefined;
}

function isHolder(value: unknown): boolean {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

function notExported(specifier: string, name: string, names: readonly string[]): SyntaxError {
  const exported = names.filter((one) => one !== "default" && one !== "module.exports");
  const near = exported.find((one) => one.toLowerCase() === name.toLowerCase());
  const list = near ?? (exported.length > 0 && exported.length <= 10 ? exported.join(", ") : undefined);
  const hint = near ? ` Did you mean '${near}'?` : list === undefined ? "" : ` It exports: ${list}.`;
  return new SyntaxError(`The requested module '${specifier}' does not provide an export named '${name}'.${hint}`);
}

function withoutVersion(url: string): string {
  return url.replace(/\?v=\w*$/, "");
}

/** `npm:name@1.2.3/part` ─► `name/part`: what is installed decides the version. */
function bareName(specifier: string): string {
  return specifier.replace(/^npm:\/?((?:@[^/@]+\/)?[^/@]+)(?:@[^/]*)?/, "$1");
}

/** Node's code when a module is not there, by import or by require. */
function notFound(error: unknown): string | undefined {
  const code = (error as { code?: string } | null | undefined)?.code;
  return code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND" ? code : undefined;
}

function missingFile(error: unknown, specifier: string, folder: string): Error | undefined {
  const code = notFound(error);
  if (code === undefined || !isPath(specifier)) return undefined;
  const tried = extensions.filter((ending) => ending !== "").join(", ");
  const missing = new Error(`There is no file "${specifier}" in ${folder}; endings looked for: ${tried}.`);
  missing.name = "FileMissing";
  return Object.assign(missing, { code });
}

/** The package that some file could not find, as Node says it; nothing in any other message. */
function missingName(error: unknown): string {
  return /^Cannot find (?:package|module) '([^']+)'/.exec(String((error as Error | null)?.message))?.[1] ?? "";
}

function missingPackage(error: unknown, specifier: string, folder: string): Error | undefined {
  const code = notFound(error);
  if (code === undefined || /^(\.{0,2}\/|file:|node:|https?:)/.test(specifier)) return undefined;
  const name = /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;
  if (!String(error).includes(`'${name}'`)) return undefined;
  const missing = new Error(`There is no package "${name}" in ${folder}. Install it with:  %npm install ${name}`);
  missing.name = "PackageMissing";
  return Object.assign(missing, { code });
}

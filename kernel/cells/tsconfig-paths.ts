/**
 * tsconfig's `paths` and `baseUrl` as the kernel runs by them. Enters: the merged settings and a specifier; leaves: files to look for. Apart from tsconfig.ts, since
 * the main thread needs only this of it. For local modules esbuild does the same.
 */
import path from "node:path";

/** Absolute: what a specifier may mean beside a package. */
export interface PathMap {
  /** Pattern with at most one `*` ─► files, where `*` is put in. */
  readonly paths: Readonly<Record<string, readonly string[]>>;
  readonly baseUrl: string | undefined;
}

type Options = Readonly<Record<string, unknown>>;

/** The options of one tsconfig.json with `baseUrl` absolute, and the folder by which its `paths` are read. */
export function placed(options: Options, folder: string): Options {
  const { baseUrl, paths } = options;
  const base = typeof baseUrl === "string" ? { baseUrl: path.resolve(folder, baseUrl) } : {};
  return { ...options, ...base, ...(paths === undefined ? {} : { pathsFolder: folder }) };
}

/** @param options merged from `placed` ones. @param root the folder of the nearest tsconfig.json. @returns undefined when none is set */
export function pathMap({ baseUrl, paths, pathsFolder }: Options, root: string): PathMap | undefined {
  const base = typeof baseUrl === "string" ? baseUrl : undefined;
  if (base === undefined && !isObject(paths)) return undefined;
  const from = base ?? String(pathsFolder);
  const absolute = (target: unknown) =>
    path.resolve(
      from,
      String(target).replace(/^\$\{configDir\}/, () => root),
    );
  const entries = Object.entries(isObject(paths) ? paths : {}).map(
    ([pattern, targets]) => [pattern, [targets].flat().map(absolute)] as const,
  );
  return { paths: Object.fromEntries(entries), baseUrl: base };
}

/** Files, without endings, that a specifier may name, the best first: TypeScript takes the exact pattern, else the one with the longest text before `*`. */
export function mappedFiles({ paths, baseUrl }: PathMap, specifier: string): string[] {
  const fits = (pattern: string) => {
    const [before, after] = pattern.split("*");
    if (after === undefined) return pattern === specifier;
    const isLong = specifier.length >= before!.length + after.length;
    return isLong && specifier.startsWith(before!) && specifier.endsWith(after);
  };
  const rank = (pattern: string) => (pattern.includes("*") ? pattern.indexOf("*") : Number.POSITIVE_INFINITY);
  const [best] = Object.keys(paths)
    .filter(fits)
    .sort((a, b) => rank(b) - rank(a));
  const [before = "", after = ""] = best?.split("*") ?? [];
  const star = specifier.slice(before.length, specifier.length - after.length);
  const targets = best === undefined ? [] : paths[best]!.map((target) => target.replace("*", () => star));
  return baseUrl === undefined ? targets : [...targets, path.join(baseUrl, specifier)];
}

const isObject = (value: unknown): value is Options => typeof value === "object" && value !== null;

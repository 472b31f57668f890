/**
 * A plugin's module, loaded as the notebook's folder or a run's would import it. Enter: a file's or package's name and the folder; leaves: its default
 * export, unchecked. Apart because the kernel and a run's process both load plugins, and `import` alone looks from the file that it stands in.
 */
import { type ResolveFnOutput, type ResolveHookContext, registerHooks } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { LeptonError } from "@lepton/contract";

/**
 * A plugin's default export. `name` is a file relative to `folder`, or a package found as an import in that folder would be.
 *
 * @throws LEPTON_PLUGIN with the remedy
 */
export async function importPlugin(name: string, folder: string): Promise<unknown> {
  resolvePlugins();
  const isFile = /^\.{1,2}\//.test(name) || path.isAbsolute(name);
  const file = path.resolve(folder, name);
  const place = isFile ? fileUrl(file) : `${fromFolder}${JSON.stringify([folder, name])}`;
  try {
    return ((await import(place)) as { default?: unknown }).default;
  } catch (cause) {
    failures.set(file, (failures.get(file) ?? 0) + 1);
    const reason = (cause instanceof Error ? cause.message : String(cause)).split(/\n| imported from /)[0];
    const remedy = `mend ${isFile ? "it" : "it and restart the kernel"}, or take it out of lepton.plugins in package.json.`;
    throw new LeptonError("LEPTON_PLUGIN", `plugin ${name} does not load: ${reason}; ${remedy}`, { cause });
  }
}

/** Node remembers a module that failed: each further try is a module of its own, and so is every local file that it imports. */
function fileUrl(file: string): string {
  const tries = failures.get(file) ?? 0;
  const url = `${pathToFileURL(file).href}${tries === 0 ? "" : `${anew}${tries}`}`;
  if (file.endsWith(".ts")) typescript.add(url);
  return url;
}

const fromFolder = "lepton-plugin:";
const anew = "?try=";
/** Absolute path ─► how often it did not load. */
const failures = new Map<string, number>();
const typescript = new Set<string>();
let resolving = false;

/** `import` alone looks for packages from the file that it stands in, and `require` does not find those that export for `import` only. */
function resolvePlugins(): void {
  if (resolving) return;
  resolving = true;
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier.startsWith(fromFolder)) {
        const [folder, name] = JSON.parse(specifier.slice(fromFolder.length)) as [string, string];
        return next(name, { ...context, parentURL: pathToFileURL(path.join(folder, "package.json")).href });
      }
      const found = ofSameTry(next(specifier, context), context);
      // A folder's package.json seldom says "type": "module"; a plugin in TypeScript is one all the same, having a default export.
      return typescript.has(found.url) ? { ...found, format: "module-typescript" } : found;
    },
  });
}

/** A plugin's local file as part of the try that imports it; packages are as they were, and `require` forgets files that failed by itself. */
function ofSameTry(found: ResolveFnOutput, { parentURL = "", conditions }: ResolveHookContext): ResolveFnOutput {
  const tried = parentURL.indexOf(anew);
  const isLocal = found.url.startsWith("file:") && !found.url.includes("/node_modules/") && !found.url.includes("?");
  if (tried < 0 || !isLocal || !conditions.includes("import")) return found;
  return { ...found, url: found.url + parentURL.slice(tried) };
}

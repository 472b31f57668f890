/**
 * Stack traces show the cell's own lines and nothing of ours. Enters: V8's call sites; leaves: text, also in `error.stack` as user code reads
 * it. Installed as Error.prepareStackTrace, since --enable-source-maps does not see evaluated code.
 */
import type { CellMap } from "../wire/link.ts";
import { type Place, placeByMappings, placeInCell } from "./source-map.ts";

export interface KnownScript {
  readonly map: CellMap;
  readonly code: string;
  /** As typed, for showing the line. */
  readonly source: string;
}

/** The URL of an execution in stack traces and in the debugger. @param label ExecuteTask.label */
export function cellUrl(label: string): string {
  return `cell:${label}`;
}

const cellPattern = /^cell:([\d+]+)$/;
/** Scripts kept for stack traces; an older function's frames show unmapped places. */
const KEPT = 1000;

export class Stacks {
  readonly #scripts = new Map<string, KnownScript>();
  /** URL of a local module ─► its VLQ mappings. */
  readonly #modules = new Map<string, string>();

  add(url: string, script: KnownScript): void {
    this.#scripts.set(url, script);
    if (this.#scripts.size > KEPT) this.#scripts.delete(this.#scripts.keys().next().value!);
  }

  addModule(url: string, mappings: string): void {
    this.#modules.set(url, mappings);
  }

  script(url: string): KnownScript | undefined {
    return this.#scripts.get(url);
  }

  /** The place as the user typed it. @returns undefined when it is not in a known script */
  locate(url: string, place: Place): Place | undefined {
    const script = this.#scripts.get(url);
    if (script) return placeInCell(script.map, script.code, place);
    const mappings = this.#modules.get(url);
    return mappings === undefined ? undefined : placeByMappings(mappings, place);
  }

  install(): void {
    Error.stackTraceLimit = 30;
    Error.prepareStackTrace = (error, sites) => {
      const lines = sites.flatMap((site, index) => (isOurCall(site, sites[index + 1]) ? [] : this.#line(site)));
      return [headline(error), ...lines.slice(0, 12)].join("\n    at ");
    };
  }

  #line(site: NodeJS.CallSite): string[] {
    const url = urlOf(site);
    if (isInner(url)) return [];
    const text = site.toString();
    const line = site.getLineNumber();
    const column = site.getColumnNumber();
    if (line === null || column === null) return [text];
    const cell = cellPattern.exec(url);
    const place = this.locate(url, { line, column });
    if (cell && !place) return [];
    if (!place) return [text];
    const name = cell ? `Cell ${cell[1]}` : url.replace(/\?v=\w+$/, "");
    return [text.replace(`${url}:${line}:${column}`, `${name}:${place.line}:${place.column}`)];
  }
}

/** Taken before any cell runs: a cell may declare its own `Error`. */
const errorText = Error.prototype.toString;

function headline(error: unknown): string {
  try {
    // Also for what is no Error: console.trace gives a plain object its stack.
    return errorText.call(error);
  } catch {
    return "Error"; // its own toString threw
  }
}

/** Our own folder in source and in the build. */
const ourFolder = new URL(import.meta.url.endsWith(".ts") ? ".." : ".", import.meta.url).href;

function urlOf(site: NodeJS.CallSite): string {
  return site.getScriptNameOrSourceURL() ?? site.getFileName() ?? "";
}

/** V8's own functions, `map` or `stringify`, as our code calls them. */
function isOurCall(site: NodeJS.CallSite, caller: NodeJS.CallSite | undefined): boolean {
  return urlOf(site) === "" && caller !== undefined && isInner(urlOf(caller));
}

/** Frames that tell a user nothing: ours and Node's own. */
function isInner(url: string): boolean {
  return url.startsWith("node:") || (url.startsWith(ourFolder) && !url.includes("node_modules"));
}

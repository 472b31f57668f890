/**
 * `%npm install NAME …` in a cell: runs npm in the notebook's folder with its progress shown. Enters: the line; leaves: npm's output, packages that
 * the next cell can import, and nothing changed when npm fails.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { LeptonError, type MagicCall } from "@lepton/contract";
import { currentCell } from "./cell.ts";

export interface NpmMagicParts {
  readonly folder: string;
  readonly print: (text: string, stream: "stdout" | "stderr") => void;
  /** The language service looks for types again. */
  readonly onInstalled: () => void;
}

const commands = [
  "install",
  "i",
  "add",
  "uninstall",
  "remove",
  "rm",
  "list",
  "ls",
  "outdated",
  "update",
  "view",
  "init",
  "ci",
];

/** The magic `%npm`. @throws LEPTON_OPTION_VALUE for other commands, LEPTON_PLUGIN never; an npm that fails is an Error with its exit code */
export function npmMagic(parts: NpmMagicParts): { run(call: MagicCall): Promise<unknown> } {
  return {
    async run({ line }) {
      const words = line.split(/\s+/).filter((word) => word !== "");
      if (!commands.includes(words[0] ?? "")) {
        throw new LeptonError(
          "LEPTON_OPTION_VALUE",
          `%npm takes one of ${commands.join(", ")}, got "${words[0] ?? ""}". Example: %npm install d3-array`,
        );
      }
      await ownPackage(parts.folder);
      await runNpm(words, parts);
      parts.onInstalled();
      return undefined;
    },
  };
}

/** Without a package.json npm would install into the nearest folder above that has one. */
async function ownPackage(folder: string): Promise<void> {
  const file = path.join(folder, "package.json");
  if (existsSync(file)) return;
  await writeFile(file, `${JSON.stringify({ private: true, type: "module" }, null, 2)}\n`);
}

function runNpm(words: readonly string[], { folder, print }: NpmMagicParts): Promise<void> {
  const isWindows = process.platform === "win32";
  const args = [...words, "--no-fund", "--no-audit", "--loglevel=http", "--color=false"];
  const signal = currentCell()?.controller.signal;
  return new Promise((resolve, reject) => {
    // npm is a .cmd file on Windows, which only a shell runs.
    const child = spawn("npm", args, { cwd: folder, shell: isWindows, ...(signal ? { signal } : {}) });
    child.stdout.setEncoding("utf8").on("data", (text: string) => print(text, "stdout"));
    child.stderr.setEncoding("utf8").on("data", (text: string) => print(shorten(text), "stdout"));
    child.on("error", (error) => reject(error));
    child.on("close", (code) => {
      if (code === 0) resolve();
      else
        reject(Object.assign(new Error(`npm ended with code ${code}; what it said is above.`), { name: "NpmFailed" }));
    });
  });
}

/** Of each fetch, the package; npm's warnings and errors as they are. */
function shorten(text: string): string {
  return text
    .replace(/^npm http fetch GET 200 \S*\/(\S+) (\S+).*$/gm, "fetched $1 in $2")
    .replace(/^npm http cache.*\n/gm, "");
}

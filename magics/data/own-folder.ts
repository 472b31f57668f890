/** Folders under `.lepton`. Enters: a path there; leaves: the folder, and beside it the word to git that nothing of ours is to be committed: a deployment's token lies there. */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { diskError } from "./durable-file.ts";

/** Make `folder` and those above it. @throws LEPTON_DISK when the disk refuses, or a part of the path is a file */
export function makeOwnFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw diskError(folder, error);
  }
  const root = rootOf(folder);
  if (root !== undefined) writeIgnore(path.join(root, ".gitignore"));
}

/** One who wants the folder in git empties the file: what is there stays. */
function writeIgnore(file: string): void {
  try {
    writeFileSync(file, "*\n", { flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw diskError(file, error);
  }
}

function rootOf(folder: string): string | undefined {
  for (let at = path.resolve(folder); at !== path.dirname(at); at = path.dirname(at)) {
    if (path.basename(at) === ".lepton") return at;
  }
  return undefined;
}

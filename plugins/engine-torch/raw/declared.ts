/**
 * Does the library that was found have an operator in the form that the table says? Enters: the folder of libraries; leaves: a question about a
 * declaration. The wheel's native_functions.yaml lies beside the library and says what it was built from; a libtorch without one is believed.
 */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Schema } from "./schemas.ts";

export type Declared = (schema: Schema) => "same" | "another" | "missing";

export function readDeclared(folder: string): Declared {
  const file = path.join(folder, "../../torchgen/packaged/ATen/native/native_functions.yaml");
  if (!existsSync(file)) return () => "same";
  const lines = readFileSync(file, "utf8").matchAll(/^- func: (\S+?)(\(.*)$/gm);
  const known = new Map(Array.from(lines, ([, name, rest]) => [name!, rest!.trimEnd()]));
  return ({ declaration }) => {
    const at = declaration.indexOf("(");
    const rest = known.get(declaration.slice(0, at));
    if (rest === undefined) return "missing";
    return rest === declaration.slice(at) ? "same" : "another";
  };
}

/**
 * A cell being typed that stands beside TypeScript's program instead of in it: a question at every key then costs no new program and no new
 * checker (4 ms with Node's types, more with every cell). Enters: text and the names of earlier cells it may see. Leaves: the file under which
 * the language service answers for it.
 *
 * How: the service finds a file by `program.getSourceFile`, and a checker finds a name by its file's table of locals. So the file is parsed and
 * bound here, the symbols of earlier cells are put into its table, and the program hands it out. What needs the program itself (imports,
 * additions to the global world) cannot be said so: writeDraft of draft.ts serves that.
 */
import ts from "typescript";
import type { Notebook } from "./notebook.ts";
import { scopeModule } from "./scope.ts";

/** TypeScript's own, not in its types. */
interface Bound extends ts.SourceFile {
  path: string;
  resolvedPath: string;
  originalFileName: string;
  locals?: Map<ts.__String, ts.Symbol>;
  imports: readonly never[];
  moduleAugmentations: readonly never[];
  ambientModuleNames: readonly never[];
}
const { bindSourceFile } = ts as unknown as { bindSourceFile(file: ts.SourceFile, options: ts.CompilerOptions): void };

/** What a loose file cannot say. The word alone is enough: in a comment it costs 4 ms and nothing else. */
const needsProgram = /\b(?:import|require|global|module)\b|\/\/\/\s*</;

/** A checker keeps what it found out of every loose file; after so many questions it is better made anew. */
const mostLoose = 200;

export const canBeLoose = (text: string): boolean => typeof bindSourceFile === "function" && !needsProgram.test(text);

interface Host {
  readonly program: ts.Program;
  /** Names of earlier cells. */
  readonly exports: ReadonlyMap<ts.__String, ts.Symbol>;
  /** The file that is handed out now. */
  file: Bound | undefined;
  count: number;
}

const hosts = new WeakMap<ts.Program, Host>();

/**
 * @param text the file's text; must be a module (`export {}`)
 * @param names of earlier cells, living ones
 * @returns the file's name for the language service, good until the next program or the next loose file
 */
export function openLooseFile(notebook: Notebook, text: string, names: Iterable<string>): string {
  const host = hostOf(notebook);
  const { program } = host;
  const fileName = notebook.file("__lepton_loose__");
  const file = ts.createSourceFile(fileName, text, { languageVersion: ts.ScriptTarget.ESNext }, true) as Bound;
  file.path = file.resolvedPath = file.originalFileName = fileName;
  file.imports = file.moduleAugmentations = file.ambientModuleNames = []; // else the program's work
  bindSourceFile(file, program.getCompilerOptions());
  const checker = program.getTypeChecker();
  for (const name of names) addName(checker, host, file, ts.escapeLeadingUnderscores(name));
  host.file = file;
  host.count++;
  return fileName;
}

/** True when the checker has answered for so many loose files that it should be made anew, while nobody waits. */
export function isWorn(notebook: Notebook): boolean {
  const program = notebook.service.getProgram();
  return (program && (hosts.get(program)?.count ?? 0) >= mostLoose) ?? false;
}

function hostOf(notebook: Notebook): Host {
  const program = notebook.service.getProgram()!;
  const known = hosts.get(program);
  if (known && known.count < 10 * mostLoose) return known;
  if (known) {
    notebook.renewProgram();
    return hostOf(notebook);
  }
  const scope = program.getSourceFile(notebook.file(scopeModule));
  const module = scope && program.getTypeChecker().getSymbolAtLocation(scope);
  const host: Host = { program, exports: module?.exports ?? new Map(), file: undefined, count: 0 };
  const inside = program.getSourceFile;
  program.getSourceFile = (name) => (host.file?.fileName === name ? host.file : inside(name));
  hosts.set(program, host);
  return host;
}

/** The thing itself where it has the same name, so that a variable can be assigned; else the alias, which carries the name. */
function addName(checker: ts.TypeChecker, host: Host, file: Bound, name: ts.__String): void {
  const exported = host.exports.get(name);
  if (exported === undefined || file.locals?.has(name)) return;
  const real = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
  file.locals?.set(name, real.escapedName === name ? real : exported);
}

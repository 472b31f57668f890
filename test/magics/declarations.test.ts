import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";
import { declarationsText } from "../../magics/declarations.ts";
import { fakeVerbs } from "./fake-verbs.ts";

/** Diagnostics of each cell against the declarations; one program for all, because TypeScript's own library is what costs. */
function problems(cells: readonly string[]): string[] {
  const folder = mkdtempSync(path.join(os.tmpdir(), "lepton-declarations-"));
  const write = (name: string, text: string) => {
    writeFileSync(path.join(folder, name), text);
    return path.join(folder, name);
  };
  const extras = { api: "readonly version: string;", members: "interface Extra {}" };
  const declarations = write("lepton.d.ts", declarationsText(fakeVerbs, extras));
  const files = cells.map((cell, index) =>
    write(`cell${index}.ts`, `export {};\nasync function cell() {\n${cell}\n}\n`),
  );
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    target: ts.ScriptTarget.ES2022,
    lib: ["lib.es2022.d.ts"],
    skipLibCheck: true,
    types: [],
  };
  const program = ts.createProgram([declarations, ...files], options);
  const messages = [declarations, ...files].map((file) => {
    const source = program.getSourceFile(file)!;
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return found.map((one) => ts.flattenDiagnosticMessageText(one.messageText, " ")).join("; ");
  });
  rmSync(folder, { recursive: true, force: true });
  expect(messages[0], "the declarations themselves").toBe("");
  return messages.slice(1);
}

test("right calls have no type errors, wrong ones are type errors before they are run", () => {
  const right = `
    const run = await lepton.train({}, { model: "mlp", hidden: [64, 32], epochs: 3, as: "run" });
    const args: readonly unknown[] = run.args;
    await lepton.train("id", { model: (x: number) => x });
    await lepton.runs({ limit: 3 }); await lepton.runs("mlp", { limit: 3 }); await lepton.runs();
    await lepton.sweep({}, { learningRate: { low: 1e-4, high: 1e-1, log: true }, hidden: [[32], [64, 64]] });
    const version: string = lepton.version;
    const options: Lepton.TrainOptions = { epochs: 3 };`;
  const [none, ...wrong] = problems([
    right,
    `await lepton.train({}, { epoch: 3 });`,
    `await lepton.train({}, { epochs: "3" });`,
    `await lepton.train({}, { model: "tree" });`,
    `await lepton.features("t.csv");`,
    `await lepton.trian({});`,
  ]);
  expect(none).toBe("");
  const expected = ["epoch", "number", "tree", "Expected 2 arguments", "trian"];
  for (const [index, part] of expected.entries()) expect(wrong[index]).toContain(part);
}, 120_000);

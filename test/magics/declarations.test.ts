import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";
import { declarationsText } from "../../magics/declarations.ts";
import { fakeVerbs } from "./fake-verbs.ts";

/** Diagnostics of a cell against the declarations. */
function problems(cell: string): string[] {
  const folder = mkdtempSync(path.join(os.tmpdir(), "lepton-declarations-"));
  const file = path.join(folder, "cell.ts");
  const text = declarationsText(fakeVerbs, { api: "readonly version: string;", members: "interface Extra {}" });
  writeFileSync(path.join(folder, "lepton.d.ts"), text);
  writeFileSync(file, `export {};\nasync function cell() {\n${cell}\n}\n`);
  const program = ts.createProgram([path.join(folder, "lepton.d.ts"), file], {
    strict: true,
    noEmit: true,
    target: ts.ScriptTarget.ES2022,
    types: [],
  });
  const found = ts.getPreEmitDiagnostics(program).map((one) => ts.flattenDiagnosticMessageText(one.messageText, " "));
  rmSync(folder, { recursive: true, force: true });
  return found;
}

test("right calls have no type errors: own models, left-out arguments, ranges in a sweep", () => {
  const cell = `
    const run = await lepton.train({}, { model: "mlp", hidden: [64, 32], epochs: 3, as: "run" });
    const args: readonly unknown[] = run.args;
    await lepton.train("id", { model: (x: number) => x });
    await lepton.runs({ limit: 3 }); await lepton.runs("mlp", { limit: 3 }); await lepton.runs();
    await lepton.sweep({}, { learningRate: { low: 1e-4, high: 1e-1, log: true }, hidden: [[32], [64, 64]] });
    const version: string = lepton.version;
    const options: Lepton.TrainOptions = { epochs: 3 };`;
  expect(problems(cell)).toEqual([]);
});

test("wrong calls are type errors before they are run", () => {
  expect(problems(`await lepton.train({}, { epoch: 3 });`).join()).toContain("epoch");
  expect(problems(`await lepton.train({}, { epochs: "3" });`).join()).toContain("number");
  expect(problems(`await lepton.train({}, { model: "tree" });`).join()).toContain("tree");
  expect(problems(`await lepton.features("t.csv");`).join()).toContain("Expected 2 arguments");
  expect(problems(`await lepton.trian({});`).join()).toContain("trian");
});

/** onnxruntime 1.29 and newer tell Microsoft of each session unless they are told not to before they load. What Lepton loads leaves no trace of that. */
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { bundleFolder, sumParts } from "./server/tiny-bundle.ts";

const at = (file: string) => JSON.stringify(path.join(import.meta.dirname, "../..", file));

/** Runs a script with an empty home of its own, without variables that silence onnxruntime by themselves (CI). @returns what it left there */
async function leftAtHome(script: string): Promise<string[]> {
  const home = mkdtempSync(path.join(os.tmpdir(), "lepton-home-"));
  onTestFinished(() => rmSync(home, { recursive: true, force: true, maxRetries: 5 }));
  const env = { PATH: process.env["PATH"], HOME: home, USERPROFILE: home };
  await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], { env });
  return readdirSync(home, { recursive: true, encoding: "utf8" });
}

test("the engine that trains writes nothing into the user's home", async () => {
  const script = `
    const { onnxEngine } = await import(${at("plugins/engine-onnx/index.ts")});
    const { GraphBuilder, add } = await import(${at("magics/graph/index.ts")});
    const { caseProgram } = await import(${at("test/suites/case-program.ts")});
    const b = new GraphBuilder();
    const x = b.input("x", "f32", [2]);
    const executable = await onnxEngine.compile(caseProgram(b.build({ y: add(x, x) })), { device: "cpu", threads: 1 });
    await executable.run("run", { x: { dtype: "f32", shape: [2], data: Float32Array.of(1, 2) } });
    await executable.dispose();`;
  expect(await leftAtHome(script)).toEqual([]);
});

test("the server of a deployed folder writes nothing into the user's home", async () => {
  const folder = await bundleFolder(sumParts());
  const script = `
    const { createServer } = await import(${at("plugins/server/index.ts")});
    const server = await createServer(${JSON.stringify(folder)}, { token: null });
    const url = await server.listen({ host: "127.0.0.1", port: 0 });
    const reply = await fetch(url + "/predict", { method: "POST", body: '{"age": 1, "home": "rent", "owner": null}' });
    if (reply.status !== 200) throw new Error(await reply.text());
    await server.drain(0);`;
  expect(await leftAtHome(script)).toEqual([]);
});

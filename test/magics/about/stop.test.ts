import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { createPlugins, createProvider } from "@lepton/magics";
import { expect, test } from "vitest";
import { stopVerb } from "../../../magics/about/stop.ts";
import { leptonFolder } from "../../../magics/folder.ts";
import { verbs } from "../../../magics/lepton.ts";
import type { Verb } from "../../../magics/verb.ts";
import { fakeHost } from "../fake-host.ts";

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(path.join(os.tmpdir(), "lepton-stop-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test("a variable that cannot be stopped does not hide the deployment of that name", () =>
  inFolder(async (folder) => {
    const stopped: string[] = [];
    const run = { id: "r1" };
    const stop = stopVerb([
      {
        kind: "deployment",
        holds: (value) => value === run,
        names: async () => ["credit"],
        goes: async () => true,
        stop: async (name) => {
          stopped.push(name === run ? "the run" : String(name));
          return `Deployment ${name} is stopped.`;
        },
      },
    ]) as unknown as Verb;
    const provider = createProvider([stop], createPlugins(), { loaders: {} });
    const host = fakeHost(folder, { credit: { name: "a data set" }, run });
    await provider.start(host);
    await provider.run({ line: "stop credit" });
    await provider.run({ line: "stop run" });
    expect(stopped).toEqual(["credit", "the run"]);
  }));

test("of a run and a deployment of one name the one that goes is stopped; when both go, it is asked which", () =>
  inFolder(async (folder) => {
    const going = new Set(["deployment"]);
    const stopped: string[] = [];
    const kinds = ["run", "deployment"].map((kind) => ({
      kind,
      holds: () => false,
      names: async () => ["wine"],
      goes: async () => going.has(kind),
      stop: async () => {
        stopped.push(kind);
        return `${kind} is stopped.`;
      },
    }));
    const provider = createProvider([stopVerb(kinds) as unknown as Verb], createPlugins(), { loaders: {} });
    await provider.start(fakeHost(folder, {}));
    await provider.run({ line: "stop wine" });
    expect(stopped).toEqual(["deployment"]);
    going.add("run");
    await expect(provider.run({ line: "stop wine" })).rejects.toMatchObject({
      code: "LEPTON_NAME_INVALID",
      message: 'stop: a run and a deployment called "wine" go; give the variable of the one that is meant, or its ID.',
    });
    going.clear();
    await provider.run({ line: "stop wine" });
    expect(stopped).toEqual(["deployment", "run"]);
  }));

test("a folder of a run that is damaged does not hide the other names", () =>
  inFolder(async (folder) => {
    mkdirSync(leptonFolder(folder).runs("261121-000000-abcd"), { recursive: true });
    const provider = createProvider(verbs, createPlugins(), { loaders: {} });
    await provider.start(fakeHost(folder, {}));
    await expect(provider.run({ line: "stop nosuch" })).rejects.toMatchObject({
      code: "LEPTON_NAME_UNKNOWN",
      message: 'stop: no run or study or deployment is called "nosuch".',
    });
  }));

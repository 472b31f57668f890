import type { Engine, Program } from "@lepton/contract";
import { LeptonError } from "@lepton/contract";
import { expect, test } from "vitest";
import { createPlugins } from "../../../magics/plugins.ts";
import { openExecutable } from "../../../magics/train/open-executable.ts";

const program: Program = { contract: 1, state: [], entries: {} };
const executable = { dispose: async () => undefined } as never;

/** An engine with these devices; those in `broken` refuse when a program is compiled for them. */
function engine(
  name: string,
  devices: readonly string[],
  broken: readonly string[] = [],
  unavailable: string | null = null,
): Engine {
  return {
    name,
    unavailable: async () => unavailable,
    devices: async () => devices.map((device) => ({ name: device, description: device })),
    async compile(_, { device }) {
      if (broken.includes(device)) throw new LeptonError("LEPTON_DEVICE", `engine ${name}: ${device} is out of order.`);
      return executable;
    },
  };
}

function plugins(...engines: readonly Engine[]) {
  const made = createPlugins();
  for (const one of engines) made.add({ name: `plugin-${one.name}`, contract: 1, engines: [one] }, one.name);
  return made;
}

const open = (device: string, ...engines: readonly Engine[]) =>
  openExecutable(plugins(...engines), program, { device, engine: "auto", threads: 0 });

test("auto takes the first of cuda, mps, webgpu and cpu, whichever engine has it", async () => {
  const opened = await open("auto", engine("a", ["cpu"]), engine("b", ["cpu", "cuda:0", "cuda:1"]));
  expect(opened).toMatchObject({ engine: "b", device: "cuda:0", choice: "--device auto took cuda:0 of engine b." });
});

test("auto goes on where a device refuses, and says why each was not taken", async () => {
  const missing = engine("c", [], [], "libtorch not found; run: lepton engine add torch");
  const {
    engine: name,
    device,
    choice,
  } = await open("auto", engine("a", ["cpu"]), engine("b", ["mps"], ["mps"]), missing);
  expect([name, device]).toEqual(["a", "cpu"]);
  expect(choice).toBe(
    "--device auto took cpu of engine a; cuda: engine c cannot run here (libtorch not found; run: lepton engine add torch); " +
      "mps: engine b: mps is out of order; webgpu: no such device on this machine.",
  );
});

test("a device that was named is taken from the engine that has it, or refused by name", async () => {
  expect(await open("cuda:1", engine("a", ["cpu"]), engine("b", ["cpu", "cuda:0", "cuda:1"]))).toMatchObject({
    engine: "b",
    device: "cuda:1",
    choice: null,
  });
  await expect(open("mps", engine("a", ["cpu"]))).rejects.toThrow(/device mps cannot be used: /);
  await expect(open("gpu", engine("a", ["cpu"]))).rejects.toThrow(
    /device must be auto or one of cuda, mps, webgpu, cpu, got "gpu"/,
  );
});

test("auto without any device that works says all reasons", async () => {
  await expect(open("auto", engine("a", ["cpu"], ["cpu"]))).rejects.toThrow(
    /no device can run this\..*cpu: engine a: cpu is out of order/,
  );
});

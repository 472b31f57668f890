import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { engineCommand } from "../../../../plugins/engine-torch/add/command.ts";
import { pinnedVersion, wheelSets } from "../../../../plugins/engine-torch/add/pins.ts";

test("every wheel is pinned by version and hash, torch for every system", () => {
  for (const { cpu, cuda } of Object.values(wheelSets)) {
    expect(cpu[0]).toMatchObject({ name: "torch", version: pinnedVersion });
    for (const { version, sha256 } of [...cpu, ...(cuda ?? [])]) {
      expect(version).toMatch(/^\d+(\.\d+)+$/);
      expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    }
  }
});

test("other words are refused with what may be said", async () => {
  for (const words of [["add", "tensorflow"], ["remove", "torch"], ["add", "torch", "--gpu"], []])
    await expect(engineCommand(words)).rejects.toThrow("lepton engine add torch [--cuda]");
});

test("an environment without Python is told, and nothing is left behind", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "lepton-add-"));
  const environment = { LEPTON_DATA: folder, VIRTUAL_ENV: path.join(folder, "none") };
  const added = engineCommand(["add", "torch"], { environment, say: () => undefined });
  // On a machine with less than 2 GB free that is told first.
  await expect(added).rejects.toMatchObject({ code: expect.stringMatching(/^LEPTON_(DOWNLOAD|DISK)$/) });
  const left = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  expect(left.map(({ name }) => name)).toEqual([]);
  await rm(folder, { recursive: true });
});

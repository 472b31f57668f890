import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { leptonFolder } from "../../../magics/folder.ts";
import { createLepton } from "../../../magics/lepton.ts";
import { serveControl } from "../../../magics/train/control.ts";
import { keepRun } from "../../../magics/train/kept-runs.ts";
import { makeRun, newRunFolder } from "../../../magics/train/make-run.ts";
import { fakeHost } from "../fake-host.ts";
import { makeSmallDataset } from "./small-data.ts";

const root = mkdtempSync(path.join(tmpdir(), "lepton-kept-"));
afterAll(() => rmSync(root, { recursive: true }));

test("closing a notebook stops the runs it keeps, and only leased those it found in its folder", async () => {
  const place = leptonFolder(root);
  const data = { folder: place.datasets("d"), manifest: makeSmallDataset(place.datasets("d"), { task: "binary" }) };
  const heard = { leases: 0, stops: [] as string[] };
  const run = makeRun(newRunFolder(place), data, { model: "logistic" }, { name: "other", source: "" });
  const process = await serveControl(run.folder, {
    leases: (count) => void (heard.leases = Math.max(heard.leases, count)),
    stop: (reason) => {
      heard.stops.push(reason);
      void process!.close();
    },
    progress: () => undefined,
    where: () => ({ step: 0, epoch: 0 }),
  });

  const looker = fakeHost(root);
  await createLepton({ plugins: {} }).start(looker);
  await vi.waitFor(() => expect(heard.leases).toBe(1), 10_000);
  await looker.shutdown(false);
  expect(heard.stops).toEqual([]);

  const owner = fakeHost(root);
  keepRun(run, owner);
  await owner.shutdown(false);
  expect(heard.stops).toEqual(["the notebook was shut down"]);
});

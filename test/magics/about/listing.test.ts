import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { ListingAnswer } from "@lepton/contract";
import { createPlugins, leptonFolder } from "@lepton/magics";
import { afterEach, beforeEach, expect, test } from "vitest";
import { listFolder } from "../../../magics/about/listing.ts";
import { answerRequest } from "../../../magics/about/listing-requests.ts";
import { StudyBook } from "../../../magics/sweep/study-book.ts";
import { serveControl } from "../../../magics/train/control.ts";
import { fakeHost } from "../fake-host.ts";
import { studySpec } from "../sweep/fakes.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "lepton-listing-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("a study that another process searches is listed as running, and as stopped when that has gone", async () => {
  const place = leptonFolder(folder);
  mkdirSync(place.studies("s1"), { recursive: true });
  const book = StudyBook.create(place.studies("s1"), studySpec());
  const nothing = () => undefined;
  const control = await serveControl(book.folder, {
    stop: nothing,
    progress: nothing,
    leases: nothing,
    where: () => ({ step: 0, epoch: 0 }),
  });
  const kept = { ended: new Map(), studies: new Map() };
  const states = async () => (await listFolder(place, kept)).studies.map(({ state }) => state);
  try {
    expect(await states()).toEqual(["running"]);
  } finally {
    await control!.close();
    book.close();
  }
  expect(await states()).toEqual(["stopped"]);
});

test("what a page cannot be given is answered in a sentence, and what is no request is not answered", async () => {
  const place = { host: fakeHost(folder), folder: leptonFolder(folder), plugins: createPlugins() };
  const ask = (request: object) => answerRequest({ ask: 7, ...request }, place) as Promise<ListingAnswer>;
  const gone = await ask({ type: "deploy", run: "../../etc", name: "x" });
  expect(gone).toEqual({ type: "answer", ask: 7, fault: "there is no run ../../etc in this folder." });
  expect((await ask({ type: "run", run: "../../etc" })).fault).toContain("there is no run");
  expect((await ask({ type: "logs", name: "nothing" })).fault).toContain('no deployment "nothing"');
  expect((await ask({ type: "compare", runs: [] })).fault).toContain("1 to 50 runs");
  expect((await ask({ type: "format the disk" })).fault).toContain("does not know");
  expect(await answerRequest({ type: "compare" }, place)).toBeUndefined();
  expect(await answerRequest(null, place)).toBeUndefined();
});

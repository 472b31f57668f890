import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { lookThrough } from "../../../magics/about/keep.ts";
import { leptonFolder } from "../../../magics/folder.ts";
import { createLepton } from "../../../magics/lepton.ts";
import { journalFile } from "../../../magics/sweep/storage.ts";
import { StudyBook } from "../../../magics/sweep/study-book.ts";
import { type ControlServer, serveControl } from "../../../magics/train/control.ts";
import { fakeHost } from "../fake-host.ts";
import { studySpec } from "./fakes.ts";

let root: string;
let searched: string;
let control: ControlServer;
const nothing = () => undefined;

beforeEach(async () => {
  root = mkdtempSync(path.join(tmpdir(), "lepton-claim-"));
  const place = leptonFolder(root);
  searched = place.studies("s1");
  StudyBook.create(searched, studySpec({ id: "s1", name: "rates" })).close();
  const where = () => ({ step: 0, epoch: 0 });
  control = (await serveControl(searched, {
    stop: () => void control.close(),
    progress: nothing,
    leases: nothing,
    where,
  }))!;
});
afterEach(async () => {
  await control.close();
  rmSync(root, { recursive: true });
});

async function notebook() {
  const host = fakeHost(root);
  const provider = createLepton({ plugins: {} });
  await provider.start(host);
  return { host, magic: (line: string) => provider.run({ line }) };
}

test("a study that is being searched is not resumed, and its journal stays as its searcher writes it", async () => {
  appendFileSync(journalFile(searched), '{"type":"ask","trial":0,"time":1,"para');
  const before = readFileSync(journalFile(searched), "utf8");
  const { magic } = await notebook();
  await expect(magic("sweep --resume s1 --trials 50")).rejects.toThrow("study s1 is being searched already");
  expect(readFileSync(journalFile(searched), "utf8")).toBe(before);
});

test("clean keeps a study that is being searched, also between two trials", async () => {
  const kept = await lookThrough(leptonFolder(root), Number.POSITIVE_INFINITY);
  expect(kept.map(({ id, because }) => [id, because])).toEqual([["s1", "running"]]);
});

test("a damaged study hides no other: it can be stopped by its name", async () => {
  const damaged = leptonFolder(root).studies("s2");
  mkdirSync(damaged);
  writeFileSync(journalFile(damaged), "{}\n");
  const { host, magic } = await notebook();
  await magic("stop rates");
  expect(host.printed.join("")).toContain("Study s1 is stopped");
  await expect(magic("runs rates")).rejects.toThrow('no study "s1"');
  expect(await magic("deployments")).toBeDefined();
});

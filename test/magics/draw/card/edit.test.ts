import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { CARD_TARGET, type CardAnswer, type Comm, type NotebookHost } from "@lepton/contract";
import { afterEach, beforeEach, expect, test } from "vitest";
import { serveCardEdits } from "../../../../magics/draw/card/edit.ts";
import { readHuman } from "../../../../magics/draw/card/human.ts";
import { leptonFolder } from "../../../../magics/folder.ts";

let notebook: string;

beforeEach(() => {
  notebook = mkdtempSync(path.join(os.tmpdir(), "lepton-card-"));
  mkdirSync(leptonFolder(notebook).runs("r1"), { recursive: true });
});
afterEach(() => rmSync(notebook, { recursive: true, force: true }));

/** A page that opens a comm for a run: what it sends, and the answers it got. */
function page(run: string): {
  send(data: unknown): void;
  readonly answers: CardAnswer[];
  readonly closed: () => boolean;
} {
  const answers: CardAnswer[] = [];
  let listener: (data: unknown) => void = () => {};
  let closed = false;
  const comm: Comm = {
    id: "1",
    target: CARD_TARGET,
    send: (data) => answers.push(data as CardAnswer),
    onMessage: (given) => (listener = given),
    onClose: () => {},
    close: () => (closed = true),
  };
  const host = {
    onComm: (_target: string, open: (comm: Comm, data: unknown) => void) => open(comm, { run }),
  } as unknown as NotebookHost;
  serveCardEdits(host, leptonFolder(notebook));
  return { send: (data) => listener(data), answers, closed: () => closed };
}

test("a text written in the page is kept with the run; an empty one takes it back", () => {
  const { send, answers } = page("r1");
  send({ type: "save", key: "intendedUse", text: "To teach." });
  send({ type: "save", key: "ethics", text: "Few." });
  expect(readHuman(leptonFolder(notebook).runs("r1"))).toEqual({ intendedUse: "To teach.", ethics: "Few." });
  send({ type: "save", key: "ethics", text: "" });
  expect(readHuman(leptonFolder(notebook).runs("r1"))).toEqual({ intendedUse: "To teach." });
  expect(answers.map((answer) => answer.type)).toEqual(["saved", "saved", "saved"]);
});

test("unknown parts, long texts and malformed edits are refused in a sentence and change nothing", () => {
  const { send, answers } = page("r1");
  for (const edit of [
    null,
    { type: "save", key: "ethic", text: "x" },
    { type: "save", key: "ethics", text: "x".repeat(20_001) },
  ]) {
    send(edit);
  }
  expect(answers.map((answer) => answer.type)).toEqual(["refused", "refused", "refused"]);
  expect(answers[1]).toMatchObject({ key: "ethic", reason: expect.stringContaining('did you mean "ethics"') });
  expect(readHuman(leptonFolder(notebook).runs("r1"))).toEqual({});
});

test.each(["../r1", "r2", ""])("a run that is not there is refused: %j", (run) => {
  const { answers, closed } = page(run);
  expect(answers).toEqual([expect.objectContaining({ type: "refused", key: null })]);
  expect(closed()).toBe(true);
});

/** What the language service's thread does: news and questions in, answers out, one at a time; executed cells are settled while nobody asks. */
import { parentPort, workerData } from "node:worker_threads";
import { collectAtRest } from "../cells/garbage.ts";
import { plainCell } from "./cell-text.ts";
import { complete } from "./complete.ts";
import { diagnostics } from "./diagnostics.ts";
import { openDraft, soundType, typedNames, writeDraft } from "./draft.ts";
import { readOnePackage } from "./exported.ts";
import { inspect } from "./inspect.ts";
import { isComplete } from "./is-complete.ts";
import { isWorn } from "./loose-file.ts";
import { Notebook, type NotebookOptions } from "./notebook.ts";
import type { ExecutedCell, FromWorker, News, Question, Questions, ToWorker } from "./protocol.ts";
import { settle } from "./settle.ts";
import { signatureHelp } from "./signature.ts";
import { parseCell, topLevelOf } from "./top-level.ts";

type Answers = { [Q in Question]: (notebook: Notebook, ask: Questions[Q]["ask"]) => Questions[Q]["answer"] };

/** Nobody asked for so long: time to settle. */
const idleMs = 100;
/** How long settling may keep a question waiting. */
const settleSliceMs = 25;
/** With more unsettled cells than this a question waits until they are settled: a chain of them would be inferred at once. */
const mostUnsettled = 8;

const answers: Answers = {
  complete: (notebook, ask) => complete(notebook, openDraft(notebook, ask.code, ask.bound, ask.cursor), ask.cursor),
  inspect: (notebook, ask) => inspect(notebook, openDraft(notebook, ask.code, ask.bound), ask.cursor, ask.detail),
  isComplete: (notebook, ask) => isComplete(notebook, ask.code),
  diagnostics: (notebook, ask) => diagnostics(notebook, writeDraft(notebook, ask.code, ask.bound)),
  signatureHelp: (notebook, ask) => signatureHelp(notebook, openDraft(notebook, ask.code, ask.bound), ask.cursor),
};

function hear(notebook: Notebook, news: News): void {
  switch (news.news) {
    case "executed":
      return addCell(notebook, news.cell);
    case "declare":
      return notebook.declare(news.name, soundType(news.type));
    case "remove":
      return notebook.remove(news.id);
    case "declarations":
      notebook.magics = news.magics;
      return notebook.writeGlobals(news.text);
    case "packages":
      return notebook.packagesChanged();
    default:
      news satisfies never;
  }
}

function addCell(notebook: Notebook, cell: ExecutedCell): void {
  const plain = plainCell(cell.source, notebook.magics);
  const text = plain.wholeCell ? "" : plain.text;
  const top = topLevelOf(parseCell(text, notebook.jsx));
  const bound = [...plain.bound, ...cell.bindings].filter(
    ({ name }) => !top.names.has(name) && !notebook.declaredSinceLastCell(name),
  );
  notebook.addCell(
    cell.id,
    text,
    top,
    typedNames(bound, () => false),
  );
}

function unsettledCount(notebook: Notebook): number {
  let count = 0;
  for (const unit of notebook.scope.units.values()) if (!unit.settled) count++;
  return count;
}

/** So much news and so many questions leave garbage worth a collection, which takes a quarter of a second. */
const moved = collectAtRest({ worth: 100, restMs: 2000, mostBytes: Number.POSITIVE_INFINITY, isFree: () => true });

const notebook = new Notebook(workerData as NotebookOptions);
let idle: NodeJS.Timeout | undefined;

function settleWhenIdle(afterMs: number): void {
  clearTimeout(idle);
  idle = setTimeout(() => {
    if (settle(notebook, settleSliceMs)) settleWhenIdle(0);
    else if (readOnePackage(notebook.exported, notebook.folder, notebook.settings.options)) settleWhenIdle(0);
    else {
      notebook.sweep();
      if (isWorn(notebook)) notebook.renewProgram();
      notebook.service.getProgram()?.getTypeChecker(); // the next question finds it made
    }
  }, afterMs);
}

parentPort?.on("message", (message: ToWorker) => {
  moved();
  if ("news" in message) {
    hear(notebook, message);
    settleWhenIdle(idleMs);
    return;
  }
  const { question, number, ask } = message;
  try {
    if (question !== "isComplete" && unsettledCount(notebook) > mostUnsettled)
      settle(notebook, Number.POSITIVE_INFINITY);
    const answer = answers[question](notebook, ask as never);
    parentPort?.postMessage({ number, answer } satisfies FromWorker);
  } catch (error) {
    parentPort?.postMessage({ number, error: String((error as Error).stack ?? error) } satisfies FromWorker);
  }
  if (unsettledCount(notebook) > 0 || notebook.exported.waiting.length > 0 || isWorn(notebook)) settleWhenIdle(idleMs);
});

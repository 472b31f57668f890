import { spawn } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Search } from "../../../magics/sweep/search.ts";
import { journalFile } from "../../../magics/sweep/storage.ts";
import { bestTrial, StudyBook } from "../../../magics/sweep/study-book.ts";
import { studyView } from "../../../magics/sweep/study-view.ts";
import type { TrialOutcome, TrialRunner } from "../../../magics/sweep/trial-runner.ts";
import { fakeLoss, fakeRunner, mistake, studySpec } from "./fakes.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "lepton-study-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function search(book: StudyBook, runner: TrialRunner, workers = 1, signal = new AbortController().signal) {
  await new Search(book, runner, { workers, signal }).run();
}

const parametersOf = (book: StudyBook) => book.trials.map((trial) => trial.parameters);

test("a study runs all its trials and knows the best", async () => {
  const book = StudyBook.create(folder, studySpec());
  await search(book, fakeRunner());
  expect(book.trials.map((trial) => trial.state)).toEqual(new Array(15).fill("finished"));
  const values = book.trials.map((trial) => fakeLoss(trial.parameters));
  expect(bestTrial(book)?.value).toBe(Math.min(...values));
  expect(book.end).toMatchObject({ state: "finished" });
  book.close();
});

test("two workers run two trials at once and never more", async () => {
  const book = StudyBook.create(folder, studySpec());
  const runner = fakeRunner();
  await search(book, runner, 2);
  expect(runner.widest).toBe(2);
  expect(book.trials).toHaveLength(15);
  book.close();
});

test("a maximised metric takes the greatest value", async () => {
  const book = StudyBook.create(folder, studySpec({ direction: "maximize", sampler: "random" }));
  await search(book, fakeRunner());
  expect(bestTrial(book)?.value).toBe(Math.max(...book.trials.map((trial) => fakeLoss(trial.parameters))));
  book.close();
});

test("a study interrupted and resumed goes through the same trials as an undisturbed one", async () => {
  const undisturbed = StudyBook.create(path.join(folder, "a"), studySpec());
  await search(undisturbed, fakeRunner());

  const stop = new AbortController();
  const interrupted = StudyBook.create(path.join(folder, "b"), studySpec());
  const runner = fakeRunner((request) => void (request.number === 12 && stop.abort("interrupted")));
  await search(interrupted, runner, 1, stop.signal);
  expect(interrupted.trials.at(-1)).toMatchObject({ number: 12, state: "open" });
  expect(interrupted.end).toMatchObject({ state: "stopped", reason: "interrupted" });
  interrupted.close();

  const resumed = StudyBook.open(path.join(folder, "b"));
  const second = fakeRunner();
  await search(resumed, second);
  expect(second.started.map((request) => request.number)).toEqual([12, 13, 14]);
  expect(second.started[0]?.earlier).toBe("run-12-13");
  expect(parametersOf(resumed)).toEqual(parametersOf(undisturbed));
  expect(resumed.trials.map((trial) => trial.value)).toEqual(undisturbed.trials.map((trial) => trial.value));
  resumed.close();
  undisturbed.close();
});

test("a failing trial is recorded with its reason and the search goes on", async () => {
  const book = StudyBook.create(folder, studySpec());
  await search(
    book,
    fakeRunner((request) => {
      if (request.number === 2) throw mistake();
      return request.number === 4 ? "the loss became NaN" : undefined;
    }),
  );
  expect(book.trials[2]).toMatchObject({ state: "failed", reason: "train: momentum is an option of sgd." });
  expect(book.trials[4]).toMatchObject({ state: "failed", reason: "the loss became NaN" });
  expect(book.trials.filter((trial) => trial.state === "finished")).toHaveLength(13);
  book.close();
});

test("a trial whose run is stopped by hand is over and the search goes on", async () => {
  const book = StudyBook.create(folder, studySpec({ trials: 5 }));
  const runner = fakeRunner();
  const stopping: TrialRunner = {
    ...runner,
    async start(request, onProgress) {
      const run = await runner.start(request, onProgress);
      if (request.number === 1) run.stop("by hand");
      return run;
    },
  };
  await search(book, stopping);
  expect(book.trials[1]).toMatchObject({ state: "failed", reason: "stopped: by hand" });
  expect(book.trials[4]).toMatchObject({ state: "finished" });
  book.close();
});

test("a mistake that all trials share ends the study with its sentence", async () => {
  const book = StudyBook.create(folder, studySpec());
  const runner = fakeRunner(() => {
    throw mistake();
  });
  await expect(search(book, runner)).rejects.toThrow(
    "the first 3 trials all failed: train: momentum is an option of sgd.",
  );
  expect(book.end).toMatchObject({ state: "failed" });
  book.close();
});

test("a full disk ends the study and leaves its trial to be run again", async () => {
  const book = StudyBook.create(folder, studySpec());
  const full = fakeRunner(({ number }) =>
    number === 3 ? "cannot write events.jsonl: the disk is full; free some space." : undefined,
  );
  await expect(search(book, full)).rejects.toMatchObject({ code: "LEPTON_DISK" });
  expect(book.trials.at(-1)).toMatchObject({ number: 3, state: "open" });
  expect(book.end).toMatchObject({ state: "failed" });
  await search(book, fakeRunner());
  expect(book.trials.every((trial) => trial.state === "finished")).toBe(true);
  book.close();
});

test("a report that cannot be written stops the trial and ends the study with its sentence", async () => {
  const book = StudyBook.create(folder, studySpec({ pruner: "median" }));
  book.report = () => {
    throw new Error("the disk is full");
  };
  const runner: TrialRunner = {
    ...fakeRunner(),
    async start(_request, onProgress) {
      const { promise: outcome, resolve } = Promise.withResolvers<TrialOutcome>();
      const where = { epoch: 1, epochs: 3, seconds: 1 };
      setImmediate(() => onProgress({ ...where, validation: { loss: 1 } }));
      return {
        run: "run-0",
        outcome,
        stop: (reason) => resolve({ ...where, state: "stopped", reason, validation: null }),
      };
    },
  };
  await expect(search(book, runner)).rejects.toThrow("the disk is full");
  expect(book.trials.map(({ state }) => state)).toEqual(["open"]);
  book.close();
});

test("a trial whose metric is not a number fails", async () => {
  const book = StudyBook.create(folder, studySpec({ metric: "rocAuc", trials: 1 }));
  await expect(search(book, fakeRunner())).rejects.toThrow("its rocAuc on validation rows is not a number");
  expect(book.trials[0]).toMatchObject({ state: "failed", reason: "its rocAuc on validation rows is not a number" });
  book.close();
});

test("a run that ended while nobody listened is not run again", async () => {
  const stop = new AbortController();
  const book = StudyBook.create(folder, studySpec());
  await search(
    book,
    fakeRunner((request) => void (request.number === 3 && stop.abort("killed"))),
    1,
    stop.signal,
  );
  const runner = fakeRunner();
  const outcome = {
    state: "finished",
    reason: null,
    seconds: 2,
    epoch: 3,
    epochs: 3,
    validation: { loss: 0.25 },
  } as const;
  await search(book, { ...runner, recover: async () => outcome });
  expect(book.trials[3]).toMatchObject({ state: "finished", value: 0.25 });
  expect(runner.started[0]?.number).toBe(4);
  book.close();
});

test("the median pruner ends each trial that lags behind five finished ones, and no other", async () => {
  const book = StudyBook.create(folder, studySpec({ pruner: "median", sampler: "random", trials: 30 }));
  await search(book, fakeRunner());
  const pruned = book.trials.filter((trial) => trial.state === "pruned");
  expect(pruned.length).toBeGreaterThan(3);
  expect(pruned[0]?.reason).toMatch(/^worse than the median of \d+ trials after epoch 2$/);
  // One after the other, and at an epoch each is the same above its last loss: these can be compared instead.
  const before: number[] = [];
  const expected = book.trials.map((trial) => {
    const loss = fakeLoss(trial.parameters);
    const sorted = before.toSorted((a, b) => a - b);
    const middle = (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
    const lags = before.length >= 5 && loss > middle;
    if (!lags) before.push(loss);
    return lags ? "pruned" : "finished";
  });
  expect(book.trials.map(({ state }) => state)).toEqual(expected);
  book.close();
});

test("a last line cut in half is dropped and the rest is kept", async () => {
  const book = StudyBook.create(folder, studySpec({ trials: 4 }));
  await search(book, fakeRunner());
  book.close();
  appendFileSync(journalFile(folder), '{"type":"tell","tri');
  const again = StudyBook.open(folder);
  expect(again.trials).toHaveLength(4);
  again.plan(5);
  await search(again, fakeRunner());
  again.close();
  expect(StudyBook.open(folder).trials).toHaveLength(5);
});

test("a damaged line in the middle is an error that names the line", () => {
  StudyBook.create(folder, studySpec()).close();
  appendFileSync(journalFile(folder), "rubbish\n");
  expect(() => StudyBook.open(folder)).toThrow(/line 2 of .*journal\.jsonl is damaged: "rubbish"/);
});

test("a process killed in mid-study loses no trial that was told", async () => {
  const script = `
    import { Search } from "./magics/sweep/search.ts";
    import { StudyBook } from "./magics/sweep/study-book.ts";
    import { fakeRunner, studySpec } from "./test/magics/sweep/fakes.ts";
    const book = StudyBook.create(process.argv[1], studySpec({ trials: 100000, sampler: "random" }));
    const search = new Search(book, fakeRunner(), { workers: 2, signal: new AbortController().signal,
      onChange() { const told = book.trials.filter((one) => one.state === "finished").length; console.log(told); } });
    await search.run();`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script, folder], {
    cwd: path.resolve(import.meta.dirname, "../../.."),
    stdio: ["ignore", "pipe", "inherit"],
  });
  let told = 0;
  for await (const text of child.stdout.setEncoding("utf8")) {
    for (const line of String(text).split("\n")) told = Math.max(told, Number(line));
    if (told > 40) child.kill("SIGKILL");
  }
  expect(told).toBeGreaterThan(40);
  const book = StudyBook.open(folder);
  expect(book.trials.filter((trial) => trial.state === "finished").length).toBeGreaterThanOrEqual(told);
  const view = studyView({ fold: { ...viewParts(book) }, active: [], running: false, seq: 1, now: 0 });
  expect(view).toMatchObject({ state: "stopped", reason: "it was cut off; resume it to go on" });
  book.plan(book.trials.length);
  await search(book, fakeRunner(), 2);
  expect(book.trials.every((trial) => trial.state === "finished")).toBe(true);
  book.close();
});

function viewParts({ spec, planned, trials, end }: StudyBook) {
  return { spec, planned, trials, end };
}

test("a view shows running trials with their best value so far and the time left", async () => {
  const book = StudyBook.create(folder, studySpec({ workers: 2 }));
  const views: ReturnType<typeof studyView>[] = [];
  const options = {
    workers: 2,
    signal: new AbortController().signal,
    onChange: () =>
      views.push(studyView({ fold: book, active: one.active, running: true, seq: views.length, now: Date.now() })),
  };
  const one = new Search(book, fakeRunner(), options);
  await one.run();
  const middle = views.find((view) => view.counts.finished === 5 && view.counts.running === 2)!;
  expect(middle.etaSeconds).toBeGreaterThan(0);
  expect(middle.trials.filter((trial) => trial.state === "running").some((trial) => trial.run !== null)).toBe(true);
  expect(views.some((view) => view.trials.some((trial) => trial.state === "running" && trial.value !== null))).toBe(
    true,
  );
  expect(JSON.parse(JSON.stringify(views.at(-1)))).toEqual(views.at(-1));
  book.close();
});

test("a thousand finished trials make a view with the newest and the best", () => {
  const book = StudyBook.create(folder, studySpec({ sampler: "random", trials: 5000 }));
  const trials = Array.from({ length: 1500 }, (_, number) => ({
    ...book.ask(() => false)!,
    number,
    state: "finished" as const,
    value: number === 3 ? 0 : 1,
  }));
  const view = studyView({ fold: { ...viewParts(book), trials }, active: [], running: false, seq: 1, now: 0 });
  expect(view.trials.length).toBeLessThanOrEqual(1000);
  expect(view.trials.some((trial) => trial.number === 3)).toBe(true);
  expect(view.trials.at(-1)?.number).toBe(1499);
  expect(view.counts.finished).toBe(1500);
  book.close();
  expect(readFileSync(journalFile(folder), "utf8").split("\n").length).toBeLessThan(10);
});

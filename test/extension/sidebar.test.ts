import { expect, test } from "vitest";
import { cut, lettersOf } from "../../extension/src/chart/letters.ts";
import { comparedRuns } from "../../extension/src/sidebar/compared.ts";
import { checkListing } from "../../extension/src/sidebar/listing-check.ts";
import { inOrder, ordersOf } from "../../extension/src/sidebar/run-order.ts";
import { listedRun } from "./listed-run.ts";

const run = listedRun({ settings: { loss: "mse" }, notes: { text: "good", tags: ["best"] } });
const study = { id: "s1", name: "study", state: "running", finished: 3, planned: 9, metric: "rocAuc", best: null };
const dataset = { id: "d1", name: "credit", task: "binary", target: "Status", rows: 900, source: "credit.csv" };
const deployment = { name: "risk", version: 2, state: "running", url: "http://127.0.0.1:1", run: run.id };
const listing = {
  version: 1,
  folder: "notebooks",
  runs: [run],
  studies: [study],
  datasets: [dataset],
  deployments: [deployment],
};

test("a listing passes the door as it is", () => {
  expect(checkListing(JSON.parse(JSON.stringify(listing)))).toEqual(listing);
});

test("entries without an ID or a name are left out, what is no number or text in the others too", () => {
  const odd = {
    ...listing,
    runs: [null, 7, { id: 3, name: "x" }, { ...run, metrics: null, notes: { tags: "no" }, epoch: "5", model: {} }, run],
    studies: [null, { ...study, best: {} }],
    datasets: [[], { id: "d" }],
    deployments: [null, { ...deployment, url: null }],
  };
  const checked = checkListing(JSON.parse(JSON.stringify(odd)))!;
  expect(checked.runs).toEqual([{ ...run, metrics: {}, notes: { text: "", tags: [] }, epoch: 0, model: "" }, run]);
  expect(checked.studies).toEqual([study]);
  expect(checked.datasets).toEqual([]);
  expect(checked.deployments).toEqual([{ ...deployment, url: "" }]);
  expect(checkListing({ ...listing, studies: null })).toBeNull();
  expect(checkListing({ ...listing, version: 2 })).toBeNull();
});

test("of more than fifty chosen runs the newest fifty are compared, and it is said", () => {
  const listed = Array.from({ length: 70 }, (_, index) => ({ id: `run-${index}` }));
  const few = comparedRuns(listed, new Set(["run-9", "run-2", "gone"]));
  expect(few).toEqual({ ids: ["run-2", "run-9"], told: "" });
  const many = comparedRuns(listed, new Set(listed.slice(5).map(({ id }) => id)));
  expect([many.ids.length, many.ids[0], many.ids.at(-1)]).toEqual([50, "run-5", "run-54"]);
  expect(many.told).toBe("The newest 50 of the 65 chosen runs are compared: more cannot be told apart.");
});

test("Chinese, Japanese and Korean letters take the room of two, so that names are cut before they overlap", () => {
  expect(["dropout", "学習率", "학습률", "批量 size", "😀"].map(lettersOf)).toEqual([7, 6, 6, 9, 2]);
  expect([cut("学習率の初期値", 7), cut("learningRate", 7), cut("学習率", 6)]).toEqual([
    "学習率…",
    "learni…",
    "学習率",
  ]);
});

test("runs are listed newest first, or by any metric, the best first and those without it last", () => {
  const runs = [
    listedRun({ id: "a", metrics: { loss: 0.4, rocAuc: 0.7 } }),
    listedRun({ id: "b", metrics: {} }),
    listedRun({ id: "c", metrics: { loss: 0.3, rocAuc: 0.9 } }),
    listedRun({ id: "d", metrics: { loss: 0.5, rocAuc: null } }),
  ];
  expect(ordersOf(runs)).toEqual(["newest", "rocAuc", "loss"]);
  const ids = (order: string) =>
    inOrder(runs, order)
      .map(({ id }) => id)
      .join("");
  expect(["newest", "rocAuc", "loss", "gone"].map(ids)).toEqual(["abcd", "cabd", "cadb", "abcd"]);
});

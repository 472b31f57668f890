/**
 * The whole picture of STYLE.md 1 in one short file: a table becomes features, a run, a study, a service, and a prediction over HTTP. Read it first.
 * The same verbs and processes as in a notebook; only the notebook itself is a fake.
 */
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadMagics } from "../kernel/load-magics.ts";
import { type FakeHost, fakeHost } from "./magics/fake-host.ts";

let host: FakeHost;
const magics = await loadMagics();

beforeAll(async () => {
  host = fakeHost(mkdtempSync(path.join(os.tmpdir(), "lepton-tiny-")));
  copyFileSync(path.join(import.meta.dirname, "fixtures", "credit.csv"), path.join(host.folder, "credit.csv"));
  await magics.start(host);
});
afterAll(async () => {
  await host.shutdown(false);
  rmSync(host.folder, { recursive: true, force: true, maxRetries: 5 });
});

/** What the verbs make, as far as it is looked at here. */
interface Made {
  readonly rows: unknown;
  readonly state: string;
  readonly metrics: Readonly<Record<string, number>>;
  readonly trials: readonly { readonly state: string }[];
  readonly url: string;
  readonly headers: Record<string, string>;
  alive(): Promise<boolean>;
}
const lepton = async (line: string) => (await magics.run({ line })) as Made;
const inCode = () => host.bound.get("lepton")!.value as { predict(...args: unknown[]): Promise<unknown> };

test("a CSV row becomes a prediction over HTTP", async () => {
  const credit = await lepton("features credit.csv --target Status --as credit");
  expect(credit.rows).toEqual({ train: 3118, validation: 668, test: 668 });

  const run = await lepton("train credit --model mlp --hidden 16 --epochs 3 --as run");
  expect(run.state).toBe("finished");
  expect(run.metrics.rocAuc).toBeGreaterThan(0.75);

  const study = await lepton(
    "sweep credit --model logistic --learning-rate log:1e-3..1e-2 --epochs 2 --trials 2 --as study",
  );
  expect(study.trials.map((trial) => trial.state)).toEqual(["finished", "finished"]);

  const service = await lepton("deploy run --name tiny --as service");
  const rows = [{ ...(await firstRow()), Home: "houseboat", Income: null }];
  const reply = await fetch(`${service.url}/predict`, {
    method: "POST",
    headers: service.headers,
    body: JSON.stringify({ rows }),
  });
  const served = (await reply.json()) as { prediction: string[]; probabilities: { good: number }[] };
  const [direct] = (await inCode().predict(run, rows)) as Record<string, number>[];
  expect(served.prediction[0]).toBe(direct!["predicted Status"]);
  expect(served.probabilities[0]!.good).toBeCloseTo(direct!["P(good)"]!, 5);

  await lepton("stop tiny");
  expect(await service.alive()).toBe(false);
}, 180_000);

/** The first customer of the table, without the answer. */
async function firstRow(): Promise<Record<string, unknown>> {
  const [row] = (await lepton("head credit.csv --rows 1")) as unknown as Record<string, unknown>[];
  const { Status: _, ...customer } = row!;
  return customer;
}

import { MIME, type StudyView } from "@lepton/contract";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type KernelClient, startKernel } from "./kernel-client.ts";

let kernel: KernelClient;

beforeAll(async () => {
  kernel = await startKernel({ magics: true });
  const made = await kernel.execute(`
    const wave = Array.from({ length: 600 }, (_, i) => [Math.sin(i), Math.cos(3 * i), Math.sin(7 * i)]);
    const rows = await lepton.dataset({ x: wave, y: wave.map(([a, b]) => (a! + b! > 0.2 ? "up" : "down")) }, { name: "waves" });
    rows.task`);
  expect([made.error, made.result]).toEqual([undefined, "'binary'"]);
});
afterAll(() => kernel.stop());

const views = (messages: readonly { readonly content: Readonly<Record<string, unknown>> }[]) =>
  messages.flatMap(({ content }) => (content.data as Record<string, StudyView> | undefined)?.[MIME.study] ?? []);

test("a sweep in a kernel shows progress, is interrupted with a word on how to go on, and goes on", async () => {
  const running = kernel.execute(
    "%lepton sweep rows --learning-rate log:1e-3..1e-1 --hidden 4|8 --epochs 30 --batch-size 8 --trials 6 --workers 2 --as study",
  );
  const isMidway = (view: StudyView) => view.trials.some((trial) => trial.state === "running" && trial.epoch > 0);
  await kernel.published((message) => views([message]).some(isMidway));
  await kernel.request("control", "interrupt_request");
  const { error, messages } = await running;
  expect(error).toMatch(
    /^LEPTON_INTERRUPTED: sweep interrupted after \d of 6 trials; nothing is lost. Go on with: %lepton sweep --resume \S+$/,
  );
  expect(views(messages).at(-1)).toMatchObject({ state: "stopped", planned: 6 });
  expect(messages.filter(({ header }) => header.msg_type === "display_data")).toHaveLength(1);

  const kept = await kernel.execute("study.trials.filter((trial) => trial.state === 'finished').length");
  const resumed = await kernel.execute(
    "%lepton sweep --resume study --as whole\nwhole.trials.map((trial) => trial.state).join()",
  );
  expect(resumed.error).toBeUndefined();
  expect(resumed.result).toBe(`'${new Array(6).fill("finished").join()}'`);
  expect(Number(kept.result)).toBeLessThan(6);
});

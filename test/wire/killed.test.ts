import { MIME, type RunView } from "@lepton/contract";
import { expect, test } from "vitest";
import { restartKernel, startKernel } from "./kernel-client.ts";

test("a kernel killed while it trains: the run lives on, and the kernel after it has the name and the run", async () => {
  const kernel = await startKernel({ magics: true });
  const made = await kernel.execute(`
    const wave = Array.from({ length: 600 }, (_, i) => [Math.sin(i), Math.cos(3 * i), Math.sin(7 * i)]);
    await lepton.dataset({ x: wave, y: wave.map(([a, b]) => (a! + b! > 0.2 ? "up" : "down")) }, { name: "waves", as: "rows" });`);
  expect(made.error).toBeUndefined();
  const line = "%lepton train rows --hidden 8 --epochs 400 --batch-size 8 --as run";
  await kernel.send("shell", "execute_request", { code: line });
  const viewOf = (content: object) => (content as { data?: Record<string, RunView> }).data?.[MIME.run];
  const shown = await kernel.published(({ content }) => (viewOf(content)?.step ?? 0) > 0);
  const gone = new Promise((resolve) => kernel.process.once("exit", resolve));
  kernel.process.kill("SIGKILL");
  await gone;
  const next = await restartKernel(kernel, { magics: true });
  const step = viewOf(shown.content)!.step;
  const { error, result } = await next.execute(
    "await run.refresh(); [run.id, run.view().state, run.view().step > 0].join()",
  );
  expect([error, result]).toEqual([undefined, `'${viewOf(shown.content)!.id},running,true'`]);
  await expect
    .poll(async () => Number((await next.execute("await run.refresh(); run.view().step")).result), { timeout: 60_000 })
    .toBeGreaterThan(step);
  expect((await next.execute("%lepton stop run\nawait run.refresh(); run.view().state")).result).toBe("'stopped'");
  await next.stop();
}, 180_000);

import { afterAll, beforeAll, expect, test } from "vitest";
import { runsMs, scenarios, setUp } from "./interrupts.ts";
import { type KernelClient, startKernel } from "./kernel-client.ts";

let kernel: KernelClient;

beforeAll(async () => {
  kernel = await startKernel();
  await kernel.execute(setUp);
});
afterAll(() => kernel.stop());

test.each(Object.entries(scenarios))("%s is interrupted and variables keep their values", async (_, code) => {
  const running = kernel.execute(code);
  await kernel.published(({ header, content }) => header.msg_type === "execute_input" && content.code === code);
  await new Promise((resolve) => setTimeout(resolve, runsMs(code)));
  const reply = await kernel.request("control", "interrupt_request");
  expect(reply.content.status).toBe("ok");
  const { error } = await running;
  expect(error).toMatch(/^KeyboardInterrupt: /);
  expect((await kernel.execute("kept")).result).toBe("41");
});

test("timers that interrupted cells began are stopped", async () => {
  await kernel.execute("await sleep(50); late = 0; await sleep(50);");
  expect((await kernel.execute("late")).result).toBe("0");
});

test("cells that wait behind an interrupted one are aborted", async () => {
  const code = "for (;;) {} // with one behind it";
  const first = kernel.execute(code);
  const second = kernel.request("shell", "execute_request", { code: "kept = 0" });
  await kernel.published(({ header, content }) => header.msg_type === "execute_input" && content.code === code);
  await new Promise((resolve) => setTimeout(resolve, 150));
  await kernel.request("control", "interrupt_request");
  expect((await first).error).toMatch(/^KeyboardInterrupt/);
  expect((await second).content.status).toBe("aborted");
  expect((await kernel.execute("kept")).result).toBe("41");
});

test("an interrupt while nothing runs does no harm", async () => {
  expect((await kernel.request("control", "interrupt_request")).content.status).toBe("ok");
  expect((await kernel.execute("kept")).result).toBe("41");
});

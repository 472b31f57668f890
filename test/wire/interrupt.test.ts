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

test("what the page asked while a loop ran is heard when the loop is interrupted", async () => {
  const listener = "const until = performance.now() + 80; while (performance.now() < until); comm.send(data);";
  const registered = await kernel.execute(
    `Jupyter.onComm("heard", (comm) => comm.onMessage((data) => { ${listener} }));`,
  );
  expect(registered.error).toBe(undefined);
  await kernel.send("shell", "comm_open", { comm_id: "h1", target_name: "heard", data: {} });
  const code = "for (;;) {} // while the page asks";
  const running = kernel.execute(code);
  await kernel.published(({ header, content }) => header.msg_type === "execute_input" && content.code === code);
  const asked = [1, 2, 3].map((number) => kernel.send("shell", "comm_msg", { comm_id: "h1", data: { number } }));
  await Promise.all(asked);
  await new Promise((resolve) => setTimeout(resolve, 150));
  await kernel.request("control", "interrupt_request");
  expect((await running).error).toMatch(/^KeyboardInterrupt/);
  await kernel.published(({ content }) => (content.data as { number?: number })?.number === 3);
  const answers = kernel.iopub.filter(
    ({ header, content }) => header.msg_type === "comm_msg" && content.comm_id === "h1",
  );
  expect(answers.map(({ content }) => content.data)).toEqual([{ number: 1 }, { number: 2 }, { number: 3 }]);
});

test("an interrupt while nothing runs does no harm", async () => {
  expect((await kernel.request("control", "interrupt_request")).content.status).toBe("ok");
  expect((await kernel.execute("kept")).result).toBe("41");
});

test("what waited for the thread while a loop ran is not ended in its place", async () => {
  const work = "const until = performance.now() + 80; while (performance.now() < until); worked++;";
  await kernel.execute(`let worked = 0; setTimeout(() => { ${work} }, 100); setImmediate(() => undefined);`);
  const running = kernel.execute("for (;;) {}");
  await new Promise((resolve) => setTimeout(resolve, 250));
  await kernel.request("control", "interrupt_request");
  expect((await running).error).toMatch(/^KeyboardInterrupt/);
  expect((await kernel.execute("await sleep(100); worked")).result).toBe("1");
});

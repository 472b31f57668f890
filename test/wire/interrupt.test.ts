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
  await kernel.execute(`let worked = 0; setTimeout(() => { ${work} }, 100);`);
  const running = kernel.execute("for (;;) {}");
  await new Promise((resolve) => setTimeout(resolve, 250));
  await kernel.request("control", "interrupt_request");
  expect((await running).error).toMatch(/^KeyboardInterrupt/);
  expect((await kernel.execute("await sleep(100); worked")).result).toBe("1");
});

test("a command that a timer began to wait for, behind an interrupted loop, is interrupted too", async () => {
  await kernel.execute("setTimeout(() => require('child_process').execSync('sleep 60'), 100);");
  const looping = kernel.execute("for (;;) {} // before a command");
  await new Promise((resolve) => setTimeout(resolve, 200));
  await kernel.request("control", "interrupt_request");
  expect((await looping).error).toMatch(/^KeyboardInterrupt/);
  const behind = kernel.execute("kept");
  await new Promise((resolve) => setTimeout(resolve, 300));
  const began = performance.now();
  await kernel.request("control", "interrupt_request");
  await behind;
  expect(performance.now() - began).toBeLessThan(10_000);
  expect((await kernel.execute("kept")).result).toBe("41");
});

test("a kernel that is shut down ends, whatever waits for its thread", async () => {
  const own = await startKernel();
  await own.execute(
    "Jupyter.onComm('slow', (comm) => comm.onMessage(() => { for (const until = Date.now() + 1000; Date.now() < until; ); }));",
  );
  await own.send("shell", "comm_open", { comm_id: "s1", target_name: "slow", data: {} });
  void own.execute("for (;;) {}");
  await new Promise((resolve) => setTimeout(resolve, 100));
  for (let i = 0; i < 30; i++) await own.send("shell", "comm_msg", { comm_id: "s1", data: {} });
  await new Promise((resolve) => setTimeout(resolve, 100));
  const ended = new Promise<NodeJS.Signals | null>((resolve) =>
    own.process.once("exit", (_, signal) => resolve(signal)),
  );
  const began = performance.now();
  void own.request("control", "shutdown_request", { restart: false });
  expect(await ended).toBe(null); // by itself, not killed
  expect(performance.now() - began).toBeLessThan(5000);
});

test("magics that are interrupted while they load are there for the next cell", async () => {
  const own = await startKernel({ magics: true });
  for (const wait of [0, 20, 40, 60]) {
    const first = own.execute("%lepton runs");
    await new Promise((resolve) => setTimeout(resolve, wait));
    await own.request("control", "interrupt_request");
    await first;
  }
  const { reply } = await own.execute("%lepton runs");
  expect(reply.content.status).toBe("ok");
  await own.stop();
});

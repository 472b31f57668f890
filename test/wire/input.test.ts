import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type KernelClient, startKernel } from "./kernel-client.ts";

let kernel: KernelClient;
beforeAll(async () => {
  kernel = await startKernel();
});
afterAll(() => kernel.stop());

test("what was printed is shown before the question is answered", async () => {
  kernel.onInput = () => undefined;
  const asked = kernel.execute("for (let k = 0; k < 100; k++) console.log('choice', k); prompt('Which? ')");
  await kernel.published(({ content }) => String(content.text).includes("choice 99\n"));
  await kernel.request("control", "interrupt_request");
  kernel.onInput = undefined;
  expect((await asked).error).toMatch(/^KeyboardInterrupt/);
});

test("a question waits for a client whose stdin connects late", async () => {
  const own = await startKernel({ lateStdin: true });
  own.onInput = () => "late";
  const asked = own.execute("console.log('asking'); prompt('?')");
  await own.published(({ content }) => String(content.text).includes("asking"));
  own.connectStdin();
  expect((await asked).result).toBe("'late'");
  await own.stop();
});

test("prompt and password ask the client", async () => {
  const asked: [string, boolean][] = [];
  kernel.onInput = (text, hidden) => {
    asked.push([text, hidden]);
    return `answer ${asked.length} ü`;
  };
  const { result } = await kernel.execute("[prompt('Name? '), await password('Key: ')]");
  kernel.onInput = undefined;
  expect(result).toBe("[ 'answer 1 ü', 'answer 2 ü' ]");
  expect(asked).toEqual([
    ["Name? ", false],
    ["Key: ", true],
  ]);
});

test("a long answer comes whole", async () => {
  const long = `${"ü€".repeat(1_000_000)}.`;
  kernel.onInput = () => long;
  const hash = "require('node:crypto').hash('sha256', answer)";
  const { result } = await kernel.execute(`const answer = prompt("?"); [answer.length, ${hash}]`);
  kernel.onInput = () => "short";
  const next = await kernel.execute("prompt('?')");
  kernel.onInput = undefined;
  expect(result).toContain("2000001,");
  expect(result).toContain(createHash("sha256").update(long).digest("hex"));
  expect(next.result).toBe("'short'");
});

test("a client that takes no input gets an error", async () => {
  expect((await kernel.execute("prompt('?')")).error).toMatch(/^StdinNotAvailable: This client takes no input/);
});

test("a cell that has ended asks nobody, and the kernel goes on", async () => {
  kernel.onInput = () => "unasked";
  await kernel.execute(
    "let refused = ''; setTimeout(() => { try { prompt('?'); } catch (e) { refused = e.message; } }, 50); 1",
  );
  await kernel.execute("while (refused === '') await new Promise((resolve) => setTimeout(resolve, 20));");
  kernel.onInput = undefined;
  expect((await kernel.execute("refused")).result).toContain("The cell that asks has ended");
});

test("a cell that waits for input is interrupted", async () => {
  kernel.onInput = () => undefined;
  const waiting = kernel.execute("prompt('?')");
  await new Promise((resolve) => setTimeout(resolve, 100));
  await kernel.request("control", "interrupt_request");
  kernel.onInput = undefined;
  expect((await waiting).error).toMatch(/^KeyboardInterrupt/);
});

test("an answer to a question that was interrupted does not answer the next one", async () => {
  let answerLate = (_: string) => {};
  const asked = new Promise<void>((resolve) => {
    kernel.onInput = () => {
      resolve();
      return new Promise<string>((answer) => (answerLate = answer));
    };
  });
  const first = kernel.execute("prompt('first?')");
  await asked;
  await kernel.request("control", "interrupt_request");
  await first;
  kernel.onInput = async () => {
    answerLate("late");
    await new Promise((resolve) => setTimeout(resolve, 100));
    return "in time";
  };
  const second = await kernel.execute("prompt('second?')");
  kernel.onInput = undefined;
  expect(second.result).toBe("'in time'");
});

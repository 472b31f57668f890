import { afterEach, expect, test } from "vitest";
import { type KernelClient, startKernel } from "./kernel-client.ts";

let kernel: KernelClient | undefined;

afterEach(() => kernel?.stop());

test("a client that waited for the kernel is welcomed before it hears anything else", async () => {
  kernel = await startKernel(); // it connects before the kernel listens, and tries again
  await kernel.execute("1+1");
  const first = kernel.iopub.slice(0, 3).map(({ header, content }) => content.execution_state ?? header.msg_type);
  expect(first).toEqual(["iopub_welcome", "starting", "busy"]);
});

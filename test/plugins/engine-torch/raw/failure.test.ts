import { expect, test } from "vitest";
import { failureOf } from "../../../../plugins/engine-torch/raw/failure.ts";

test("memory of the CPU, and of a GPU with what is free, in one sentence", () => {
  const cpu = "DefaultCPUAllocator: can't allocate memory: you tried to allocate 4000000000000 bytes. Error code 12";
  expect(failureOf(cpu, "dense1")).toMatchObject({
    code: "LEPTON_MEMORY",
    message: expect.stringMatching(/^dense1: memory ran out: 4000 GB was asked for; lower --batch-size/),
  });
  const cuda =
    "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 79.10 GiB of which 1.50 GiB is free.";
  expect(failureOf(cuda, "conv1")).toMatchObject({
    message: expect.stringMatching(/^conv1: memory ran out: 2\.1 GB was asked for, 1\.6 GB is free; lower/),
  });
});

test("a library without words: an empty tensor that cannot be made is for want of memory, anything else is torch's own error", () => {
  expect(failureOf(undefined, "dense1", 5e6)).toMatchObject({
    code: "LEPTON_MEMORY",
    message: expect.stringContaining("5 MB was asked for"),
  });
  expect(failureOf(undefined, "dense1").message).toMatch(/^dense1: torch: torch failed; its words need torch 2\.13/);
  expect(failureOf("index 7 is out of bounds\nmore", "embedding1").message).toBe(
    "embedding1: torch: index 7 is out of bounds",
  );
});

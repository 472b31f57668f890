import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { findTorch } from "../../../../plugins/engine-torch/find.ts";
import { shimOf, shims } from "../../../../plugins/engine-torch/raw/shims.ts";

test("a list and its length are one argument, results come last", () => {
  expect(shims.get("cat")!.takes.map(({ kind }) => kind)).toEqual(["tensors", "integer", "result"]);
  expect(shims.get("cat")!.types).toEqual(["uint64_t", "int64_t", "int64_t", "uint64_t"]);
  expect(shims.get("convolution")!.takes[2]).toEqual({ name: "bias", kind: "tensor?" });
});

test("an operator's overload is part of its function's name", () => {
  expect(shimOf("mul.Tensor")!.name).toBe("mul_Tensor");
  expect(shimOf("sigmoid")).toBeUndefined();
});

const found = await findTorch();
const folder = "folder" in found ? path.join(found.folder, "../include/torch/csrc/inductor/aoti_torch/generated") : "";
const headerOf = (device: string) => path.join(folder, `c_shim_${device}.h`);

describe.each(["cpu", "cuda"])("the header for %s", (device) => {
  const reason = existsSync(headerOf(device)) ? "" : " (skipped: no installed torch with that header)";
  test.skipIf(reason !== "")(`has every declaration word for word${reason}`, () => {
    const text = readFileSync(headerOf(device), "utf8");
    for (const { declaration } of shims.values()) expect(text).toContain(`aoti_torch_${device}_${declaration};`);
  });
});

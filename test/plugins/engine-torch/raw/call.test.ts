import { expect, test } from "vitest";
import { type Argument, checkArguments } from "../../../../plugins/engine-torch/raw/call.ts";
import { type AtenName, schemaOf } from "../../../../plugins/engine-torch/raw/schemas.ts";

const x = { slot: 0 };
const refused = (name: AtenName, ...given: Argument[]) => expect(() => checkArguments(schemaOf(name), given));

test("too few and too many arguments are refused before the call, with what it takes", () => {
  refused("mul.Tensor", x).toThrow("aten::mul takes 2 arguments (Tensor self, Tensor other), got 1");
  refused("exp", x, x).toThrow("takes 1 arguments");
});

test("an argument of another kind is refused before the call", () => {
  refused("mul.Tensor", x, 2).toThrow("aten::mul: other must be Tensor, got 2");
  refused("reshape", x, [1.5]).toThrow("shape must be int[], got [1.5]");
  refused("reshape", x, [x]).toThrow("shape must be int[]");
  refused("amax", x, [0], 1).toThrow("keepdim must be bool");
  refused("cat", [x, null], 0).toThrow("tensors must be Tensor[]");
  refused("permute", x, [Number.NaN]).toThrow("dims must be int[]");
  refused("argmax", x, 2 ** 60, false).toThrow("dim must be int?");
});

test("what the schema allows passes", () => {
  checkArguments(schemaOf("index.Tensor"), [x, [null, x]]);
  checkArguments(schemaOf("sum.dim_IntList"), [x, null, true, "f32"]);
  checkArguments(schemaOf("pad"), [x, [0, 1], "constant", Number.NEGATIVE_INFINITY]);
});

import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { findTorch } from "../../../../plugins/engine-torch/find.ts";
import { parseDeclaration, schemas } from "../../../../plugins/engine-torch/raw/schemas.ts";

test("a declaration becomes kinds, with SymInt as int and sizes left out", () => {
  const schema = parseDeclaration(
    'f.out(Tensor(a!) self, SymInt[2] size, int[1]? dim, bool[3] mask, *, str mode="x", float? value=None) -> (Tensor, Tensor(a))',
  );
  expect(schema).toMatchObject({ name: "f", overload: "out", results: 2 });
  expect(schema.takes.map(({ kind }) => kind)).toEqual(["Tensor", "int[]", "int[]?", "bool[]", "str", "float?"]);
  expect(schema.takes.map(({ name }) => name)).toEqual(["self", "size", "dim", "mask", "mode", "value"]);
});

test("a type without an encoding is refused, not guessed", () => {
  expect(() => parseDeclaration("add.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor")).toThrow(
    "Scalar",
  );
});

test("views are known as such", () => {
  expect(schemas.get("permute")!.isView).toBe(true);
  expect(schemas.get("clone")!.isView).toBe(false);
});

const found = await findTorch();
const file =
  "folder" in found ? path.join(found.folder, "../../torchgen/packaged/ATen/native/native_functions.yaml") : "";

const reason = existsSync(file) ? "" : " (skipped: no installed torch with that file)";

test.skipIf(reason !== "")(
  `every declaration stands word for word in the wheel's native_functions.yaml${reason}`,
  () => {
    const text = readFileSync(file, "utf8");
    for (const { declaration } of schemas.values()) expect(text).toContain(`- func: ${declaration}\n`);
  },
);

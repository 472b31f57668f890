import { expect, test } from "vitest";
import { leptonFolder } from "../../magics/folder.ts";

test("everything of a notebook lies in .lepton beside it", () => {
  expect(leptonFolder("/nb").runs("r1")).toBe("/nb/.lepton/runs/r1");
  expect(leptonFolder("/nb").deployments("credit", 2)).toBe("/nb/.lepton/deployments/credit/v2");
});

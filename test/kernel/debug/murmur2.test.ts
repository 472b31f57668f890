import { expect, it } from "vitest";
import { murmur2 } from "../../../kernel/debug/murmur2.ts";

// Made with ipykernel 7.4.0: ipykernel.compiler.murmur2_x86(text, 0xc70f6907).
it.each([
  ["", 3990065800],
  ["a", 2167009006],
  ["ab", 2805137849],
  ["abc", 3350977461],
  ["abcd", 804720481],
  ["const a = 1;\nconst b = 2;", 2346039069],
  ["'😀é'; 1", 1944982330],
])("hashes %j as ipykernel and JupyterLab do", (text, hash) => {
  expect(murmur2(text, 0xc70f6907)).toBe(hash);
});

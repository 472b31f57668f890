import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { leptonFolder } from "../../../magics/folder.ts";
import { createPlugins } from "../../../magics/plugins.ts";
import { createProvider } from "../../../magics/provider.ts";
import { runIds } from "../../../magics/train/kept-runs.ts";
import { trainVerbs } from "../../../magics/train/verbs.ts";
import type { Verb } from "../../../magics/verb.ts";
import { fakeHost } from "../fake-host.ts";
import { makeSmallDataset } from "./small-data.ts";

const root = mkdtempSync(path.join(tmpdir(), "lepton-lines-"));
afterAll(() => rmSync(root, { recursive: true }));
const place = leptonFolder(root);
const data = { folder: place.datasets("d"), manifest: makeSmallDataset(place.datasets("d"), { task: "binary" }) };
writeFileSync(path.join(root, "own.ts"), "// a comment\nexport const width = (n: number): number => n;\n");

/** What the cell `%%lepton train data` with this text under it says. */
async function said(body: string): Promise<{ code: string; message: string }> {
  const provider = createProvider(trainVerbs as readonly Verb[], createPlugins());
  await provider.start(fakeHost(root, { data, twice: (n: number) => 2 * n }));
  return provider.run({ line: "train data", body }).then(
    () => ({ code: "none", message: "it ran" }),
    ({ code, message }) => ({ code, message }),
  );
}

test.each<[string, string, string, RegExp]>([
  [
    "shapes that do not fit",
    "// my model\n(x: Lepton.Tensor, nn: Lepton.Nn) => {\n\n  const h = nn.dense(x, twice(4));\n  return h.matmul(nn.parameter('w', [5, 1]));\n}",
    "LEPTON_SHAPE",
    /matmul: .*\[B, 8\] and f32 \[5, 1\]; line 6 of the cell: return h\.matmul\(nn\.parameter\('w', \[5, 1\]\)\);$/,
  ],
  [
    "a layer's mistake",
    "interface Options {\n  a: number;\n}\nfunction model(x: any, nn: any) {\n  const h = nn.dense(x, 4, { name: 'neck' });\n  return nn.lstm(h, 4).outputs;\n}",
    "LEPTON_SHAPE",
    /lstm1: needs shape \[rows, time, features\], got \[B, 4\]; line 7 of the cell: return nn\.lstm\(h, 4\)\.outputs;$/,
  ],
  [
    "a model of one line",
    "(x, nn, { outputs }) => nn.dense(nn.lstm(x, 8).outputs, outputs)",
    "LEPTON_SHAPE",
    /lstm1: needs shape \[rows, time, features\], got \[B, 6\]; line 2 of the cell: \(x, nn, \{ outputs \}\) => nn\.dense\(/,
  ],
  [
    "what the model throws, with a bundled import",
    "import { width } from './own.ts';\n\nexport default (x, nn) => {\n  const h = nn.dense(x, width(3));\n  return undefinedName.add(h, (undefined as any).x);\n}",
    "LEPTON_CAPTURE",
    /undefinedName/,
  ],
  [
    "what the model throws in a bundled module",
    "import { width } from './own.ts';\n\nexport default (x, nn) => {\n  const h = nn.dense(x, width(3));\n  return h.nope(1);\n}",
    "LEPTON_MODEL",
    /your model or loss threw TypeError: h\.nope is not a function; line 6 of the cell: return h\.nope\(1\);$/,
  ],
  ["nothing", "\n  \n", "LEPTON_MODEL", /line 2 of the cell must be a function such as \(x, nn\)/],
  ["a number", "42", "LEPTON_MODEL", /must be a function of \(x, nn\).*; it is a number, line 2 of the cell: 42$/],
  ["a call that gives no function", "twice(2)", "LEPTON_MODEL", /must be a function of \(x, nn\), got number/],
  [
    "text cut off",
    "const k = 3;\n(x, nn) =>",
    "LEPTON_MODEL",
    /Unexpected end of file, line 3 of the cell: \(x, nn\) =>$/,
  ],
  [
    "statements without a function",
    "const a = 1;\na + 1;",
    "LEPTON_MODEL",
    /ends with an expression statement, line 3 of the cell: a \+ 1;$/,
  ],
])("%s in a cell is told with its line, and no run is left", async (_, body, code, message) => {
  const got = await said(body);
  expect(got.message).toMatch(message);
  expect(got.code).toBe(code);
  expect(runIds(place)).toEqual([]);
});

import { expect, test } from "vitest";
import { checkCurves, checkSamples } from "../../extension/src/run/extras-check.ts";

const classCurves = {
  ...{ name: "good", positives: 2, rocAuc: 0.8, averagePrecision: null, brier: 0.1 },
  roc: { falsePositiveRate: [0, 1], truePositiveRate: [0, 1] },
  pr: { recall: [0, 1], precision: [1, 0.5] },
  calibration: { predicted: [0.5], observed: [0.4], rows: [3] },
};
const curves = { split: "test", rows: 3, classes: [classCurves], targets: [], confusion: null };

test("curves whose areas are no numbers are left out, for they would fail when they are drawn", () => {
  expect(checkCurves(curves)?.classes).toHaveLength(1);
  for (const wrong of [{ rocAuc: "0.8" }, { averagePrecision: undefined }, { brier: {} }])
    expect(checkCurves({ ...curves, classes: [{ ...classCurves, ...wrong }] }), JSON.stringify(wrong)).toBeNull();
});

const sample = { row: 1, actual: "a", predicted: "b", probability: 0.9, isRight: false, values: [1, 2] };
const rows = { split: "test", task: "binary", image: null, features: ["x", "y"], samples: [sample] };
const bytes = Buffer.alloc(12).toString("base64");
const images = { ...rows, image: [2, 2, 3], features: [], samples: [{ ...sample, pixels: bytes }] };

test("sample rows with a probability that is none, and images whose bytes are too few or no base64, are refused", () => {
  expect(checkSamples(rows)?.samples).toHaveLength(1);
  expect(checkSamples(images)?.samples).toHaveLength(1);
  for (const wrong of [{ probability: "sure" }, { probability: undefined }, { isRight: 1 }, { values: [null, "x"] }])
    expect(checkSamples({ ...rows, samples: [{ ...sample, ...wrong }] }), JSON.stringify(wrong)).toBeNull();
  for (const pixels of ["", `${bytes}AAAA`, bytes.replace("A", "!"), 7])
    expect(checkSamples({ ...images, samples: [{ ...sample, pixels }] }), String(pixels)).toBeNull();
  expect(checkSamples({ ...rows, task: undefined })).toBeNull();
});

test("rows have their own values where every row has one a column; else training's numbers are shown", () => {
  const raw = ["x".repeat(1000), 4, null];
  const own = checkSamples({ ...rows, columns: ["Job", "Age", "Housing"], samples: [{ ...sample, raw }] });
  expect(own?.columns).toEqual(["Job", "Age", "Housing"]);
  expect(own?.samples[0]?.raw).toEqual(["x".repeat(200), 4, null]);
  for (const wrong of [["Job"], "Job", [1, 2, 3]]) {
    const less = checkSamples({ ...rows, columns: wrong, samples: [{ ...sample, raw }] });
    expect([less?.columns, less?.samples[0]?.raw, less?.samples[0]?.values]).toEqual([undefined, undefined, [1, 2]]);
  }
  const odd = checkSamples({ ...rows, columns: ["a"], samples: [{ ...sample, raw: [{ toString: null }] }] });
  expect(odd?.samples[0]?.raw).toEqual([null]);
});

import { expect, test } from "vitest";
import { didYouMean, nearestName } from "../../../magics/data/nearest-name.ts";

test("a mistyped name finds the one that was meant, whatever its case", () => {
  expect(nearestName("agee", ["age", "fare", "sex"])).toBe("age");
  expect(nearestName("status", ["Seniority", "Status"])).toBe("Status");
  expect(nearestName("trian", ["train", "sweep"])).toBe("train"); // two letters that changed places
  expect(nearestName("trxyn", ["train", "sweep"])).toBeUndefined();
  expect(didYouMean("incme", ["Income", "Age"])).toBe('; did you mean "Income"?');
});

test("a name that is like none is given none", () => {
  expect(nearestName("zzzz", ["age", "fare"])).toBeUndefined();
  expect(nearestName("age", [])).toBeUndefined();
  expect(didYouMean("zzzz", ["age"])).toBe(".");
});

test("initials and a single word of a name find it: --lr, auc", () => {
  const options = ["--l2", "--learning-rate", "--batch-size", "--batch-norm", "--weight-decay"];
  expect(nearestName("--lr", options)).toBe("--learning-rate");
  expect(nearestName("bs", ["batchSize", "seed"])).toBe("batchSize");
  expect(nearestName("--l2", options)).toBe("--l2");
  expect(nearestName("auc", ["loss", "accuracy", "rocAuc"])).toBe("rocAuc");
  expect(nearestName("age", ["customer age", "fare"])).toBe("customer age");
  expect(nearestName("--batch", options)).toBeUndefined(); // size or norm
});

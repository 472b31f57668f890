import { headlineMetric, lessIsBetter, metricsByWorth } from "@lepton/contract";
import { expect, test } from "vitest";

test("metrics come in the order in which a reader asks for them, unknown ones last in their own order", () => {
  expect(metricsByWorth(["zeta", "loss", "ROC-AUC", "alpha", "accuracy"])).toEqual([
    "ROC-AUC",
    "accuracy",
    "loss",
    "zeta",
    "alpha",
  ]);
});

test("the headline is the first of them that has a number", () => {
  expect(headlineMetric({ loss: 0.3, roc_auc: null, accuracy: 0.8 })).toBe("accuracy");
  expect(headlineMetric({ mine: 1 })).toBeUndefined();
});

test("less is better for errors and losses, not for what only sounds alike", () => {
  expect(["mse", "RMSE", "mae", "validationLoss", "Brier"].every(lessIsBetter)).toBe(true);
  expect(["accuracy", "f1", "summary", "rocAuc"].some(lessIsBetter)).toBe(false);
});

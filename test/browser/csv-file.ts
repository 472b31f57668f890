/** What a page's CSV button gives. Enters: a page with a run; leave: numbers of the file that is downloaded. */
import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";

/** The steps of the training loss of the first run: all that the page holds. */
export async function lossSteps(page: Page): Promise<number[]> {
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.locator(".lepton-Run button", { hasText: "CSV" }).first().click(),
  ]);
  const lines = readFileSync(await file.path(), "utf8").split("\n");
  return lines.filter((line) => line.startsWith("train,loss,")).map((line) => Number(line.split(",")[2]));
}

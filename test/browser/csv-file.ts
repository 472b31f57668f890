/** What a page's CSV button gives. Enters: a page with a run; leave: numbers of the file that is downloaded. */
import { readFileSync } from "node:fs";
import type { Locator, Page } from "playwright-core";

/** The steps of the training loss of the first run, or of another: all that the page holds. */
export async function lossSteps(page: Page, run: Locator = page.locator(".lepton-Run").first()): Promise<number[]> {
  const [file] = await Promise.all([page.waitForEvent("download"), run.getByRole("button", { name: "CSV" }).click()]);
  const lines = readFileSync(await file.path(), "utf8").split("\n");
  return lines.filter((line) => line.startsWith("train,loss,")).map((line) => Number(line.split(",")[2]));
}

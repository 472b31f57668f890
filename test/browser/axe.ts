/** What axe, the checker of accessibility, calls serious or critical in some panels of a page. */
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

/** @param panels  selectors. @throws when a selector finds nothing: a panel that is not there has no faults */
export async function seriousFaults(page: Page, panels: readonly string[]): Promise<unknown> {
  for (const panel of panels) {
    if ((await page.locator(panel).count()) === 0) throw new Error(`axe: no ${panel} in the page`);
  }
  if (!(await page.evaluate("'axe' in window"))) {
    await page.addScriptTag({ path: createRequire(import.meta.url).resolve("axe-core") });
  }
  return page.evaluate(`window.axe.run({ include: ${JSON.stringify(panels.map((panel) => [panel]))} }).then((done) => done.violations
    .filter((one) => one.impact === 'serious' || one.impact === 'critical')
    .map((one) => one.id + ': ' + one.nodes.slice(0, 4).map((node) => node.html.slice(0, 160) + ' ' + node.failureSummary).join(' | ')))`);
}

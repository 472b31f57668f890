/** Whether the keyboard gets everywhere. Enters: a page and a panel; leaves: the controls in sight that Tab does not reach, one after the other from the first. */
import type { Page } from "playwright-core";

const controls = "button, select, input, textarea, summary, a[href], [tabindex]";

/** Marks the panel's controls in sight that take part in the tab order, focuses the first, and returns how many there are. */
const mark = (panel: string) => `(() => {
  const all = [...document.querySelector(${JSON.stringify(panel)}).querySelectorAll(${JSON.stringify(controls)})].filter((node) =>
    node.tabIndex >= 0 && !node.disabled && node.checkVisibility({ visibilityProperty: true }) && node.getClientRects().length > 0);
  all.forEach((node, at) => (node.dataset.tabOrder = String(at)));
  all[0]?.focus();
  return all.length;
})()`;

/** @param panel  selector of one panel. @returns labels of the controls that were not reached; the number of all */
export async function unreached(
  page: Page,
  panel: string,
): Promise<{ readonly all: number; readonly missed: readonly string[] }> {
  const all = (await page.evaluate(mark(panel))) as number;
  const reached = new Set<string>();
  // Chromium stops at boxes that scroll too, though they are no controls.
  for (let press = 0; press <= all + 12 && reached.size < all; press++) {
    const at = await page.evaluate("document.activeElement?.dataset?.tabOrder ?? ''");
    if (at !== "") reached.add(String(at));
    await page.keyboard.press("Tab");
  }
  const missed = await page.evaluate(`[...document.querySelectorAll("[data-tab-order]")]
    .filter((node) => !${JSON.stringify([...reached])}.includes(node.dataset.tabOrder)).map((node) => node.outerHTML.slice(0, 120))`);
  await page.evaluate(
    'document.querySelectorAll("[data-tab-order]").forEach((node) => node.removeAttribute("data-tab-order"))',
  );
  return { all, missed: missed as string[] };
}

/**
 * Tests that share a lab and a browser of their own: both start before the first test and end after the last one, also where only one of them started. Apart
 * from lab.ts because that is used without vitest too (pictures.ts, the chart benches).
 */
import { copyFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe } from "vitest";
import { root } from "../../.house/environment.mjs";
import { type App, browserFault, type Lab, notebookFile, openNotebook, startBrowser, startLab } from "./lab.ts";

export interface InLab {
  readonly lab: Lab;
  readonly browser: Browser;
  /** Write a notebook into the lab's folder; a text is a cell without outputs. */
  write(name: string, cells: readonly (string | { source: string; outputs?: readonly unknown[] })[]): void;
  /** Put the table test/fixtures/credit.csv into the lab's folder. */
  addCredit(): void;
  /** @param prepare  what is done to the page before anything is loaded */
  open(name: string, prepare?: (page: Page) => Promise<unknown>): Promise<{ page: Page; faults: string[] }>;
}

interface Wanted {
  readonly title: string;
  readonly app?: App;
  /** By plugin, as a user would have set them in the settings editor. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** Where no browser can run, the tests are skipped with the reason in their title. */
export function describeInLab(what: string | Wanted, tests: (here: InLab) => void): void {
  const { title, app = "lab", settings = {} } = typeof what === "string" ? { title: what } : what;
  const fault = browserFault(app);
  describe.skipIf(fault)(`${title}${fault ? ` (${fault})` : ""}`, () => {
    const started: { lab?: Lab; browser?: Browser } = {};
    beforeAll(async () => {
      const starting = [
        startLab(settings, app).then((lab) => (started.lab = lab)),
        startBrowser().then((browser) => (started.browser = browser)),
      ];
      // Both are waited for: one that comes after the other failed is ended below too.
      for (const one of await Promise.allSettled(starting)) if (one.status === "rejected") throw one.reason;
    }, 240_000);

    afterAll(async () => {
      await started.browser?.close();
      await started.lab?.stop();
    });

    tests({
      get lab() {
        return started.lab!;
      },
      get browser() {
        return started.browser!;
      },
      write(name, cells) {
        const whole = cells.map((cell) => (typeof cell === "string" ? { source: cell } : cell));
        writeFileSync(path.join(this.lab.folder, name), notebookFile(whole));
      },
      addCredit() {
        copyFileSync(path.join(root, "test", "fixtures", "credit.csv"), path.join(this.lab.folder, "credit.csv"));
      },
      open(name, prepare) {
        return openNotebook(this.browser, this.lab, name, prepare);
      },
    });
  });
}

/** What a user does with the kernel all day, in JupyterLab and in Notebook 7: run, complete, ask, interrupt, answer, read errors, debug. */
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { describeInLab } from "./in-lab.ts";
import { type App, command, kernelIdle } from "./lab.ts";

const cells = {
  run: `const rows = [{ age: 31, name: 'Ada' }];
/** How much of *a* is in b. */
function share(a: number, b: number): number {
  const part = a / b;
  return part;
}
console.log('printed');
rows`,
  complete: "rows[0].",
  inspect: "share",
  loop: "while (true) {}",
  ask: "const who: string = prompt('Who? ') ?? '';\nwho.toUpperCase()",
  mistyped: "const wrong: string = rows[0].age;\nwrong",
  fail: "display.html('<b>bold</b>');\nthrow new Error('on purpose', { cause: new TypeError('below') })",
  debug: "let total = share(1, 4);\ntotal",
} as const;
const names = Object.keys(cells) as (keyof typeof cells)[];
const apps: readonly App[] = ["lab", "notebook-7"];

for (const app of apps)
  describeInLab({ title: `in ${app}`, app }, (here) => {
    let page: Page;

    beforeAll(async () => {
      here.write(
        "kernel.ipynb",
        names.map((name) => cells[name]),
      );
      ({ page } = await here.open("kernel.ipynb"));
      await kernelIdle(page);
    }, 240_000);

    const cell = (name: keyof typeof cells) => page.locator(".jp-Notebook .jp-Cell").nth(names.indexOf(name));
    const output = (name: keyof typeof cells) => cell(name).locator(".jp-OutputArea");
    const shows = (name: keyof typeof cells, text: string | RegExp) => {
      const seen = expect.poll(() => output(name).innerText(), { timeout: 30_000 });
      return typeof text === "string" ? seen.toContain(text) : seen.toMatch(text);
    };
    const edit = async (name: keyof typeof cells) => {
      await cell(name).locator(".cm-content").click();
      await page.keyboard.press("Control+End");
    };
    const run = async (name: keyof typeof cells) => {
      await edit(name);
      await page.keyboard.press("Shift+Enter");
    };

    test("a cell is coloured as TypeScript, and runs", async () => {
      // Without a known language the text is one piece.
      await cell("run")
        .locator(".cm-line span", { hasText: /^function$/ })
        .waitFor({ timeout: 30_000 });
      await run("run");
      await shows("run", /^printed\n[\s\S]*\[ \{ age: 31, name: 'Ada' \} \]$/);
    });

    test("Tab completes with types, Shift+Tab shows the type and its documentation", async () => {
      await edit("complete");
      const completer = page.locator(".jp-Completer");
      const offered = async () => {
        if (!(await completer.isVisible())) await page.keyboard.press("Tab");
        await completer.waitFor({ timeout: 1500 }).catch(() => undefined); // JupyterLab drops an answer that comes late
        return completer.isVisible().then((shown) => (shown ? completer.innerText() : ""));
      };
      await expect.poll(offered, { timeout: 60_000, interval: 500 }).toMatch(/age\s+property[\s\S]*name\s+property/);
      await page.keyboard.press("Enter");
      await expect.poll(() => cell("complete").locator(".cm-content").innerText()).toBe("rows[0].age");
      await edit("inspect");
      await page.keyboard.press("Shift+Tab");
      const tooltip = page.locator(".jp-Tooltip");
      await expect
        .poll(() => tooltip.innerText(), { timeout: 30_000 })
        .toMatch(/function share\(a: number, b: number\): number\s+How much of a is in b/);
      await page.keyboard.press("Escape");
    });

    test("the stop button ends a loop with KeyboardInterrupt, and variables keep their values", async () => {
      await run("loop");
      await page.locator('[data-jp-item-name="interrupt"], [data-command="notebook:interrupt-kernel"]').first().click();
      await shows("loop", "KeyboardInterrupt: The cell was interrupted; variables keep their values.");
      await kernelIdle(page); // what is sent before counts as queued behind the interrupted cell, and is aborted
      await run("complete");
      await shows("complete", "31");
    });

    test("a cell asks, and gets the answer", async () => {
      await run("ask");
      const field = page.locator(".jp-Stdin-input");
      await field.waitFor({ timeout: 30_000 });
      await field.fill("Ada");
      await page.keyboard.press("Enter");
      await shows("ask", "'ADA'");
    });

    test("type errors are shown and the cell runs; an error has its place and its cause", async () => {
      await run("mistyped");
      await shows("mistyped", "TypeScript, line 1, column 7: Type 'number' is not assignable to type 'string'");
      await shows("mistyped", /^31$/m);
      await run("fail");
      await shows("fail", /bold\s+Error: on purpose\n2 \| throw[\s\S]*Cell \d+:2:7[\s\S]*\[cause\]: TypeError: below/);
    });

    test("the debugger stops at a breakpoint of an earlier cell, shows stack and values, steps and goes on", async () => {
      await page.locator(".jp-DebuggerBugButton[aria-disabled=false], .jp-DebuggerBugButton:not([disabled])").click();
      await page.waitForSelector(".jp-DebuggerBugButton[aria-pressed=true]", { timeout: 30_000 });
      await command(page, "debugger:show-panel");
      await cell("run").locator(".cm-breakpoint-gutter .cm-gutterElement").nth(4).click({ timeout: 30_000 });
      await page.locator(".jp-DebuggerBreakpoint").first().waitFor({ state: "attached", timeout: 30_000 });
      await run("debug");
      const stack = page.locator(".jp-DebuggerCallstack").first();
      await expect.poll(() => stack.innerText(), { timeout: 30_000 }).toMatch(/^share\s+\S+:4\s+cell\s+\S+:1$/);
      const variables = page.locator(".jp-DebuggerVariables").first();
      await expect.poll(() => variables.innerText(), { timeout: 30_000 }).toMatch(/a\s*1\s+b\s*4/);
      await command(page, "debugger:next");
      await expect.poll(() => stack.innerText(), { timeout: 30_000 }).toMatch(/^share\s+\S+:5\s/);
      await expect.poll(() => variables.innerText(), { timeout: 30_000 }).toMatch(/part\s*0\.25/);
      await command(page, "debugger:continue");
      await shows("debug", "0.25");
    });
  });

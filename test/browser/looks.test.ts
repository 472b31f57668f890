/**
 * Charts look as they did: pictures of a real JupyterLab against small goldens in test/golden/looks. Fonts and browsers differ between machines, so a picture
 * is taken without texts and reduced to 64 by 24 cells, and what counts is how much of the ink is elsewhere. `LEPTON_LOOKS=write` with vitest writes the goldens anew: look at them.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { MIME } from "@lepton/contract";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { runView, studyView } from "../magics/draw/views.ts";
import { describeInLab } from "./in-lab.ts";
import { changeTheme } from "./lab.ts";

const goldens = path.resolve(import.meta.dirname, "../golden/looks");
const [columns, rows] = [64, 24];
/** Of the golden's ink that may lie elsewhere: a chart 12 px narrower moves 0.12 of it, an empty one lacks 0.48 (the card's grid stays) to 1. */
const tolerance = 0.3;

const fall = (t: number) => 1 - Math.exp(-4 * t);
const ratios = Array.from({ length: 41 }, (_, index) => index / 40);
const card = (lines: readonly unknown[]) => ({
  ...{ version: 1, run: "credit-mlp-1", name: "credit-mlp-1", createdAt: "2026-01-01T00:00:00Z", metadata: {} },
  sections: [
    {
      title: "Quantitative Analyses",
      blocks: [
        {
          ...{ kind: "chart", title: "ROC", xLabel: "false positive rate", yLabel: "true positive rate" },
          ...{ hasDiagonal: true, isUnit: true, lines },
        },
      ],
    },
  ],
});
const roc = { name: "good", x: ratios, y: ratios.map((t) => fall(t) / fall(1)), drawn: "line" };
// Without any trial a study draws no chart, but says so.
const noTrialWorked = studyView().trials.map((trial) => ({ ...trial, state: "failed" as const, value: null }));
/** `empty` is the same chart with nothing in it: it must not pass for the golden. */
const shown = [
  {
    ...{ name: "run", type: MIME.run, at: ".lepton-Run .lepton-Plot .u-over" },
    ...{
      data: runView(),
      empty: runView({ series: [{ name: "loss", split: "train", x: [1, 560], y: [null, null] }] }),
    },
  },
  {
    ...{ name: "study", type: MIME.study, at: ".lepton-Study .lepton-Chart svg" },
    ...{
      data: studyView({ state: "stopped" }),
      empty: studyView({ state: "stopped", trials: noTrialWorked, best: null }),
    },
  },
  {
    name: "card",
    type: MIME.card,
    at: ".lepton-CardChart > svg",
    data: card([roc]),
    empty: card([{ ...roc, x: [], y: [] }]),
  },
];
const themes = ["Light", "Dark"] as const;

/** Average colours of cells, row by row, three numbers each. */
type Cells = readonly number[];

describeInLab("the looks of", (here) => {
  let page: Page;

  beforeAll(async () => {
    const cells = shown.flatMap(({ type, data, empty }) =>
      [data, empty].map((one) => ({
        source: "1",
        outputs: [{ output_type: "display_data", data: { [type]: one }, metadata: {} }],
      })),
    );
    here.write("looks.ipynb", cells);
    ({ page } = await here.open("looks.ipynb"));
    await page.addStyleTag({ content: ".lepton-Output svg text { visibility: hidden; }" });
  }, 120_000);

  async function chartAt(cell: number, at: string) {
    await page.evaluate(`window.jupyterapp.shell.currentWidget.content.scrollToItem(${cell}, 'start')`);
    const chart = page.locator(`.jp-Notebook [data-windowed-list-index="${cell}"] ${at}`).first();
    await chart.waitFor({ timeout: 60_000 });
    return chart;
  }

  describe.each(themes)("a %s theme", (theme) => {
    test.each(shown)("$name", async ({ name, at }) => {
      await changeTheme(page, theme);
      const place = 2 * shown.findIndex((one) => one.name === name);
      const file = path.join(goldens, `${name}-${theme.toLowerCase()}.png`);
      if (process.env["LEPTON_LOOKS"] === "write") {
        const chart = await chartAt(place, at);
        await page.waitForTimeout(1500);
        writeFileSync(file, await pictureOf(page, await cellsOf(page, await chart.screenshot())));
      }
      expect(existsSync(file), `${file}: LEPTON_LOOKS=write makes it`).toBe(true);
      const golden = await cellsOf(page, readFileSync(file));
      const differs = async (cell: number) => {
        const chart = await chartAt(cell, at);
        return elsewhere(golden, await cellsOf(page, await chart.screenshot()));
      };
      await expect.poll(() => differs(place), { timeout: 30_000 }).toBeLessThan(tolerance);
      // Redrawn in the other theme's colours, an element may be gone while its picture is taken.
      await expect
        .poll(() => differs(place + 1), { timeout: 30_000, message: "an empty chart" })
        .toBeGreaterThan(tolerance);
    });
  });
});

/** A picture in so few cells that a font does not matter. */
async function cellsOf(page: Page, picture: Buffer): Promise<Cells> {
  return (await page.evaluate(`(async () => {
    const image = new Image();
    image.src = 'data:image/png;base64,${picture.toString("base64")}';
    await image.decode();
    const { width, height } = image;
    const context = Object.assign(document.createElement('canvas'), { width, height }).getContext('2d');
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, width, height);
    const sums = new Float64Array(${columns * rows} * 3);
    const counts = new Float64Array(${columns * rows});
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const cell = Math.floor((y * ${rows}) / height) * ${columns} + Math.floor((x * ${columns}) / width);
        counts[cell]++;
        for (let colour = 0; colour < 3; colour++) sums[cell * 3 + colour] += data[(y * width + x) * 4 + colour];
      }
    return Array.from(sums, (sum, at) => Math.round(sum / counts[Math.floor(at / 3)]));
  })()`)) as number[];
}

/** The cells as a PNG of a pixel each. */
async function pictureOf(page: Page, cells: Cells): Promise<Buffer> {
  const url = (await page.evaluate(`(() => {
    const canvas = Object.assign(document.createElement('canvas'), { width: ${columns}, height: ${rows} });
    const image = new ImageData(${columns}, ${rows});
    const cells = ${JSON.stringify(cells)};
    for (let at = 0; at < ${columns * rows}; at++) image.data.set([...cells.slice(at * 3, at * 3 + 3), 255], at * 4);
    canvas.getContext('2d').putImageData(image, 0, 0);
    return canvas.toDataURL('image/png');
  })()`)) as string;
  return Buffer.from(url.slice(url.indexOf(",") + 1), "base64");
}

/** Sum of differences over the golden's distance from its own background: 0 for the same picture, about 1 for an empty one. */
function elsewhere(golden: Cells, came: Cells): number {
  const background = [0, 1, 2].map((colour) => golden[colour]!);
  let [ink, difference] = [0, 0];
  for (const [at, value] of golden.entries()) {
    ink += Math.abs(value - background[at % 3]!);
    difference += Math.abs(value - came[at]!);
  }
  return difference / ink;
}

/**
 * SVG text ─► PNG. resvg (MPL-2.0, prebuilt in its npm packages) renders on libuv's thread pool, so the main thread only packs the bytes.
 * The letters come from DejaVu Sans (npm), so a machine without fonts draws too; the system's fonts are read only for scripts it lacks.
 */
import { createRequire } from "node:module";
import type { ResvgRenderOptions } from "@resvg/resvg-js";

const resolve = createRequire(import.meta.url).resolve;

/** Chinese, Japanese, Korean and what lies behind them in Unicode: not in DejaVu. */
const beyondDejavu = /[\u2E80-\uDFFF\uF900-\uFFFF]/;

function options(svg: string, zoom: number): ResvgRenderOptions {
  return {
    fitTo: { mode: "zoom", value: zoom },
    font: {
      fontFiles: ["DejaVuSans.ttf", "DejaVuSans-Bold.ttf"].map((file) => resolve(`dejavu-fonts-ttf/ttf/${file}`)),
      loadSystemFonts: beyondDejavu.test(svg),
      defaultFontFamily: "DejaVu Sans",
      sansSerifFamily: "DejaVu Sans",
    },
  };
}

const recent = new Map<string, Promise<string>>();

/** Letters of base64 above which a picture is drawn again with fewer pixels: an output of a notebook is to stay under 200 kB. */
const roomy = 130_000;

/** Base64 of the picture, 1.5 pixels a unit, or 1 where that takes too much room. The last few answers are kept: the same SVG is rendered once. */
export function pngOfSvg(svg: string): Promise<string> {
  const known = recent.get(svg);
  if (known) return known;
  const made = renderToFit(svg);
  recent.set(svg, made);
  made.catch(() => recent.delete(svg));
  if (recent.size > 8) recent.delete(recent.keys().next().value as string);
  return made;
}

/** Milliseconds that the pixels of something that still moves may lag behind its SVG. */
const lagMs = 5000;

const moving = new Map<string, { readonly at: number; readonly png: Promise<string> }>();

/**
 * The same for a picture that changes every second: pixels cost fifty times what SVG costs, so they are made anew only every five seconds, and at once
 * when it has come to rest.
 *
 * @param id  whose picture it is
 */
export function pngOfMoving(id: string, svg: string, isMoving: boolean): Promise<string> {
  const last = moving.get(id);
  if (isMoving && last && performance.now() - last.at < lagMs) return last.png;
  const png = pngOfSvg(svg);
  if (!isMoving) moving.delete(id);
  else moving.set(id, { at: performance.now(), png });
  if (moving.size > 100) moving.delete(moving.keys().next().value as string);
  return png;
}

async function renderToFit(svg: string): Promise<string> {
  const sharp = await render(svg, 1.5);
  return sharp.length <= roomy ? sharp : await render(svg, 1);
}

async function render(svg: string, zoom: number): Promise<string> {
  const { renderAsync } = await import("@resvg/resvg-js");
  const image = await renderAsync(svg, options(svg, zoom));
  return image.asPng().toString("base64");
}

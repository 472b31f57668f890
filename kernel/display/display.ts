/**
 * `display` as cells use it. Enters: values; leaves: display_data and update_display_data messages, and handles that replace what was shown.
 */
import { randomUUID } from "node:crypto";
import type { DisplayHandle, MimeBundle } from "@lepton/contract";
import type { Cell } from "../cells/cell.ts";
import { currentCell } from "../cells/cell.ts";
import type { Output } from "../cells/output.ts";
import { bundleOf, checkBundle, plainJson, shown } from "./bundle.ts";

/** What `display(value)` returns: `update` takes what `display` took. */
export interface ShownValue {
  readonly id: string;
  update(value: unknown, metadata?: MimeBundle): void;
}

/** `display.html(text)`, or a template: display.html`<b>${value}</b>`. */
type ShowText = (text: string | TemplateStringsArray, ...values: readonly unknown[]) => ShownValue;

export interface Display {
  (value: unknown, options?: { id?: string; metadata?: MimeBundle }): ShownValue;
  html: ShowText;
  svg: ShowText;
  markdown: ShowText;
  latex: ShowText;
  javascript: ShowText;
  json(value: unknown): ShownValue;
  png(data: Uint8Array | string): ShownValue;
  jpeg(data: Uint8Array | string): ShownValue;
  mime(bundle: MimeBundle, metadata?: MimeBundle): ShownValue;
}

/** Publish a bundle for a cell; with an ID, in every place where that ID is shown. */
export function publishBundle(
  output: Output,
  cell: Cell | undefined,
  type: "display_data" | "update_display_data",
  shownBundle: { readonly data: MimeBundle; readonly metadata: MimeBundle; readonly id: string },
): void {
  if (cell?.shown === false) return;
  const { data, id } = shownBundle;
  const metadata = plainJson(shownBundle.metadata, "A display's metadata");
  output.publish({ type, content: { data, metadata, transient: { display_id: id } }, parent: cell?.parent });
}

/** A handle for magics: bundles only. */
export function showBundle(output: Output, bundle: MimeBundle, metadata: MimeBundle = {}): DisplayHandle {
  const cell = currentCell();
  const id = randomUUID();
  publishBundle(output, cell, "display_data", { data: checkBundle(bundle), metadata, id });
  const handle: DisplayHandle = {
    id,
    update: (next, nextMetadata = {}) =>
      publishBundle(output, cell, "update_display_data", { data: checkBundle(next), metadata: nextMetadata, id }),
  };
  shown.add(handle);
  return handle;
}

export function createDisplay(output: Output): Display {
  const of = (type: string) => (data: unknown) => show(output, data, (next) => checkBundle({ [type]: next }));
  const text = (type: string) => {
    const showText = of(type);
    return (data: unknown, ...values: readonly unknown[]) => showText(isTemplate(data) ? filled(data, values) : data);
  };
  const display = (value: unknown, options: { id?: string; metadata?: MimeBundle } = {}) =>
    show(output, value, bundleOf, options);
  return Object.assign(display, {
    html: text("text/html"),
    svg: text("image/svg+xml"),
    markdown: text("text/markdown"),
    latex: text("text/latex"),
    javascript: text("application/javascript"),
    json: of("application/json"),
    png: of("image/png"),
    jpeg: of("image/jpeg"),
    mime: (bundle: MimeBundle, metadata?: MimeBundle) =>
      show(output, bundle, checkBundle, metadata ? { metadata } : {}),
  }) as Display;
}

function isTemplate(data: unknown): data is TemplateStringsArray {
  return Array.isArray(data) && "raw" in data;
}

const filled = (template: TemplateStringsArray, values: readonly unknown[]) => String.raw({ raw: template }, ...values); // of the cooked texts

type Render = (value: unknown) => MimeBundle | undefined | Promise<MimeBundle | undefined>;

/**
 * Show at once, or as soon as the value has rendered itself; the cell waits for it (`pendingShows`). `update` of `display.html` takes text, of
 * `display` any value, of `display.mime` a bundle: what it was made of.
 */
function show(
  output: Output,
  value: unknown,
  render: Render,
  options: { id?: string; metadata?: MimeBundle } = {},
): ShownValue {
  const cell = currentCell();
  const id = options.id ?? randomUUID();
  const publish = (kind: "display_data" | "update_display_data", next: unknown, metadata: MimeBundle) => {
    const send = (data: MimeBundle | undefined) => data && publishBundle(output, cell, kind, { data, metadata, id });
    const rendered = render(next);
    if (rendered instanceof Promise) follow(cell, rendered.then(send));
    else send(rendered);
  };
  publish("display_data", value, options.metadata ?? {});
  const handle: ShownValue = { id, update: (next, metadata = {}) => publish("update_display_data", next, metadata) };
  shown.add(handle);
  return handle;
}

const pending = new WeakMap<Cell, Set<Promise<unknown>>>();

function follow(cell: Cell | undefined, work: Promise<unknown>): void {
  if (!cell) return;
  const all = pending.get(cell) ?? new Set();
  pending.set(cell, all.add(work));
  const gone = () => all.delete(work);
  work.then(gone, () => undefined);
}

/** Displays of a cell that still render. Rejects with what a value threw while rendering itself. */
export async function pendingShows(cell: Cell): Promise<void> {
  const all = pending.get(cell);
  if (!all?.size) return;
  const work = [...all];
  all.clear();
  await Promise.all(work);
}

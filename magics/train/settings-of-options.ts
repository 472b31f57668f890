/**
 * Options as parsed become settings that a spec can hold. Enter: options and the notebook; leaves: TrainSettings, with functions of the notebook
 * captured into a folder. Apart because train captures into the run's folder and a sweep into the study's, once for all its trials.
 */
import path from "node:path";
import { LeptonError, type NotebookHost } from "@lepton/contract";
import { shownValue } from "../data/shown-value.ts";
import type { Options } from "../verb.ts";
import { captureModule } from "./capture.ts";
import type { TrainSettings } from "./spec.ts";
import type { trainOptions } from "./train-options.ts";

export type TrainOptions = Options<typeof trainOptions>;

type Source = string | ((...args: never[]) => unknown);

/**
 * @param body    a cell's text that is the model, instead of the option
 * @param folder  where modules are written; specs name them relative to `from`
 * @throws        LEPTON_CAPTURE, LEPTON_OPTION_VALUE
 */
export async function settingsOf(
  options: TrainOptions,
  body: string | undefined,
  place: { readonly folder: string; readonly from: string },
  host: NotebookHost,
): Promise<TrainSettings> {
  const { model, loss, ...rest } = options;
  const hasBody = body !== undefined;
  if (hasBody && model !== undefined) {
    throw new LeptonError("LEPTON_OPTION_VALUE", "train: the model is either the cell's text or --model, not both.");
  }
  const module = async (source: Source, what: "model" | "loss") => {
    const file = await captureModule(source, what, place.folder, host);
    return path.relative(place.from, path.join(place.folder, file)).split(path.sep).join("/");
  };
  const modelSource = hasBody ? body : model;
  const isOwn = hasBody || typeof model === "function";
  return {
    ...(rest as Omit<TrainSettings, "model" | "loss">),
    ...(isOwn
      ? { model: { kind: "module", module: await module(modelSource as Source, "model"), export: "model", args: {} } }
      : {}),
    ...(!isOwn && model !== undefined ? { model: named(model, "model") } : {}),
    ...(typeof loss === "function"
      ? { loss: { kind: "module", module: await module(loss as Source, "loss"), export: "loss" } }
      : {}),
    ...(loss !== undefined && typeof loss !== "function" ? { loss: named(loss, "loss") } : {}),
  };
}

function named(value: unknown, option: string): string {
  if (typeof value === "string") return value;
  throw new LeptonError(
    "LEPTON_OPTION_VALUE",
    `train: ${option} must be a name or a function, got ${shownValue(value)}.`,
  );
}

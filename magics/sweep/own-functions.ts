/**
 * Functions of the notebook among the choices of a sweep: `--model small|wide`, `loss: [huber, "mse"]`. Enter: train's options; leave: the same with
 * names for the functions, and a captured module for each name. Apart because a space holds plain values only.
 */
import { mkdirSync } from "node:fs";
import path from "node:path";
import { LeptonError, type LossSpec, type ModelSpec, type NotebookHost } from "@lepton/contract";
import { didYouMean } from "../data/nearest-name.ts";
import { captureModule } from "../train/capture.ts";
import { trainOptions } from "../train/train-options.ts";

const kinds = ["model", "loss"] as const;
type Kind = (typeof kinds)[number];
type OwnFunction = (...args: never[]) => unknown;

/** Name of a function ─► the file of its module, relative to the folder of the study's modules and later to a run's folder. */
export type CapturedFunctions = Readonly<Partial<Record<Kind, Readonly<Record<string, string>>>>>;

export interface NamedChoices {
  readonly train: Readonly<Record<string, unknown>>;
  readonly functions: CapturedFunctions;
}

/** @throws LEPTON_CAPTURE, LEPTON_NAME_UNKNOWN for a word that is neither a named model nor a function of the notebook */
export async function nameFunctions(
  train: Readonly<Record<string, unknown>>,
  modules: string,
  host: NotebookHost,
): Promise<NamedChoices> {
  const named: Record<string, unknown> = { ...train };
  const functions: Partial<Record<Kind, Record<string, string>>> = {};
  for (const kind of kinds) {
    const choices = train[kind];
    if (!Array.isArray(choices)) continue;
    const files: Record<string, string> = {};
    const names: unknown[] = [];
    for (const choice of choices) {
      const own = ownFunction(kind, choice, host);
      names.push(own?.name ?? choice);
      if (own) files[own.name] = await capture(own, kind, modules, host);
    }
    named[kind] = names;
    if (Object.keys(files).length > 0) functions[kind] = files;
  }
  return { train: named, functions };
}

interface NamedFunction {
  readonly name: string;
  readonly value: OwnFunction;
}

function ownFunction(kind: Kind, choice: unknown, host: NotebookHost): NamedFunction | undefined {
  if (typeof choice === "function") {
    if (choice.name !== "") return { name: choice.name, value: choice as OwnFunction };
    throw new LeptonError(
      "LEPTON_CAPTURE",
      `sweep: a function among the choices of ${kind} needs a name; declare it first.`,
    );
  }
  const known: readonly string[] = trainOptions[kind].choices;
  if (typeof choice !== "string" || known.includes(choice)) return undefined;
  const found = host.lookup(choice)?.value;
  if (typeof found === "function") return { name: choice, value: found as OwnFunction };
  const hint = didYouMean(choice, [...known, ...host.names()]);
  const message = `sweep: ${kind} is one of ${known.join(", ")}, or a function of the notebook, got "${choice}"${hint}`;
  throw new LeptonError("LEPTON_NAME_UNKNOWN", message);
}

async function capture(own: NamedFunction, kind: Kind, modules: string, host: NotebookHost): Promise<string> {
  const folder = `${kind}-${own.name}`;
  mkdirSync(path.join(modules, folder), { recursive: true });
  return `${folder}/${await captureModule(own.value, kind, path.join(modules, folder), host)}`;
}

/** What a trial's choice stands for in its settings; a word that names no function stands for itself. */
export function settingOfChoice(name: string, value: unknown, functions: CapturedFunctions): unknown {
  const kind = kinds.find((one) => one === name);
  const module = kind && typeof value === "string" ? functions[kind]?.[value] : undefined;
  if (module === undefined) return value;
  if (kind === "model") return { kind: "module", module, export: "model", args: {} } satisfies ModelSpec;
  return { kind: "module", module, export: "loss" } satisfies LossSpec;
}

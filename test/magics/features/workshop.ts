/** Runs the data verbs as a notebook would, in a temp folder. Enters: files by name; leaves: verbs' results. */
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import duckdb from "@lepton/source-duckdb";
import type { Dataset } from "../../../magics/features/index.ts";
import { featuresVerb } from "../../../magics/features/index.ts";
import { leptonFolder } from "../../../magics/folder.ts";
import { createPlugins } from "../../../magics/plugins.ts";
import type { Verb, VerbContext } from "../../../magics/verb.ts";
import { type FakeHost, fakeHost } from "../fake-host.ts";

export interface Workshop {
  readonly folder: string;
  readonly host: FakeHost;
  write(name: string, text: string): Promise<string>;
  /** Run a verb with its defaults and these options. */
  run<R>(verb: Verb<never, R> | object, argument: unknown, options?: Readonly<Record<string, unknown>>): Promise<R>;
  features(file: string, options: Readonly<Record<string, unknown>>): Promise<Dataset>;
  close(): Promise<void>;
}

export async function openWorkshop(): Promise<Workshop> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "lepton-features-"));
  await copyFile(new URL("../../fixtures/credit.csv", import.meta.url), path.join(folder, "credit.csv"));
  const host = fakeHost(folder);
  const plugins = createPlugins();
  plugins.add(duckdb, "@lepton/source-duckdb");
  const context: VerbContext = {
    host,
    folder: leptonFolder(folder),
    plugins,
    body: undefined,
    sourceText: "%lepton test",
    as: undefined,
    begun: () => undefined,
  };
  const run = async <R>(
    given: object,
    argument: unknown,
    options: Readonly<Record<string, unknown>> = {},
  ): Promise<R> => {
    const verb = given as Verb;
    const defaults = Object.entries(verb.spec.options).flatMap(([name, spec]) =>
      "default" in spec ? [[name, spec.default]] : [],
    );
    return (await verb.run([argument], { ...Object.fromEntries(defaults), ...options } as never, context)) as R;
  };
  return {
    folder,
    host,
    write: async (name, text) => {
      await writeFile(path.join(folder, name), text);
      return name;
    },
    run,
    features: (file, options) => run<Dataset>(featuresVerb, file, options),
    close: () => rm(folder, { recursive: true }),
  };
}

/** A CSV text with some columns, each a function of the row's number. */
export function csv(rows: number, columns: Readonly<Record<string, (row: number) => unknown>>): string {
  const line = (row: number) =>
    Object.values(columns)
      .map((make) => make(row) ?? "")
      .join(",");
  return `${[Object.keys(columns).join(","), ...Array.from({ length: rows }, (_, row) => line(row))].join("\n")}\n`;
}

/**
 * Predictions without a deployment. Enter: a run and rows; leave: probabilities or numbers, and rows in the user's words. The graph is the one that is
 * served, run by the same engine that trained.
 */
import { type Executable, LeptonError, type Program } from "@lepton/contract";
import { encodeRows, namedRows, type RawRow } from "@lepton/graph/stages";
import type { Plugins } from "../plugins.ts";
import { chooseEngine } from "./choose-engine.ts";
import { indexOfLargest } from "./metrics.ts";
import { readSpec } from "./run-folder.ts";
import { type ServingModel, servingModel } from "./serve-graph.ts";

/** A row with the columns' names, or plain numbers: raw columns in order, or a row of arrays flat or nested. */
export type PredictRow = RawRow | readonly unknown[];

export interface Predictor {
  readonly model: ServingModel;
  /** K numbers a row: probabilities in the order of the classes (both for binary), or the target's numbers. */
  predict(rows: readonly PredictRow[]): Promise<readonly (readonly number[])[]>;
  close(): Promise<void>;
}

/** One answer: the class of the highest probability with all probabilities, or the number (a list where the model predicts several). */
export interface Prediction {
  readonly prediction: string | number | readonly number[];
  readonly probabilities?: Readonly<Record<string, number>>;
}

/** Rows predicted at once. */
const batchRows = 1024;

/** @throws LEPTON_CHECKPOINT, LEPTON_FILE_MISSING, LEPTON_ENGINE_NONE */
export async function openPredictor(run: { readonly folder: string }, plugins: Plugins): Promise<Predictor> {
  const { engine: wanted, threads } = readSpec(run.folder);
  const model = await servingModel(run);
  const engine = await chooseEngine(plugins, wanted);
  const executable = await engine.compile(servedProgram(model), { device: "cpu", threads });
  return {
    model,
    async predict(rows) {
      const answers: (readonly number[])[] = [];
      for (let from = 0; from < rows.length; from += batchRows) {
        answers.push(...(await predictBatch(executable, model, rows.slice(from, from + batchRows), from)));
      }
      return answers;
    },
    close: () => executable.dispose(),
  };
}

/** The served graph as a program of one entry without state. */
function servedProgram({ graph, rowShape }: ServingModel): Program {
  const shape = ["B", ...rowShape];
  const x = { name: "x", dtype: "f32", shape, role: { kind: "batch", of: "x" } } as const;
  const predict = { graph, feeds: [x], reads: [], writes: {}, outputs: ["prediction"] };
  return { contract: 1, state: [], entries: { predict } };
}

async function predictBatch(
  executable: Executable,
  model: ServingModel,
  rows: readonly PredictRow[],
  first: number,
): Promise<readonly (readonly number[])[]> {
  const data = numbersOf(model, rows, first);
  const results = await executable.run("predict", {
    x: { dtype: "f32", shape: [rows.length, ...model.rowShape], data },
  });
  const output = results["prediction"]!.data as Float32Array;
  const width = output.length / rows.length;
  return rows.map((_, row) => {
    const values = Array.from(output.subarray(row * width, (row + 1) * width));
    return model.manifest.task === "binary" ? [1 - values[0]!, values[0]!] : values;
  });
}

function numbersOf({ stages, rowShape }: ServingModel, rows: readonly PredictRow[], first: number): Float32Array {
  if (stages) {
    const named = rows.map((row, index) =>
      Array.isArray(row) ? namedRows(stages, [row], first + index)[0]! : (row as RawRow),
    );
    return encodeRows(stages, named, first);
  }
  const size = rowShape.reduce((product, dim) => product * dim, 1);
  const data = new Float32Array(rows.length * size);
  for (const [index, row] of rows.entries()) {
    const flat = ArrayBuffer.isView(row)
      ? Array.from(row as unknown as Float32Array)
      : Array.isArray(row)
        ? row.flat(Number.POSITIVE_INFINITY)
        : [];
    if (flat.length !== size || flat.some((value) => typeof value !== "number")) {
      const came = Array.isArray(row) || ArrayBuffer.isView(row) ? `${flat.length} values` : typeof row;
      throw new LeptonError(
        "LEPTON_SHAPE",
        `row ${first + index}: ${size} numbers of shape [${rowShape.join(", ")}] expected, got ${came}.`,
      );
    }
    data.set(flat as number[], index * size);
  }
  return data;
}

/** Numbers in the user's words: the same as a deployment's answer. Of probabilities alike the first class. */
export function inWords(model: Pick<ServingModel, "manifest">, answers: readonly (readonly number[])[]): Prediction[] {
  const { task, target } = model.manifest;
  if (task === "regression")
    return answers.map((values) => ({ prediction: values.length === 1 ? values[0]! : values }));
  return answers.map((values) => {
    const classes = target.classes ?? values.map((_, index) => String(index));
    const probabilities = Object.fromEntries(classes.map((name, k) => [name, values[k]!]));
    return { prediction: classes[indexOfLargest(values)]!, probabilities };
  });
}

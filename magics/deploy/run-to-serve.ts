/**
 * A run as deploy needs it. Enters: what the user named (a run, a study, an ID); leaves: a ServedRun, or the reason why it cannot be served yet. Apart
 * because it alone knows how training keeps its runs.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { type DatasetManifest, LeptonError, type RunView } from "@lepton/contract";
import { encodeRows, type RawRow, type Stages } from "@lepton/graph/stages";
import { didYouMean } from "../data/nearest-name.ts";
import { shownValue } from "../data/shown-value.ts";
import { cardOfRun } from "../draw/run-card.ts";
import { type Dataset, loadDataset } from "../features/index.ts";
import type { LeptonFolder } from "../folder.ts";
import type { Plugins } from "../plugins.ts";
import { Study } from "../sweep/study.ts";
import { runIds } from "../train/kept-runs.ts";
import { openPredictor } from "../train/predict.ts";
import { loadRun, Run } from "../train/run.ts";
import { datasetFolder, readSpec } from "../train/run-folder.ts";
import type { ServedRun, ServiceRow } from "./served-run.ts";

/** Rows of the data set that a new service answers for its check. */
const sampleRows = 12;

/** Close it when the deployment is done. @throws LEPTON_RUN_STATE, LEPTON_CHECKPOINT, LEPTON_FILE_MISSING */
export async function runToServe(runFolder: string, plugins: Plugins): Promise<ServedRun & { close(): Promise<void> }> {
  const run = loadRun(runFolder);
  await run.refresh();
  checkState(run.view());
  const predictor = await openPredictor(run, plugins);
  const { graph, stages, manifest, rowShape } = predictor.model;
  const card = cardOfRun(run.folder);
  return {
    about: {
      run: { id: run.id, name: run.name },
      dataset: { id: manifest.id, name: manifest.name },
      task: manifest.task,
      target: manifest.target.name,
      classes: classesOf(manifest),
      columns: stages === null ? [] : manifest.columns,
      rowShape,
    },
    graph,
    stages,
    card: { markdown: card.markdown({ metadata: true }), json: card.view },
    samples: await samplesOf(run, stages),
    predict: (rows) => predictor.predict(rows),
    close: () => predictor.close(),
  };
}

/** The folder of a run, of a study's best run, or of a run's ID or name (the newest of that name). @throws LEPTON_OPTION_VALUE, LEPTON_NAME_UNKNOWN */
export function runFolderOf(run: unknown, place: LeptonFolder): string {
  if (run instanceof Run) return run.folder;
  if (run instanceof Study) return run.best.folder;
  if (typeof run !== "string") {
    throw new LeptonError(
      "LEPTON_OPTION_VALUE",
      `deploy: a run, a study or a run's ID is expected, got ${shownValue(run)}.`,
    );
  }
  const ids = runIds(place);
  const id = ids.includes(run) ? run : ids.findLast((other) => nameOf(place.runs(other)) === run);
  if (id !== undefined) return place.runs(id);
  throw new LeptonError(
    "LEPTON_NAME_UNKNOWN",
    `deploy: there is no run "${run}"${didYouMean(run, ids)} See %lepton runs.`,
  );
}

function nameOf(runFolder: string): string | undefined {
  try {
    return readSpec(runFolder).name;
  } catch (error) {
    if (error instanceof LeptonError) return undefined; // a folder without a readable spec has no name
    throw error;
  }
}

function checkState({ id, state, reason, epoch, epochs }: RunView): void {
  if (state === "finished" || state === "stopped") return;
  const remedy =
    state === "failed"
      ? `it failed: ${(reason ?? "its log says why").replace(/\.$/, "")}. Train again, or resume it, and deploy it once it has finished`
      : `it is at epoch ${Math.floor(epoch)} of ${epochs}. Wait for it (await run.wait()) or stop it (%lepton stop ${id}) first`;
  throw new LeptonError("LEPTON_RUN_STATE", `deploy: run ${id} has not finished; ${remedy}.`);
}

/** Labels in the order of the probabilities; arrays from a cell may have none but their numbers. */
function classesOf({ task, target, classCounts }: DatasetManifest): readonly string[] | null {
  if (task === "regression") return null;
  return (
    target.classes ?? Array.from({ length: task === "binary" ? 2 : (classCounts?.length ?? 0) }, (_, k) => String(k))
  );
}

async function samplesOf(run: Run, stages: Stages | null): Promise<readonly ServiceRow[]> {
  const dataset = loadDataset(datasetFolder(run.folder, run.spec));
  return stages === null ? arrayRows(dataset) : previewRows(dataset, stages);
}

/** Rows as they are in the file, where a request may hold them so: a file's booleans may be written "yes". */
function previewRows(dataset: Dataset, stages: Stages): readonly ServiceRow[] {
  const rows = JSON.parse(readFileSync(path.join(dataset.folder, "preview.json"), "utf8")) as readonly RawRow[];
  return rows.filter((row) => canBeSent(row, stages)).slice(0, sampleRows);
}

function canBeSent(row: RawRow, stages: Stages): boolean {
  try {
    encodeRows(stages, [row]);
    return true;
  } catch (error) {
    if (error instanceof LeptonError) return false;
    throw error;
  }
}

async function arrayRows(dataset: Dataset): Promise<readonly ServiceRow[]> {
  const { x, rows } = await dataset.arrays(dataset.rows.test > 0 ? "test" : "train");
  const width = x.length / rows;
  const count = Math.min(rows, sampleRows);
  return Array.from({ length: count }, (_, row) => Array.from(x.subarray(row * width, (row + 1) * width)));
}

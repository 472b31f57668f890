/** One measurement of Lepton: Parquet ─► three splits of float32 features in memory. Prints JSON. Loading libraries is not counted, as for peers. */
import duckdb from "@lepton/source-duckdb";
import { fitFeatures } from "../../../magics/features/fit.ts";
import { readTable } from "../../../magics/features/make-dataset.ts";
import { featureOptions } from "../../../magics/features/options.ts";

await import("@duckdb/node-api");
const [file] = process.argv.slice(2) as [string];
const words = {
  target: "left_us",
  task: "auto",
  split: [70, 15, 15],
  seed: 42,
  scale: "standard",
  impute: "median",
  indicators: true,
  clip: 10,
  maxCategories: 32,
  onBadRow: "error",
};
const options = featureOptions(words, "bench");

const before = process.cpuUsage();
const started = performance.now();
const table = await duckdb.sources[0]!.open(file, { badRows: "error" });
const read = await readTable(table, options, new AbortController().signal);
const readMs = performance.now() - started;
const fit = fitFeatures({ ...read, options });
const wallMs = performance.now() - started;
const cpu = process.cpuUsage(before);
await table.close();

const { x, rows } = fit.arrays.train;
const width = fit.plan.features.length;
const means = Array.from({ length: width }, (_, feature) => {
  let sum = 0;
  for (let row = 0; row < rows; row++) sum += x[row * width + feature]!;
  return sum / rows;
});
const memoryMB = process.resourceUsage().maxRSS / 1024;
console.log(JSON.stringify({ wallMs, cpuMs: (cpu.user + cpu.system) / 1000, readMs, memoryMB, rows, width, means }));

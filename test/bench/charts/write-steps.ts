/**
 * A run that writes step events as fast as it is told: `node write-steps.ts FOLDER RATE SECONDS`. Stands for a training of very short steps that has
 * begun; the file is what a run's process writes, line for line.
 */
import { appendFileSync } from "node:fs";
import path from "node:path";
import { setTimeout } from "node:timers/promises";

const [folder = "", rate = "0", seconds = "0"] = process.argv.slice(2);
const file = path.join(folder, "events.jsonl");
const everyMs = 10;
const batch = (Number(rate) * everyMs) / 1000;

let seq = 1; // the start is there
const line = (event: object) => `${JSON.stringify({ seq: ++seq, time: Date.now(), ...event })}\n`;
const begun = performance.now();
let step = 0;
while (performance.now() - begun < Number(seconds) * 1000) {
  // What a late timer left out is caught up, so that the rate holds.
  const due = Math.floor(((performance.now() - begun) / everyMs) * batch);
  let text = "";
  while (step < due) {
    step++;
    const loss = Math.exp(-step / 50_000) + 0.1 * Math.sin(step * 12.9898);
    text += line({ type: "step", step, epoch: step / 1000, loss, learningRate: 1e-3, rowsPerSecond: 1e6 + (step % 7) });
  }
  if (text) appendFileSync(file, text);
  await setTimeout(everyMs);
}
const known = { step, epoch: step / 1000, seconds: Number(seconds), best: null, test: null, confusion: null };
appendFileSync(file, line({ type: "end", state: "finished", reason: null, ...known }));

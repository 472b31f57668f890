/**
 * A run's process: `run.js FOLDER` runs that folder until it ends; `run.js --warm` takes folders from its parent, one after the other, so that a
 * sweep's trials start at once. Enters: a folder; leaves: what it holds. Here plugins meet magics/train, which knows no engine.
 */
import onnx from "@lepton/engine-onnx";
import torch from "@lepton/engine-torch";
import { createRunProcess } from "../magics/train/run-process.ts";

await createRunProcess([
  { plugin: onnx, origin: "@lepton/engine-onnx" },
  { plugin: torch, origin: "@lepton/engine-torch" },
]).main(process.argv.slice(2));

import { onnxEngine } from "@lepton/engine-onnx";
import { engineSuite } from "../../suites/engine.ts";

engineSuite(onnxEngine, "cpu");

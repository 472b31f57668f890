import { torchEngine } from "@lepton/engine-torch";
import { describe, test } from "vitest";
import { engineSuite } from "../../suites/engine.ts";
import { gpu, noTorch } from "./torch-here.ts";

describe.skipIf(noTorch !== null)("with torch", () => engineSuite(torchEngine, "cpu"));
describe.skipIf(gpu.device === null)("with a GPU", () => engineSuite(torchEngine, gpu.device ?? "cuda"));

test.runIf(noTorch !== null)("without torch the suite is skipped", ({ skip }) => skip(noTorch ?? ""));
test.runIf(gpu.device === null)("without a GPU the suite is skipped there", ({ skip }) => skip(gpu.reason));

import { torchEngine } from "@lepton/engine-torch";
import { describe, test } from "vitest";
import { engineSuite } from "../../suites/engine.ts";
import { noTorch } from "./torch-here.ts";

describe.skipIf(noTorch !== null)("with torch", () => engineSuite(torchEngine, "cpu"));

test.runIf(noTorch !== null)("without torch the suite is skipped", ({ skip }) => skip(noTorch ?? ""));

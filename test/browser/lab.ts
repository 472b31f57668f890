/**
 * A JupyterLab (or a Notebook 7) of a test's own with a real browser: started on a free loopback port with a token, in temporary folders, so that
 * nothing of the user's is read or written. The extension and the kernel are the ones that `npm test` installed in `.venv` and beside it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import os from "node:os";
import path from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { environment, inVenv, places } from "../../.house/environment.mjs";

const browserPaths = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** What can be opened: the JupyterLab of `npm run lab`, the newest 4.5, and Notebook 7. */
export type App = "lab" | "lab-4.5" | "notebook-7";

const apps = {
  lab: {
    venv: places.labVenv,
    variable: "LEPTON_LAB_PYTHON",
    module: "jupyterlab",
    path: "lab/tree",
  },
  "lab-4.5": {
    venv: places.otherLabs["lab-4.5"],
    variable: "LEPTON_LAB45_PYTHON",
    module: "jupyterlab",
    path: "lab/tree",
  },
  "notebook-7": {
    venv: places.otherLabs["notebook-7"],
    variable: "LEPTON_NOTEBOOK_PYTHON",
    module: "notebook",
    path: "notebooks",
  },
} as const;

const pythonOf = (app: App) => process.env[apps[app].variable] ?? inVenv(apps[app].venv, "python");

/** Why browser tests cannot run here, or null. */
export function browserFault(app: App = "lab"): string | null {
  if (!existsSync(pythonOf(app))) return `no ${app} at ${pythonOf(app)}; run: npm test -- browser`;
  if (!browserPath()) return `no Chromium (looked for ${browserPaths.join(", ")}); on Debian: apt-get install chromium`;
  return null;
}

function browserPath(): string | undefined {
  return [process.env["LEPTON_BROWSER"], process.env["CHROME_BIN"], ...browserPaths].find(
    (file) => file && existsSync(file),
  );
}

export interface Lab {
  readonly app: App;
  readonly url: string;
  readonly token: string;
  /** Where notebooks lie; the server's root. */
  readonly folder: string;
  /** The server's process, for tests that make it sleep. */
  readonly pid: number;
  stop(): Promise<void>;
}

/** Start one; its settings are what a user would have set in the settings editor, by plugin. */
export async function startLab(settings: Readonly<Record<string, unknown>> = {}, app: App = "lab"): Promise<Lab> {
  const home = mkdtempSync(path.join(os.tmpdir(), "lepton-lab-"));
  const folder = mkdtempSync(path.join(os.tmpdir(), "lepton-notebooks-"));
  const token = randomBytes(16).toString("hex");
  const port = await freePort();
  // No news and no extension manager: JupyterLab would look for them on the network.
  const quiet = { "@jupyterlab/apputils-extension:notification": { fetchNews: "false", checkForUpdates: false } };
  writeFileSync(path.join(home, "overrides.json"), JSON.stringify({ ...quiet, ...settings }));
  const traits = { expose_app_in_browser: true, app_settings_dir: home };
  // Notebook 7 reads no such trait from its command line; its server loads JupyterLab too.
  const config = { LabApp: { ...traits, extension_manager: "readonly" }, JupyterNotebookApp: traits };
  writeFileSync(path.join(home, "jupyter_config.json"), JSON.stringify(config));
  const child = spawn(pythonOf(app), ["-m", apps[app].module, ...argumentsOf(port, token, folder)], {
    cwd: folder,
    env: {
      ...environment("browser"),
      JUPYTER_CONFIG_DIR: home,
      JUPYTER_DATA_DIR: path.join(home, "data"),
      JUPYTER_RUNTIME_DIR: path.join(home, "runtime"),
      JUPYTERLAB_SETTINGS_DIR: path.join(home, "settings"),
      JUPYTERLAB_WORKSPACES_DIR: path.join(home, "workspaces"),
      LEPTON_STATE: path.join(home, "state"),
    },
    stdio: ["ignore", "ignore", "pipe"],
    detached: true,
  });
  const url = `http://127.0.0.1:${port}`;
  try {
    await answering(child, `${url}/api?token=${token}`);
  } catch (error) {
    await ended(child);
    throw error;
  }
  return {
    app,
    url,
    token,
    folder,
    pid: child.pid!,
    stop: async () => {
      await ended(child);
      for (const one of [home, folder]) rmSync(one, { recursive: true, force: true });
    },
  };
}

function argumentsOf(port: number, token: string, folder: string): string[] {
  return [
    ...(process.getuid?.() === 0 ? ["--allow-root"] : []),
    "--no-browser",
    `--port=${port}`,
    "--port-retries=0",
    "--ip=127.0.0.1",
    `--ServerApp.root_dir=${folder}`,
    `--IdentityProvider.token=${token}`,
  ];
}

async function answering(child: ChildProcess, url: string): Promise<void> {
  let log = "";
  child.stderr?.on("data", (text) => (log += text));
  const until = Date.now() + 90_000;
  while (Date.now() < until && child.exitCode === null) {
    const reply = await fetch(url).catch(() => null);
    if (reply?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`JupyterLab did not start:\n${log.slice(-3000)}`);
}

async function ended(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.on("exit", resolve));
  if (child.exitCode === null) {
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
    await gone;
    clearTimeout(timer);
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

export function startBrowser(): Promise<Browser> {
  const quiet = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ];
  return chromium.launch({ executablePath: browserPath()!, args: ["--no-sandbox", ...quiet] });
}

/**
 * Open a notebook of the lab's folder in a page of its own, alone in the window; errors of the page are kept in `faults`.
 *
 * @param prepare  what is done to the page before anything is loaded
 */
export async function openNotebook(
  browser: Browser,
  lab: Lab,
  name: string,
  prepare: (page: Page) => Promise<unknown> = () => Promise.resolve(),
): Promise<{ page: Page; faults: string[] }> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 1000 } });
  await prepare(page);
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  await page.goto(`${lab.url}/${apps[lab.app].path}/${encodeURIComponent(name)}?token=${lab.token}&reset`, {
    waitUntil: "domcontentloaded",
  });
  await page.waitForSelector(".jp-Notebook", { timeout: 90_000 });
  return { page, faults };
}

/** Wait until the notebook in front has a kernel that waits for work. */
export async function kernelIdle(page: Page): Promise<void> {
  const status = "window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel?.status";
  await page.waitForFunction(`${status} === 'idle'`, null, { timeout: 90_000 });
}

/** Run a command of the application, without waiting for its end. */
export async function command(page: Page, name: string, args: Readonly<Record<string, unknown>> = {}): Promise<void> {
  await page.evaluate(`void window.jupyterapp.commands.execute(${JSON.stringify(name)}, ${JSON.stringify(args)})`);
}

/** A notebook file with cells, and outputs where a cell has them. */
export function notebookFile(cells: readonly { source: string; outputs?: readonly unknown[] }[]): string {
  return JSON.stringify({
    cells: cells.map((cell, index) => ({
      cell_type: "code",
      id: `cell-${index}`,
      execution_count: null,
      metadata: { trusted: true },
      outputs: cell.outputs ?? [],
      source: cell.source,
    })),
    metadata: {
      kernelspec: { display_name: "TypeScript (Lepton)", language: "typescript", name: "lepton" },
      language_info: { name: "typescript" },
    },
    nbformat: 4,
    nbformat_minor: 5,
  });
}

/** Choose JupyterLab's light or dark theme and wait until it is there. */
export async function changeTheme(page: Page, theme: "Light" | "Dark"): Promise<void> {
  await command(page, "apputils:change-theme", { theme: `JupyterLab ${theme}` });
  await page.waitForFunction(`document.body.dataset.jpThemeLight === '${theme === "Light"}'`, null, {
    timeout: 90_000,
  });
}

/** A picture for people: LEPTON_SCREENSHOTS names the folder; without it none is taken. */
export async function picture(
  shown: Pick<Page, "screenshot">,
  name: string,
  { fullPage = false }: { fullPage?: boolean } = {},
): Promise<void> {
  const folder = process.env["LEPTON_SCREENSHOTS"];
  if (folder) await shown.screenshot({ path: path.join(folder, name), ...(fullPage ? { fullPage } : {}) });
}

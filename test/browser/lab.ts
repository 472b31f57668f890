/**
 * A JupyterLab of a test's own with a real browser: started on a free loopback port with a token, in temporary folders, so that nothing of the
 * user's is read or written. The extension and the kernel are the ones that `npm test` installed in `.venv`.
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

/** Why browser tests cannot run here, or null. */
export function browserFault(): string | null {
  const python = process.env["LEPTON_LAB_PYTHON"] ?? inVenv(places.labVenv, "python");
  if (!existsSync(python)) return "no .venv with JupyterLab; run: npm test";
  if (!browserPath()) return `no Chromium (looked for ${browserPaths.join(", ")}); on Debian: apt-get install chromium`;
  return null;
}

function browserPath(): string | undefined {
  return [process.env["LEPTON_BROWSER"], ...browserPaths].find((file) => file && existsSync(file));
}

export interface Lab {
  readonly url: string;
  readonly token: string;
  /** Where notebooks lie; the server's root. */
  readonly folder: string;
  stop(): Promise<void>;
}

export async function startLab(settings: Readonly<Record<string, unknown>> = {}): Promise<Lab> {
  const home = mkdtempSync(path.join(os.tmpdir(), "lepton-lab-"));
  const folder = mkdtempSync(path.join(os.tmpdir(), "lepton-notebooks-"));
  const token = randomBytes(16).toString("hex");
  const port = await freePort();
  const overrides = path.join(home, "overrides.json");
  // No news and no extension manager: JupyterLab would look for them on the network.
  writeFileSync(
    overrides,
    JSON.stringify({
      "@jupyterlab/apputils-extension:notification": { fetchNews: "false", checkForUpdates: false },
      ...settings,
    }),
  );
  const python = process.env["LEPTON_LAB_PYTHON"] ?? inVenv(places.labVenv, "python");
  const root = process.getuid?.() === 0 ? ["--allow-root"] : [];
  const args = [
    ...root,
    "--no-browser",
    "--expose-app-in-browser",
    `--port=${port}`,
    "--port-retries=0",
    "--ip=127.0.0.1",
    `--ServerApp.root_dir=${folder}`,
  ];
  args.push(
    `--IdentityProvider.token=${token}`,
    "--LabApp.extension_manager=readonly",
    `--LabApp.app_settings_dir=${home}`,
  );
  const child = spawn(python, ["-m", "jupyterlab", ...args], {
    cwd: folder,
    env: {
      ...environment("browser"),
      JUPYTER_CONFIG_DIR: home,
      JUPYTER_RUNTIME_DIR: path.join(home, "runtime"),
      JUPYTERLAB_SETTINGS_DIR: path.join(home, "settings"),
      JUPYTERLAB_WORKSPACES_DIR: path.join(home, "workspaces"),
    },
    stdio: ["ignore", "ignore", "pipe"],
    detached: true,
  });
  const url = `http://127.0.0.1:${port}`;
  await answering(child, `${url}/api?token=${token}`);
  return {
    url,
    token,
    folder,
    stop: async () => {
      await ended(child);
      for (const one of [home, folder]) rmSync(one, { recursive: true, force: true });
    },
  };
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

/** Open a notebook of the lab's folder in a page of its own, alone in the window; errors of the page are kept in `faults`. */
export async function openNotebook(
  browser: Browser,
  lab: Lab,
  name: string,
): Promise<{ page: Page; faults: string[] }> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 1000 } });
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  await page.goto(`${lab.url}/lab/tree/${encodeURIComponent(name)}?token=${lab.token}&reset`, {
    waitUntil: "domcontentloaded",
  });
  await page.waitForSelector(".jp-Notebook", { timeout: 90_000 });
  return { page, faults };
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

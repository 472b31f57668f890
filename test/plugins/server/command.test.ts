import { type ChildProcess, spawn } from "node:child_process";
import { cp, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { serveCommand } from "../../../plugins/server/index.ts";
import { bundleFolder, sumParts } from "./tiny-bundle.ts";

const root = path.join(import.meta.dirname, "../../..");
const serve = path.join(root, "plugins/server/serve.ts");

interface Started {
  readonly child: ChildProcess;
  /** All that it printed until it listened or ended. */
  readonly output: string;
  readonly url: string;
  readonly ended: Promise<number | null>;
}

async function start(
  words: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<Started> {
  const child = spawn(process.execPath, words, { ...options, env: { ...process.env, ...options.env } });
  onTestFinished(() => void child.kill("SIGKILL"));
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  let output = "";
  await new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        if (output.includes(" listens on ")) resolve();
      });
    void ended.then(() => resolve());
  });
  return { child, output, ended, url: /http:\S+/.exec(output)?.[0] ?? "" };
}

const ask = (url: string, token: string) =>
  fetch(`${url}/predict`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({ age: 1, home: "own", owner: null }),
  });

test("a copied folder runs by itself with its own server.mjs, and prints a new token", async () => {
  const elsewhere = await mkdtemp(path.join(os.tmpdir(), "lepton-copied-"));
  onTestFinished(() => rm(elsewhere, { recursive: true, force: true }));
  await cp(await bundleFolder(sumParts()), elsewhere, { recursive: true });
  await symlink(path.join(root, "node_modules"), path.join(elsewhere, "node_modules")); // what npm install would bring
  const { output, url, child, ended } = await start(["server.mjs"], { cwd: elsewhere });
  const token = /\(token (\S+)\)/.exec(output)?.[1] ?? output;
  expect(await (await ask(url, token)).json()).toMatchObject({ prediction: 1001 });
  child.kill("SIGTERM");
  expect(await ended).toBe(0);
  const { dependencies } = JSON.parse(await readFile(path.join(elsewhere, "package.json"), "utf8"));
  expect(Object.keys(dependencies)).toEqual(["fastify", "onnxruntime-node", "prom-client"]);
});

test("a token file is made once, for its owner alone, and used again", async () => {
  const folder = await bundleFolder(sumParts());
  const file = path.join(path.dirname(folder), "token");
  const first = await start([serve, folder, "--token-file", file]);
  const token = (await readFile(file, "utf8")).trim();
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(first.output).not.toContain(token);
  const second = await start([serve, folder, "--token-file", file]);
  expect((await ask(second.url, token)).status).toBe(200);
});

test("SIGTERM said again while it drains loses nothing; a second Ctrl-C ends it at once", async () => {
  const folder = await bundleFolder(sumParts());
  const begin = async (delayMs: number) => {
    const service = await start([serve, folder, "--batch-delay", String(delayMs)], { env: { LEPTON_TOKEN: "t" } });
    const answer = ask(service.url, "t").then((reply) => reply.json());
    await expect.poll(() => queuedRows(service.url), { timeout: 30_000 }).toBe("1");
    return { ...service, answer };
  };
  const drained = await begin(2000);
  drained.child.kill("SIGTERM");
  await isDraining(drained.url);
  drained.child.kill("SIGTERM");
  expect(await drained.answer).toMatchObject({ prediction: 1001 });
  expect(await drained.ended).toBe(0);
  const cut = await begin(60_000);
  cut.child.kill("SIGINT");
  await isDraining(cut.url);
  cut.child.kill("SIGINT");
  await expect(cut.answer).rejects.toThrow();
  await cut.ended;
  expect(cut.child.signalCode).toBe("SIGINT");
});

async function queuedRows(url: string): Promise<string | undefined> {
  const reply = await fetch(`${url}/metrics`, { headers: { authorization: "Bearer t" } });
  return /^lepton_queue_rows\{.*\} (\d+)$/m.exec(await reply.text())?.[1];
}

/** It listens no more. */
async function isDraining(url: string): Promise<void> {
  const port = Number(new URL(url).port);
  const refused = () =>
    new Promise<boolean>((resolve) => {
      const socket = net.connect(port, "127.0.0.1", () => socket.destroy());
      socket.on("error", () => resolve(true)).on("close", () => resolve(false));
    });
  await expect.poll(refused, { timeout: 30_000 }).toBe(true);
}

test("a deployment's folder serves its current version", async () => {
  const place = path.dirname(await bundleFolder(sumParts()));
  await writeFile(path.join(place, "current.json"), JSON.stringify({ format: 1, version: 1 }));
  const { url } = await start([serve, place], { env: { LEPTON_TOKEN: "t" } });
  expect(await (await ask(url, "t")).json()).toMatchObject({ prediction: 1001 });
});

test("SIGTERM loses no request that was sent", async () => {
  const folder = await bundleFolder(sumParts());
  const { url, child, ended } = await start([serve, folder, "--batch-delay", "50"], { env: { LEPTON_TOKEN: "t" } });
  let answered = 0;
  let isEnding = false;
  const clients = Array.from({ length: 16 }, async () => {
    for (;;) {
      try {
        const reply = await ask(url, "t");
        expect(await reply.json()).toMatchObject({ prediction: 1001 });
        answered++;
      } catch (error) {
        // Only a connection that was never made may fail, and only after the signal.
        const { code } = (error as { cause?: { code?: string } }).cause ?? {};
        return { code, isEnding };
      }
    }
  });
  while (answered < 64) await new Promise((resolve) => setTimeout(resolve, 5));
  isEnding = true;
  child.kill("SIGTERM");
  expect(new Set((await Promise.all(clients)).map((end) => JSON.stringify(end)))).toEqual(
    new Set([JSON.stringify({ code: "ECONNREFUSED", isEnding: true })]),
  );
  expect(await ended).toBe(0);
});

test.each([
  [["--prot", "1"], "LEPTON_OPTION_UNKNOWN", /Unknown option '--prot'/],
  [["--port", "70000"], "LEPTON_OPTION_RANGE", /--port must be a whole number from 0 to 65535, got 70000/],
  [["--max-batch", "0"], "LEPTON_OPTION_RANGE", /--max-batch must be a whole number at least 1, got 0/],
  [["a", "b"], "LEPTON_OPTION_UNKNOWN", /takes one FOLDER, got a b/],
  [[], "LEPTON_OPTION_MISSING", /which FOLDER/],
  [["/nowhere/at/all"], "LEPTON_FILE_MISSING", /\/nowhere\/at\/all is not a deployed folder/],
])("serve %j is refused", async (words, code, sentence) => {
  const folder = await bundleFolder(sumParts());
  const argv = words[0]?.startsWith("--") ? [folder, ...words] : words;
  await expect(serveCommand(argv)).rejects.toMatchObject({ code, message: expect.stringMatching(sentence) });
});

test("a taken port is told in one sentence, and the process ends with 1", async () => {
  const folder = await bundleFolder(sumParts());
  const first = await start([serve, folder]);
  const second = await start([serve, folder, "--port", new URL(first.url).port]);
  expect(await second.ended).toBe(1);
  expect(second.output).toMatch(/^LEPTON_DEPLOY port \d+ on 127.0.0.1 is taken; choose another one/);
});

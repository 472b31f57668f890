import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import http from "node:http";
import path from "node:path";
import { assertPlugin, type DeployedService, type DeployRequest } from "@lepton/contract";
import { expect, onTestFinished, test, vi } from "vitest";
import plugin from "../../../plugins/target-local/index.ts";
import { bundleFolder, sumParts } from "../server/tiny-bundle.ts";

const target = plugin.targets[0]!;

async function request(change: Partial<DeployRequest> = {}): Promise<DeployRequest> {
  const folder = await bundleFolder(sumParts());
  return { folder, name: "credit-risk", version: 1, token: "t", host: "127.0.0.1", port: 0, ...change };
}

async function deploy(asked: DeployRequest): Promise<DeployedService> {
  const service = await target.deploy(asked);
  onTestFinished(() => target.stop(service));
  return service;
}

const ask = (url: string, age: number, agent?: http.Agent) =>
  new Promise<unknown>((resolve, reject) => {
    const headers = { authorization: "Bearer t" };
    const post = http.request(`${url}/predict`, { method: "POST", headers, agent: agent ?? false }, (reply) => {
      let text = "";
      reply.setEncoding("utf8").on("data", (part) => {
        text += part;
      });
      reply.on("end", () => resolve(JSON.parse(text).prediction)).on("error", reject);
    });
    post.on("error", reject);
    post.end(JSON.stringify({ age, home: "rent", owner: null }));
  });

/** An ended child stays in the table until this process has heard of it. */
const untilGone = (pid: number) => vi.waitFor(() => expect(isThere(pid)).toBe(false), { timeout: 30_000 });

const isThere = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test("it is a plugin", () => {
  expect(() => assertPlugin(plugin, "target-local")).not.toThrow();
});

test("a deployed folder answers once deploy resolves, and stop ends its process", async () => {
  const service = await deploy(await request());
  expect(await ask(service.url, 3)).toBe(3);
  expect(await target.alive(service)).toBe(true);
  await target.stop(service);
  await untilGone(service.pid!);
  expect(await target.alive(service)).toBe(false);
  await target.stop(service); // one already gone is no error
});

test("it outlives its starter, killed with its whole process group", async () => {
  const asked = await request();
  const script = `
    const { default: plugin } = await import(${JSON.stringify(path.join(import.meta.dirname, "../../../plugins/target-local/index.ts"))});
    console.log(JSON.stringify(await plugin.targets[0].deploy(${JSON.stringify(asked)})));
    setInterval(() => {}, 1000);`;
  const starter = spawn(process.execPath, ["--input-type=module", "-e", script], { detached: true });
  const service = await new Promise<DeployedService>((resolve, reject) => {
    let output = "";
    starter.stderr.setEncoding("utf8").on("data", (text) => reject(new Error(text)));
    starter.stdout.setEncoding("utf8").on("data", (text) => {
      output += text;
      if (output.includes("\n")) resolve(JSON.parse(output));
    });
  });
  onTestFinished(() => target.stop(service));
  const gone = new Promise((resolve) => starter.once("close", resolve));
  process.kill(-starter.pid!, "SIGKILL");
  await gone;
  expect(await target.alive(service)).toBe(true);
  expect(await ask(service.url, 4)).toBe(4);
});

test("a process number or a port that others use now is not taken for the service", async () => {
  const other = http.createServer((_request, reply) =>
    reply.end(JSON.stringify({ status: "ok", instance: "another" })),
  );
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void other.close());
  const bystander = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  onTestFinished(() => void bystander.kill("SIGKILL"));
  const { port } = other.address() as { port: number };
  const stale = { url: `http://127.0.0.1:${port}`, pid: bystander.pid!, instance: "long-gone" };
  expect(await target.alive(stale)).toBe(false);
  await target.stop(stale);
  expect(isThere(bystander.pid!)).toBe(true);
});

test("a new version takes the old one's place under the same url, and no request is lost", async () => {
  const old = await deploy(await request());
  let isOver = false;
  const failures: unknown[] = [];
  const clients = Array.from({ length: 4 }, async (_, client) => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    for (let turn = 0; !isOver; turn++) {
      const age = client * 1000 + turn;
      await ask(old.url, age, agent).then(
        (prediction) => expect(prediction).toBe(age),
        (error) => failures.push(error),
      );
    }
    agent.destroy();
  });
  const port = Number(new URL(old.url).port);
  const next = await deploy(await request({ version: 2, port, replaces: old }));
  isOver = true;
  await Promise.all(clients);
  expect(next.url).toBe(old.url);
  expect(next.pid).not.toBe(old.pid);
  await untilGone(old.pid!);
  expect(await target.alive(next)).toBe(true);
  if (process.platform === "linux") expect(failures).toEqual([]); // elsewhere ports cannot be shared: a short gap
});

test("a taken port, also by another service of ours, is told before anything starts", async () => {
  const first = await deploy(await request());
  const port = Number(new URL(first.url).port);
  await expect(target.deploy(await request({ port }))).rejects.toMatchObject({
    code: "LEPTON_DEPLOY",
    message: `port ${port} on 127.0.0.1 is taken; choose another --port, or leave it out for a free one.`,
  });
});

test("a folder that does not run is told with the end of its log, and leaves no process", async () => {
  const asked = await request();
  await expect(target.deploy({ ...asked, folder: path.dirname(asked.folder) })).rejects.toMatchObject({
    code: "LEPTON_DEPLOY",
    message: expect.stringMatching(
      /v1 did not start: it ended with code 1[\s\S]*LEPTON_FILE_MISSING .*not a deployed folder/,
    ),
  });
});

test("the token is not in the folder nor in the process's command line", async () => {
  const asked = await request({ token: "a-secret-token" });
  const service = await deploy(asked);
  expect(await readFile(path.join(asked.folder, "server.log"), "utf8")).not.toContain("a-secret-token");
  if (process.platform === "linux")
    expect(await readFile(`/proc/${service.pid}/cmdline`, "utf8")).not.toContain("a-secret-token");
});

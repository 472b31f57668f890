import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import net from "node:net";
import path from "node:path";
import { displaySymbol } from "@lepton/contract";
import { expect, onTestFinished, test } from "vitest";
import { deploymentDeclarations } from "../../../magics/deploy/declarations.ts";
import { startVersion } from "../../../magics/deploy/deploy.ts";
import { Deployment, deploymentLoader } from "../../../magics/deploy/deployment.ts";
import { hardRows } from "../../../magics/deploy/self-check.ts";
import { deploymentNames } from "../../../magics/deploy/store.ts";
import plugin from "../../../plugins/target-local/index.ts";
import { columns } from "../../plugins/server/tiny-bundle.ts";
import { lacking } from "../declared-members.ts";
import { row, servedRun, target, workplace } from "./served.ts";

test("a run is served once deploy resolves: by predict and by fetch with its headers", async () => {
  const { deploy } = await workplace();
  const service = await deploy();
  expect(await service.predict([row, { age: 1e308, home: null, owner: null }])).toEqual([
    { prediction: "bad", probabilities: { bad: 0.5, good: 0.5 } },
    { prediction: "good", probabilities: { bad: 0, good: 1 } },
  ]);
  expect(await service.predict(row)).toMatchObject({ prediction: "bad" });
  const reply = await fetch(`${service.url}/predict`, {
    method: "POST",
    headers: service.headers,
    body: JSON.stringify(row),
  });
  expect(await reply.json()).toMatchObject({ model: "credit-risk", version: 1, prediction: "bad" });
  expect(await service.alive()).toBe(true);
  expect(lacking(deploymentDeclarations, "Deployment", service)).toEqual([]);
  expect(lacking(deploymentDeclarations, "DeploymentVersion", service.history[0]!)).toEqual([]);
});

test("the same name again is the next version under the same url and token, while the old one goes", async () => {
  const { deploy, root } = await workplace();
  const first = await deploy({ note: "the first" });
  const { url, token } = first;
  const second = await deploy({ note: "the second" });
  expect([second.version, second.url, second.token]).toEqual([2, url, token]);
  expect(first.version).toBe(2); // one name, one service
  expect(second.history.map(({ version, note, current }) => [version, note, current])).toEqual([
    [1, "the first", false],
    [2, "the second", true],
  ]);
  const reply = await fetch(`${url}/predict`, { method: "POST", headers: first.headers, body: JSON.stringify(row) });
  expect(await reply.json()).toMatchObject({ version: 2 });
  await startVersion(path.join(root, "credit-risk"), target, "credit-risk", 1);
  expect([second.version, second.url, await second.alive()]).toEqual([1, url, true]);
  expect((await deploy()).version).toBe(3);
});

test("a stopped service says where it was, comes back at the same url, and is found after a restart", async () => {
  const { deploy, root } = await workplace();
  const service = await deploy();
  const { url } = service;
  await service.stop();
  expect(await service.alive()).toBe(false);
  await expect(service.predict(row)).rejects.toMatchObject({
    code: "LEPTON_DEPLOY",
    message: expect.stringContaining(`credit-risk does not answer at ${url}`),
  });
  expect((await deploy()).url).toBe(url);
  expect(deploymentNames(root)).toEqual(["credit-risk"]);
  const load = deploymentLoader(() => plugin.targets);
  const found = load(path.join(root, "credit-risk"));
  expect([found.version, await found.alive()]).toEqual([2, true]);
  expect(() => load(path.join(root, "other"))).toThrow(/there is no deployment in/);
});

test("a service that answers otherwise than its run is not deployed, and the one before goes on", async () => {
  const { deploy, root } = await workplace();
  const service = await deploy();
  const wrong = servedRun((p) => p + 2e-5);
  await expect(deploy({}, wrong)).rejects.toMatchObject({
    code: "LEPTON_DEPLOY",
    message: expect.stringMatching(/the service answers \[.*\] where the run predicts \[.*\], for the row/),
  });
  expect([service.version, await service.alive()]).toEqual([1, true]);
  expect(await readdir(path.join(root, "credit-risk"))).toEqual(["current.json", "token", "v1"]);
  await expect(deploy({ name: "first-time" }, wrong)).rejects.toMatchObject({ code: "LEPTON_DEPLOY" });
  expect(deploymentNames(root)).toEqual(["credit-risk"]);
});

test("the check asks for nulls, extremes, unseen categories and each column missing", () => {
  const rows = hardRows(columns);
  expect(rows).toContainEqual({ age: null, home: null, owner: null });
  expect(rows).toContainEqual({ age: 35, home: "\u2603 never seen", owner: true });
  expect(rows).toContainEqual({ age: 1e308, home: "rent", owner: true });
  expect(rows).toContainEqual({ age: 35, home: null, owner: true });
});

test("nothing shown or saved holds the token, and its file is for the owner alone", async () => {
  const { deploy, root } = await workplace();
  const service = await deploy();
  const file = path.join(root, "credit-risk", "token");
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await readFile(file, "utf8")).trim()).toBe(service.token);
  const { inspect } = await import("node:util");
  const shown = [JSON.stringify(service), inspect(service), JSON.stringify(await service[displaySymbol]())];
  for (const text of shown) expect(text).not.toContain(service.token);
  expect(shown[2]).toContain("$(cat .lepton/deployments/credit-risk/token)");
  expect(shown[2]).toContain("credit-risk v1, running");
  for (const name of await readdir(path.join(root, "credit-risk", "v1")))
    expect(await readFile(path.join(root, "credit-risk", "v1", name), "utf8")).not.toContain(service.token);
});

test("a port and a token of one's own", async () => {
  const { deploy } = await workplace();
  const taken = net.createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void taken.close());
  const { port } = taken.address() as net.AddressInfo;
  await expect(deploy({ port })).rejects.toMatchObject({
    code: "LEPTON_DEPLOY",
    message: `port ${port} on 127.0.0.1 is taken; choose another --port, or leave it out for a free one.`,
  });
  await new Promise((resolve) => taken.close(resolve));
  const service = await deploy({ port, token: "my-own-token" });
  expect([service.url, service.token]).toEqual([`http://127.0.0.1:${port}`, "my-own-token"]);
  expect(service.version).toBe(1); // the failed one left nothing
  await expect(deploy({ token: "short" })).rejects.toMatchObject({ code: "LEPTON_OPTION_VALUE" });
});

test.each(["Credit", "a b", "", ".", "..", "../x", "a/b", "-a", "a-", "x".repeat(64)])(
  "the name %j is refused",
  async (name) => {
    const { deploy, root } = await workplace();
    await expect(deploy({ name })).rejects.toMatchObject({
      code: "LEPTON_NAME_INVALID",
      message: expect.stringContaining(JSON.stringify(name)),
    });
    expect(existsSync(root)).toBe(false);
  },
);

test("two deployments of one name at one moment: the second is told, and a lock left by a killed process does not matter", async () => {
  const { deploy, root } = await workplace();
  const both = await Promise.allSettled([deploy(), deploy()]);
  expect(both.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
  expect(both[1]).toMatchObject({
    reason: { message: expect.stringMatching(/is changing credit-risk right now; try again/) },
  });
  await mkdir(path.join(root, "other"), { recursive: true });
  await writeFile(path.join(root, "other", "lock"), "999999999");
  expect(await (await deploy({ name: "other" })).alive()).toBe(true);
});

test("a long list goes in several requests, in order", async () => {
  const { deploy } = await workplace();
  const service = await deploy();
  const ages = Array.from({ length: 12_000 }, (_, age) => age / 100);
  const answers = await service.predict(ages.map((age) => ({ age, home: "rent", owner: false, note: "x".repeat(60) })));
  const wrong = answers.filter(
    ({ probabilities }, at) => Math.abs(probabilities!.good! - 1 / (1 + Math.exp(-ages[at]! / 100))) > 1e-6,
  );
  expect([answers.length, wrong.length]).toEqual([12_000, 0]);
  await expect(service.predict([{ age: 1 }])).rejects.toMatchObject({
    code: "LEPTON_COLUMN_MISSING",
    message: 'credit-risk: row 0 lacks "home", "owner"; send them, or null where they are unknown.',
  });
  expect(service).toBeInstanceOf(Deployment);
});

test("a token of one's own that was given to a deployment that failed is not kept", async () => {
  const { deploy } = await workplace();
  const service = await deploy();
  const { token } = service;
  await expect(
    deploy(
      { token: "another-token" },
      servedRun((p) => p + 1),
    ),
  ).rejects.toMatchObject({
    code: "LEPTON_DEPLOY",
  });
  expect(service.token).toBe(token);
  expect(await service.predict(row)).toMatchObject({ prediction: "bad" });
});

test("the address to listen on stays with the name, and another one may take the same port", async () => {
  const { deploy } = await workplace();
  const { url } = await deploy({ host: "127.0.0.2" });
  expect(new URL(url).hostname).toBe("127.0.0.2");
  expect((await deploy()).url).toBe(url);
  const moved = await deploy({ host: "127.0.0.1" });
  expect(moved.url).toBe(url.replace("127.0.0.2", "127.0.0.1"));
  expect(await moved.alive()).toBe(true);
  await expect(fetch(`${url}/healthz`)).rejects.toThrow("fetch failed");
});

const mayUse80 = await new Promise<boolean>((resolve) => {
  const probe = net.createServer().once("error", () => resolve(false));
  probe.listen({ host: "127.0.0.80", port: 80, exclusive: true }, () => probe.close(() => resolve(true)));
});

test.skipIf(!mayUse80)("port 80, which a url leaves out, stays with the name too", async () => {
  const { deploy } = await workplace();
  const first = await deploy({ host: "127.0.0.80", port: 80 });
  const second = await deploy();
  expect([first.url, second.url]).toEqual(["http://127.0.0.80:80", "http://127.0.0.80:80"]);
  expect(second.version).toBe(2);
  await second.stop();
  expect((await deploy()).url).toBe("http://127.0.0.80:80");
});

test("rows that JSON cannot carry are told by their place; whole numbers of a database are numbers", async () => {
  const { deploy } = await workplace();
  const service = await deploy();
  expect(await service.predict({ age: 0n, home: "rent", owner: false } as never)).toMatchObject({ prediction: "bad" });
  const circular: Record<string, unknown> = { age: 1 };
  circular["home"] = circular;
  for (const bad of [undefined, circular, () => 1]) {
    await expect(service.predict([row, bad as never])).rejects.toMatchObject({
      code: "LEPTON_REQUEST",
      message: expect.stringMatching(/^predict: row 1 cannot be sent: /),
    });
  }
});

test("a list of rows in Chinese is cut by its bytes, and a very long list is answered", async () => {
  const { deploy } = await workplace();
  const service = await deploy();
  const wide = Array.from({ length: 3000 }, () => ({ ...(row as object), note: "\u6559".repeat(300) }));
  expect((await service.predict(wide)).length).toBe(3000);
});

test("a record that is damaged is told by its file and hides no other deployment", async () => {
  const { deploy, root } = await workplace();
  await deploy();
  await mkdir(path.join(root, "broken"));
  const file = path.join(root, "broken", "current.json");
  for (const text of ["{", "{}", "null"]) {
    await writeFile(file, text);
    expect(deploymentNames(root)).toEqual(["broken", "credit-risk"]);
    const broken = new Deployment(path.join(root, "broken"), () => plugin.targets);
    expect(() => broken.url).toThrow(`${file} is damaged; put it back from a copy, or delete the folder broken.`);
  }
  await rm(file);
});

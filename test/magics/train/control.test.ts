import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { askRun, controlAddress, holdLease, isRunning, serveControl } from "../../../magics/train/control.ts";

/** Under load a process may take seconds to start. */
const slowly = { timeout: 30_000 };

const root = mkdtempSync(path.join(tmpdir(), "lepton-control-"));
afterAll(() => rmSync(root, { recursive: true }));
let made = 0;
function runFolder(name = `run${made++}`): string {
  const folder = path.join(root, name);
  mkdirSync(folder, { recursive: true });
  return folder;
}

function recorder() {
  const seen: string[] = [];
  return {
    seen,
    stop: (reason: string) => void seen.push(`stop ${reason}`),
    progress: () => void seen.push("progress"),
    leases: (count: number) => void seen.push(`leases ${count}`),
    where: () => ({ step: 7, epoch: 0.5 }),
  };
}

test("a request reaches the run and the reply says where it is", async () => {
  const folder = runFolder();
  const handlers = recorder();
  const server = await serveControl(folder, handlers);
  expect(await askRun(folder, { do: "progress" })).toEqual({ pid: process.pid, step: 7, epoch: 0.5 });
  await askRun(folder, { do: "stop", reason: "enough" });
  expect(handlers.seen).toEqual(["progress", "stop enough"]);
  await server?.close();
  expect(await isRunning(folder)).toBe(false);
  expect(await askRun(folder, { do: "progress" })).toBeUndefined();
});

test("a folder is run by one process at a time", async () => {
  const folder = runFolder();
  const first = await serveControl(folder, recorder());
  expect(await serveControl(folder, recorder())).toBeUndefined();
  expect(await isRunning(folder)).toBe(true);
  await first?.close();
});

test("what a killed process left is taken over", async () => {
  const folder = runFolder();
  const address = controlAddress(folder);
  const code = `require("net").createServer().listen(${JSON.stringify(address)}, () => console.log("up"))`;
  const child = spawn(process.execPath, ["-e", code], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(await isRunning(folder)).toBe(false);
  const server = await serveControl(folder, recorder());
  expect(await isRunning(folder)).toBe(true);
  await server?.close();
});

test("leases are counted while their holders live", async () => {
  const folder = runFolder();
  const handlers = recorder();
  const server = await serveControl(folder, handlers);
  const lease = holdLease(folder);
  await expect.poll(() => handlers.seen, slowly).toEqual(["leases 1"]);
  lease.release();
  await expect.poll(() => handlers.seen, slowly).toEqual(["leases 1", "leases 0"]);
  await server?.close();
});

test("a path too long for a socket is hashed into a folder of this user alone under the temporary one", async () => {
  const folder = runFolder(`${"deep/".repeat(30)}run`);
  expect(Buffer.byteLength(controlAddress(folder))).toBeLessThan(104);
  const server = await serveControl(folder, recorder());
  expect(await isRunning(folder)).toBe(true);
  expect(statSync(path.dirname(controlAddress(folder))).mode & 0o777).toBe(0o700);
  await server?.close();
});

test("a message that is no request closes its connection and nothing else", async () => {
  const folder = runFolder();
  const server = await serveControl(folder, recorder());
  expect(await askRun(folder, { do: "dance" } as never)).toBeUndefined();
  expect(await isRunning(folder)).toBe(true);
  await server?.close();
});

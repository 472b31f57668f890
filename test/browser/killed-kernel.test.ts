/** Jupyter's server restarts a kernel that died: what a user finds then. */
import { MIME, type RunView } from "@lepton/contract";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { browserFault, type Lab, startLab } from "./lab.ts";
import { ServerClient, type ServerMessage, startSession } from "./server-client.ts";

const fault = browserFault();
const data = `
const wave = Array.from({ length: 600 }, (_, i) => [Math.sin(i), Math.cos(3 * i), Math.sin(7 * i)]);
await lepton.dataset({ x: wave, y: wave.map(([a, b]) => (a! + b! > 0.2 ? "up" : "down")) }, { name: "waves", as: "rows" });`;

const viewOf = ({ content }: ServerMessage) => (content.data as Record<string, RunView> | undefined)?.[MIME.run];
const isRestart = ({ content }: ServerMessage) => /restarting/.test(String(content.execution_state));

describe.skipIf(fault)(`a kernel under Jupyter's server${fault ? ` (${fault})` : ""}`, () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab();
  }, 120_000);
  afterAll(() => lab?.stop());

  test("killed in mid-cell while it trains, it is restarted: the run lives on and its name is bound again", async () => {
    const kernel = await startSession(lab, "killed.ipynb");
    const client = await new ServerClient(lab, kernel).open();
    const other = await new ServerClient(lab, kernel).open();
    const pid = Number(await client.execute("process.pid"));
    expect(await client.execute(data)).toContain("420 train");
    client.send("%lepton train rows --hidden 8 --epochs 400 --batch-size 8 --as run");
    const shown = viewOf(await other.message((message) => (viewOf(message)?.step ?? 0) > 0))!;
    process.kill(pid, "SIGKILL");
    await client.message(isRestart);
    await other.message(isRestart);
    expect(await client.execute("await run.refresh(); [run.id, run.view().state].join()")).toBe(
      `'${shown.id},running'`,
    );
    const step = async () => Number(await client.execute("await run.refresh(); run.view().step"));
    await expect.poll(step, { timeout: 60_000 }).toBeGreaterThan(shown.step);
    expect(Number(await client.execute("process.pid"))).not.toBe(pid);
    expect(await other.execute("%lepton stop run\nawait run.refresh(); run.view().state")).toBe("'stopped'");
    for (const one of [client, other]) one.close();
  }, 180_000);

  test("process.exit() in a cell is said, and the next cell runs in a new kernel", async () => {
    const client = await new ServerClient(lab, await startSession(lab, "exit.ipynb")).open();
    expect(await client.execute("const before = 1; process.exit(3)")).toMatch(
      /^ProcessExit: The cell called process\.exit\(3\)/,
    );
    await client.message(isRestart);
    expect(await client.execute("typeof before")).toBe("'undefined'");
    client.close();
  }, 120_000);
});

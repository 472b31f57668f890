/** What is committed must install anywhere: no address of a registry and no path of one machine. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";

const root = path.dirname(import.meta.dirname);

test("the lockfile records no address a package came from", () => {
  const lock = JSON.parse(readFileSync(path.join(root, "package-lock.json"), "utf8")) as {
    packages: Record<string, { resolved?: string; link?: boolean; integrity?: string }>;
  };
  const others = Object.entries(lock.packages).filter(
    ([name, entry]) => name.startsWith("node_modules/") && !entry.link,
  );
  expect(others.length).toBeGreaterThan(50);
  expect(others.filter(([, entry]) => entry.resolved !== undefined).map(([name]) => name)).toEqual([]);
  expect(others.filter(([, entry]) => entry.integrity === undefined).map(([name]) => name)).toEqual([]);
});

test("no committed text names a registry's host as where to install from", () => {
  const pattern = `registry=${"https?"}://|"resolved": *"https?://|index-url`;
  let found = "";
  try {
    found = execFileSync("git", ["grep", "-nIE", pattern, "--", ".", ":!test/lockfile.test.ts"], {
      cwd: root,
      encoding: "utf8",
    });
  } catch (error) {
    if ((error as { status?: number }).status !== 1) throw error; // 1: nothing found
  }
  expect(found).toBe("");
});

test("the lockfile knows what every workspace depends on, so that npm ci accepts it", () => {
  const read = (file: string) => JSON.parse(readFileSync(path.join(root, file), "utf8"));
  const lock = read("package-lock.json") as { packages: Record<string, Record<string, unknown>> };
  const workspaces = Object.keys(lock.packages).filter((name) => !name.includes("node_modules/"));
  expect(workspaces.length).toBeGreaterThan(5);
  for (const folder of workspaces) {
    const manifest = read(path.join(folder, "package.json")) as Record<string, unknown>;
    for (const kind of ["dependencies", "devDependencies", "optionalDependencies"]) {
      expect(lock.packages[folder]?.[kind] ?? {}, `${folder || "."} ${kind}`).toEqual(manifest[kind] ?? {});
    }
  }
});

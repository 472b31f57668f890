import { expect, test } from "vitest";
import { mappedFiles, pathMap, placed } from "../../../kernel/cells/tsconfig-paths.ts";

test("nothing is mapped without paths and baseUrl", () => {
  expect(pathMap(placed({ strict: true }, "/a"), "/a")).toBeUndefined();
});

test("paths are read from the file that has them, or from baseUrl", () => {
  const nearest = ["$", "{configDir}/gen/*"].join("");
  const inherited = placed({ paths: { "@/*": ["./src/*", nearest] } }, "/a/base");
  expect(pathMap(inherited, "/a")).toEqual({ paths: { "@/*": ["/a/base/src/*", "/a/gen/*"] }, baseUrl: undefined });
  const based = { ...inherited, ...placed({ baseUrl: "./lib" }, "/a") };
  expect(mappedFiles(pathMap(based, "/a")!, "@/x")).toEqual(["/a/lib/src/x", "/a/gen/x", "/a/lib/@/x"]);
});

test("the exact pattern counts before those with a star, of which the longest", () => {
  const paths = { "*": ["any/*"], "a/*": ["one/*"], "a/b/*": ["two/*"], "a/b/c": ["three"], "x*.z": ["$&/*"] };
  const map = pathMap(placed({ paths }, "/p"), "/p")!;
  const first = (name: string) => mappedFiles(map, name);
  expect(["a/b/c", "a/b/d", "a/e", "q", "xy.z", "x.z"].map(first)).toEqual([
    ["/p/three"],
    ["/p/two/d"],
    ["/p/one/e"],
    ["/p/any/q"],
    ["/p/$&/y"],
    ["/p/$&/"],
  ]);
});

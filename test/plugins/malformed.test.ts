/** Plugins that are not what the contract asks for, and what their authors are told. */
import { assertPlugin, CONTRACT } from "@lepton/contract";
import { createPlugins } from "@lepton/magics";
import { expect, test } from "vitest";

const engine = { name: "e", unavailable: () => null, devices: () => [], compile: () => null };

test.each([
  ["nothing", undefined, "plugin bad-package: its default export must be an object, got undefined."],
  ["null", null, "plugin bad-package: its default export must be an object, got null."],
  ["a function", () => 0, "plugin bad-package: its default export must be an object, got function."],
  [
    "another contract",
    { name: "x", contract: 2 },
    `plugin bad-package: it is written for contract 2, this Lepton has contract ${CONTRACT}; install the matching version.`,
  ],
  ["no contract", { name: "x" }, "it is written for contract undefined"],
  ["no name", { contract: 1 }, "name must be a non-empty string."],
  ["an empty name", { contract: 1, name: "" }, "name must be a non-empty string."],
  [
    "an unknown key",
    { contract: 1, name: "x", engine: [engine] },
    'unknown key "engine"; keys: name, contract, engines',
  ],
  ["engines that are no list", { contract: 1, name: "x", engines: engine }, "engines must be an array."],
  ["an engine that is null", { contract: 1, name: "x", engines: [null] }, "engines[0] must be an object."],
  [
    "an engine without a name",
    { contract: 1, name: "x", engines: [{ ...engine, name: 3 }] },
    "engines[0].name must be a non-empty",
  ],
  [
    "an engine that cannot compile",
    { contract: 1, name: "x", engines: [engine, { ...engine, compile: undefined }] },
    "engines[1] (e) has no method compile().",
  ],
  [
    "a source that cannot open",
    { contract: 1, name: "x", sources: [{ name: "s", matches: () => true }] },
    "sources[0] (s) has no method open().",
  ],
  [
    "a target that cannot stop",
    { contract: 1, name: "x", targets: [{ name: "t", deploy() {}, alive() {} }] },
    "has no method stop().",
  ],
  [
    "a tracker that hears no end",
    { contract: 1, name: "x", trackers: [{ name: "t", onStart() {}, onEvent() {} }] },
    "has no method onEnd().",
  ],
])("a plugin that is or has %s is refused with the reason", (_, value, message) => {
  expect(() => assertPlugin(value, "bad-package")).toThrow(
    expect.objectContaining({ code: "LEPTON_PLUGIN", message: expect.stringContaining(message) }),
  );
});

test("the same plugin twice is one, another of the same name names both packages, and a refused one leaves nothing behind", () => {
  const plugins = createPlugins();
  const plugin = { name: "torch", contract: 1, engines: [engine] };
  plugins.add(plugin, "package-a");
  plugins.add(plugin, "package-a");
  expect(plugins.all).toHaveLength(1);
  expect(() => plugins.add({ ...plugin }, "package-b")).toThrow(
    'two plugins are named "torch": package-a and package-b; load only one of them.',
  );
  expect(() => plugins.add({ name: "half", contract: 1, engines: [{}] }, "package-c")).toThrow("package-c");
  expect(plugins.engines().map((one) => one.name)).toEqual(["e"]);
  expect(plugins.sources()).toEqual([]);
});

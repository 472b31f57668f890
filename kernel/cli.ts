/**
 * The `lepton` command. Enters: words; leaves: what the command did, and an exit code: 0, 1 for a failure, 2 for a wrong call. Each command is
 * loaded when it is called.
 */
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { isLeptonError, LeptonError } from "@lepton/contract";
import { install, type Place, placeFor, uninstall } from "./install.ts";

interface Command {
  readonly usage: string;
  readonly summary: string;
  run(words: readonly string[]): Promise<void>;
}

const commands: Readonly<Record<string, Command>> = {
  install: {
    usage: "install [--user | --sys-prefix | --prefix FOLDER]",
    summary: "give the kernel to Jupyter; --user is the default",
    run: async (words) => say(`The kernel is in ${install(placeOf("install", words), process.execPath, mainFile())}`),
  },
  uninstall: {
    usage: "uninstall [--user | --sys-prefix | --prefix FOLDER]",
    summary: "take it away again",
    async run(words) {
      const place = placeOf("uninstall", words);
      const folder = uninstall(place);
      say(folder ? `Removed ${folder}` : `There is no Lepton kernel in ${place.dataFolder}`);
    },
  },
  run: {
    usage: "run SPEC.json",
    summary: "features, train, sweep and deploy without a notebook, in plain lines; Ctrl-C stops at a checkpoint",
    run: runSpec,
  },
  engine: {
    usage: "engine add torch [--cuda]",
    summary: "fetch libtorch for --engine torch: 553 MB, with --cuda about 3 GB; goes on where it was cut off",
    run: async (words) => (await import("@lepton/engine-torch")).engineCommand(words),
  },
  serve: {
    usage: "serve FOLDER [--port N] …",
    summary: "serve a deployed folder over HTTP; serve --help lists the options",
    run: async (words) => (await import("@lepton/server")).serveCommand(words),
  },
};

async function runSpec([file, ...more]: readonly string[]): Promise<void> {
  if (file === undefined || file.startsWith("-") || more.length > 0) {
    throw new LeptonError(
      "LEPTON_OPTION_VALUE",
      `run: takes one file, got ${[file, ...more].join(" ") || "none"}. lepton run SPEC.json`,
    );
  }
  const [{ runSpecFile, verbs }, { loadMagics }] = await Promise.all([
    import("@lepton/magics"),
    import("./load-magics.ts"),
  ]);
  const { host, done } = runSpecFile(file, await loadMagics(), verbs, (text) => process.stdout.write(text));
  process.once("SIGINT", () => host.interrupt());
  await done;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** The kernel's entry, beside this file in source and in the build. */
function mainFile(): string {
  return fileURLToPath(new URL(`./main${path.extname(import.meta.url)}`, import.meta.url));
}

function placeOf(command: string, words: readonly string[]): Place {
  const { values } = readFlags(command, words);
  const chosen = Object.keys(values);
  if (chosen.length > 1) {
    throw new LeptonError(
      "LEPTON_OPTION_VALUE",
      `${command}: one place at a time, got --${chosen.join(" and --")}. ${commands[command]!.usage}`,
    );
  }
  if (values["sys-prefix"]) return placeFor(systemPrefix(command));
  return placeFor(values.prefix);
}

function readFlags(command: string, words: readonly string[]) {
  const options = {
    user: { type: "boolean" },
    "sys-prefix": { type: "boolean" },
    prefix: { type: "string" },
  } as const;
  try {
    return parseArgs({ args: [...words], options });
  } catch (cause) {
    const { message } = cause as Error;
    throw new LeptonError("LEPTON_OPTION_UNKNOWN", `${command}: ${message}\nlepton ${commands[command]!.usage}`, {
      cause,
    });
  }
}

/** The environment that is active in this terminal. */
function systemPrefix(command: string): string {
  const prefix = process.env.VIRTUAL_ENV ?? process.env.CONDA_PREFIX;
  if (prefix) return prefix;
  throw new LeptonError(
    "LEPTON_OPTION_VALUE",
    `${command}: --sys-prefix needs an active environment (VIRTUAL_ENV or CONDA_PREFIX). Name it: --prefix FOLDER.`,
  );
}

function help(): string {
  const lines = Object.values(commands).map(({ usage, summary }) => `  lepton ${usage}\n      ${summary}`);
  return ["Lepton: TypeScript in Jupyter for machine learning", ...lines].join("\n");
}

async function main([name, ...words]: readonly string[]): Promise<void> {
  if (name === undefined || name === "help" || name === "--help") return say(help());
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) {
    throw new LeptonError(
      "LEPTON_VERB_UNKNOWN",
      `lepton has no command "${name}". It has: ${Object.keys(commands).join(", ")}.`,
    );
  }
  if (name !== "serve") checkNode();
  await command.run(words);
}

/** A deployed folder also runs on older ones; kernels and runs do not, and what is installed here keeps this Node. */
function checkNode(): void {
  if (Number(process.versions.node.split(".")[0]) >= 24) return;
  throw new LeptonError(
    "LEPTON_ENGINE_NONE",
    `Lepton runs on Node 24 or newer, this is ${process.version} (${process.execPath}); npm brought one as node_modules/.bin/node.`,
  );
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${isLeptonError(error) ? `${error.code} ${error.message}` : (error as Error).stack}\n`);
  process.exitCode = isLeptonError(error) && /^LEPTON_(OPTION|VERB)/.test(error.code) ? 2 : 1;
}

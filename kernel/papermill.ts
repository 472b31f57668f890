/**
 * papermill writes a notebook's parameters as code of its language, and knows TypeScript only when told. Enters: an environment's folder; leaves: a
 * small Python package in its site-packages that tells it, found by papermill through an entry point, removable by pip too.
 */
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

const version = "0.1.0";

/** Loaded by papermill when it looks for engines; registers the language on the way. */
const source = `"""TypeScript parameters for papermill. Written by \`lepton install\`; \`lepton uninstall\` or pip removes it."""

import json
import re

from papermill.models import Parameter
from papermill.translators import Translator, papermill_translators

DECLARATION = re.compile(
    r"^\\s*(?:export\\s+)?(?:const|let|var)\\s+([\\w$]+)\\s*(?::\\s*([^=]+?))?\\s*=\\s*(.*?);?\\s*(?://\\s*(.*))?$", re.M
)


class TypeScriptTranslator(Translator):
    """Parameters as TypeScript: JSON is its notation for every value, with the three numbers that JSON lacks."""

    @classmethod
    def translate(cls, val):
        if isinstance(val, float) and val != val:
            return "Number.NaN"
        if val in (float("inf"), float("-inf")):
            return "Infinity" if val > 0 else "-Infinity"
        if isinstance(val, dict):
            return "{" + ", ".join(f"{json.dumps(str(k))}: {cls.translate(v)}" for k, v in val.items()) + "}"
        if isinstance(val, (list, tuple)):
            return "[" + ", ".join(cls.translate(v) for v in val) + "]"
        return json.dumps(val, ensure_ascii=False, default=str)

    @classmethod
    def comment(cls, cmt_str):
        return f"// {cmt_str}".strip()

    @classmethod
    def assign(cls, name, str_val):
        return f"let {name} = {str_val};"

    @classmethod
    def inspect(cls, parameters_cell):
        found = DECLARATION.findall(parameters_cell["source"])
        return [Parameter(name, kind or "None", default, about) for name, kind, default, about in found]


papermill_translators.register("lepton", TypeScriptTranslator)
papermill_translators.register("typescript", TypeScriptTranslator)


class LeptonEngine:
    """An entry point must name something; choosing it (\`--engine lepton\`) is choosing papermill's own."""

    def __getattr__(self, name):
        from papermill.engines import NBClientEngine

        return getattr(NBClientEngine, name)


engine = LeptonEngine()
`;

const entryPoints = "[papermill.engine]\nlepton = lepton_papermill:engine\n";
const metadata = `Metadata-Version: 2.1
Name: lepton-papermill
Version: ${version}
Summary: TypeScript parameters for papermill
License: Apache-2.0
`;

const moduleFile = "lepton_papermill.py";
const infoFolder = `lepton_papermill-${version}.dist-info`;

/** site-packages of an environment; empty when it has no Python. */
function sitePackages(prefix: string): string[] {
  const lib = path.join(prefix, "lib");
  const unix = existsSync(lib) ? readdirSync(lib).filter((name) => /^python3\.\d+$/.test(name)) : [];
  const folders = [
    ...unix.map((name) => path.join(lib, name, "site-packages")),
    path.join(prefix, "Lib", "site-packages"),
  ];
  return folders.filter((folder) => existsSync(folder));
}

/** @returns the folders that were written to */
export function installForPapermill(prefix: string): readonly string[] {
  const folders = sitePackages(prefix);
  for (const folder of folders) {
    const info = path.join(folder, infoFolder);
    mkdirSync(info, { recursive: true });
    writeFileSync(path.join(folder, moduleFile), source);
    writeFileSync(path.join(info, "METADATA"), metadata);
    writeFileSync(path.join(info, "entry_points.txt"), entryPoints);
    writeFileSync(path.join(info, "INSTALLER"), "lepton\n");
    const files = [
      moduleFile,
      ...["METADATA", "entry_points.txt", "INSTALLER", "RECORD"].map((name) => `${infoFolder}/${name}`),
    ];
    writeFileSync(path.join(info, "RECORD"), files.map((name) => `${name},,\n`).join(""));
  }
  return folders;
}

export function uninstallForPapermill(prefix: string): void {
  for (const folder of sitePackages(prefix)) {
    rmSync(path.join(folder, moduleFile), { force: true });
    rmSync(path.join(folder, infoFolder), { recursive: true, force: true });
  }
}

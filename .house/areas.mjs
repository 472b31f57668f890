// The areas of the test run: which files belong to each and how many minutes it may take. A file belongs to the first area that names its folder.

import { readdirSync } from "node:fs";
import path from "node:path";
import { root } from "./environment.mjs";

/** In the order in which they run: what fails fast and tells most comes first. */
const named = [
  { name: "torch", minutes: 2, folders: ["test/plugins/engine-torch/"] },
  { name: "kernel", minutes: 6, folders: ["test/kernel/", "test/wire/"] },
  { name: "notebooks", minutes: 6, folders: ["test/notebooks/"] },
  { name: "browser", minutes: 12, folders: ["test/browser/", "test/extension/"] },
  {
    name: "servers",
    minutes: 6,
    folders: ["test/plugins/server/", "test/plugins/target-local/", "test/magics/deploy/", "test/brokers/"],
  },
];

export const setUpMinutes = 8;

function testFiles(folder) {
  return readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return entry.name === "node_modules" ? [] : testFiles(name);
    return entry.name.endsWith(".test.ts") ? [name] : [];
  });
}

/** Every test file of this checkout, in its area; areas without files are left out. */
export function areas() {
  const rest = new Set(testFiles("test"));
  const claimed = named.map((area) => {
    const files = [...rest].filter((file) => area.folders.some((folder) => file.startsWith(folder)));
    for (const file of files) rest.delete(file);
    return { ...area, files };
  });
  const unit = { name: "unit", minutes: 6, files: [...rest] };
  return [unit, ...claimed].filter((area) => area.files.length > 0);
}

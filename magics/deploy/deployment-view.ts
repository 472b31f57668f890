/** How a deployment shows itself: where it is, how to ask it. The token is never shown: a notebook is shared. */
import type { BundleManifest, MimeBundle } from "@lepton/contract";
import { escapeMarkup } from "../draw/svg.ts";
import { alignColumns } from "../draw/text-table.ts";

/** What is shown of a Deployment. */
export interface ShownDeployment {
  readonly name: string;
  readonly version: number;
  readonly url: string;
  readonly manifest: BundleManifest;
}

export function deploymentBundle(deployment: ShownDeployment, alive: boolean): MimeBundle {
  const facts = factsOf(deployment, alive);
  const curl = curlOf(deployment);
  const rows = facts
    .map(
      ([name, value]) =>
        `<tr><th style="text-align:left">${escapeMarkup(name)}</th><td style="text-align:left">${escapeMarkup(value)}</td></tr>`,
    )
    .join("");
  return {
    "text/html": `<table>${rows}</table><pre style="white-space:pre-wrap">${escapeMarkup(curl)}</pre>`,
    "text/plain": `${alignColumns(facts).join("\n")}\n\n${curl}`,
  };
}

function factsOf(
  { name, version, url, manifest }: ShownDeployment,
  alive: boolean,
): readonly (readonly [string, string])[] {
  const { run, dataset, target, task, note } = manifest;
  return [
    ["service", `${name} v${version}, ${alive ? "running" : "stopped"}`],
    ["url", url],
    ["token", `hidden: .token of this value, or the file ${tokenPath(name)}`],
    ["predicts", `${target || "a value"} (${task}), by run ${run.name} (${run.id}) on ${dataset.name}`],
    ["more", `${url}/docs, /openapi.json, /metrics, /v2 (Open Inference Protocol)`],
    ...(note === "" ? [] : [["note", note] as const]),
  ];
}

/** Relative to the notebook's folder. */
const tokenPath = (name: string) => `.lepton/deployments/${name}/token`;

/** To be pasted into a terminal in the notebook's folder. */
export function curlOf({ name, url, manifest }: ShownDeployment): string {
  const example = Object.fromEntries(manifest.columns.map((column) => [column.name, column.example]));
  const body = manifest.columns.length > 0 ? JSON.stringify({ rows: [example] }) : '{"features": [[...]]}';
  const quoted = body.replaceAll("'", "'\\''");
  return `curl ${url}/predict \\\n  -H "Authorization: Bearer $(cat ${tokenPath(name)})" \\\n  -d '${quoted}'`;
}

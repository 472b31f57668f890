/** Host stages in front of the model: the same code as in training (`@lepton/graph/stages`). A model of plain arrays has none. */
import type { BundleManifest } from "@lepton/contract";
import type { EncodeRows } from "./rows.ts";

export function rowEncoder(_stages: unknown, manifest: BundleManifest): EncodeRows {
  const { columns } = manifest;
  return (rows) =>
    Float32Array.from(
      rows.flatMap((row) =>
        columns.map((c) => {
          const v = row[c.name];
          return typeof v === "number" ? v : v === null ? Number.NaN : (c.categories ?? []).indexOf(String(v));
        }),
      ),
    );
}

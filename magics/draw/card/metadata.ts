/**
 * A card's metadata as Hugging Face reads it: the YAML front matter of a model's README, with `model-index` for the results.
 * @source huggingface.co/docs/hub/model-cards and the model-index specification (modelcard.md in huggingface/hub-docs)
 */
import type { CardFacts } from "./sections.ts";

/** Our metric names ─► theirs. */
const metricTypes: Readonly<Record<string, string>> = { rocAuc: "roc_auc", r2: "r_squared" };

export function metadataOf({ spec, view, manifest, human }: CardFacts): Readonly<Record<string, unknown>> {
  const task = taskType(spec.task, manifest.rowShape.length);
  const results = Object.entries(view.test ?? {}).flatMap(([name, value]) =>
    value === null ? [] : [{ type: metricTypes[name] ?? name, value, name, verified: false }],
  );
  const { source } = manifest;
  return {
    ...(human.license ? { license: human.license.trim() } : {}),
    library_name: "lepton",
    pipeline_tag: task,
    tags: ["lepton", "onnx", task],
    metrics: results.filter((result) => result.name !== "loss").map((result) => result.type),
    "model-index": [
      {
        name: spec.name,
        results: [
          {
            task: { type: task, name: spec.task },
            dataset: {
              type: source.kind === "file" ? (source.uri.split(".").at(-1) ?? "file") : "arrays",
              name: manifest.name,
              split: "test",
              ...(source.kind === "file" ? { revision: source.sha256 } : {}),
            },
            metrics: results,
          },
        ],
      },
    ],
  };
}

function taskType(task: CardFacts["spec"]["task"], rank: number): string {
  const kind = task === "regression" ? "regression" : "classification";
  return rank === 3 && kind === "classification" ? "image-classification" : `tabular-${kind}`;
}

/**
 * A run's test metrics as Hugging Face reads them from `.eval_results/*.yaml` of a model's repository.
 * @source huggingface.co/docs/hub/eval-results: dataset { id, task_id, config, split, revision }, value, date, source, notes
 */
import type { CardView } from "@lepton/contract";
import { yamlList } from "./front-matter.ts";

interface Indexed {
  readonly results?: readonly {
    readonly dataset: Readonly<Record<string, unknown>> & { readonly name: string };
    readonly metrics: readonly { readonly type: string; readonly value: number }[];
  }[];
}

/** From the card's `model-index`, so that both say the same. Empty where the run has no test metrics. */
export function evalResults(card: CardView): string {
  const index = (card.metadata["model-index"] ?? []) as readonly Indexed[];
  const entries = index.flatMap(({ results = [] }) =>
    results.flatMap(({ dataset, metrics }) =>
      metrics.map(({ type, value }) => ({
        dataset: { id: dataset.name, task_id: type, split: dataset["split"], revision: dataset["revision"] },
        value,
        date: card.createdAt.slice(0, 10),
        source: { name: `Lepton run ${card.run}` },
        notes: `${type} on the test rows`,
      })),
    ),
  );
  const comment =
    "# Results of the model card beside this file. On Hugging Face it goes to .eval_results/ of the model's repository,\n# with the data set's id on the Hub as dataset.id.\n";
  return entries.length === 0 ? "" : comment + yamlList(entries);
}

/** A run as the kernel lists it for the sidebar. */
import type { ListedRun } from "@lepton/contract";

export function listedRun(change: Partial<ListedRun> = {}): ListedRun {
  return {
    id: "260101-000000-a",
    name: "run",
    state: "finished",
    createdAt: "2026-01-01T00:00:00Z",
    model: "mlp",
    dataset: "credit",
    task: "binary",
    epoch: 5,
    epochs: 5,
    seconds: 2,
    seed: 1,
    metrics: { rocAuc: 0.8 },
    settings: {},
    source: "%lepton train credit",
    ...change,
  };
}

/** Where things lie in `.lepton/` beside the notebook (DESIGN.md 7). Only paths; who owns a folder writes it. */
import path from "node:path";

export interface LeptonFolder {
  /** The notebook's folder. */
  readonly notebook: string;
  /** `.lepton` itself. */
  readonly root: string;
  datasets(id?: string): string;
  runs(id?: string): string;
  studies(id?: string): string;
  deployments(name?: string, version?: number): string;
  /** Names bound by `--as`, bound again after a restart. */
  readonly names: string;
}

export function leptonFolder(notebook: string): LeptonFolder {
  const root = path.join(notebook, ".lepton");
  const under = (kind: string, id?: string) => (id === undefined ? path.join(root, kind) : path.join(root, kind, id));
  return {
    notebook,
    root,
    datasets: (id) => under("datasets", id),
    runs: (id) => under("runs", id),
    studies: (id) => under("studies", id),
    deployments: (name, version) =>
      version === undefined ? under("deployments", name) : path.join(under("deployments", name), `v${version}`),
    names: path.join(root, "names.json"),
  };
}

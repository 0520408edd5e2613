"""Runs the notebooks of this folder and keeps their outputs; with --check, only runs them.

    python python/examples/run.py [--check]
"""

from __future__ import annotations

import pathlib
import re
import sys

import nbclient
import nbformat

HERE = pathlib.Path(__file__).parent


def run(path: pathlib.Path) -> nbformat.NotebookNode:
    """The notebook with its outputs, without what differs from run to run."""
    notebook = nbformat.read(path, 4)
    place = {"metadata": {"path": str(HERE)}}
    nbclient.NotebookClient(notebook, timeout=300, resources=place).execute()
    notebook.metadata.pop("language_info", None)
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        cell.execution_count = None
        cell.metadata = {}
        for output in cell.outputs:
            if "execution_count" in output:
                output.execution_count = None
            if output.get("name") == "stderr":
                output.text = re.sub(r"^\S+:\d+: (\w+: .*)\n(  .*\n)?", r"\1\n", output.text)
    return notebook


def main() -> None:
    for path in sorted(HERE.glob("*.ipynb")):
        notebook = run(path)
        if "--check" not in sys.argv:
            nbformat.write(notebook, path)


if __name__ == "__main__":
    main()

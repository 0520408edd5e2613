"""The notebooks run as they are, and say what they said."""

import importlib.util
import pathlib
import re
from typing import Any

import pytest
from conftest import ROOT

SPEC = importlib.util.spec_from_file_location("run", ROOT / "python/examples/run.py")
assert SPEC is not None and SPEC.loader is not None
EXAMPLES = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(EXAMPLES)
NOTEBOOKS = sorted((ROOT / "python/examples").glob("*.ipynb"))


def said(notebook: Any) -> list[str]:
    """What cells print: what pandas shows differs from version to version."""
    outputs = [one for cell in notebook.cells for one in cell.get("outputs", [])]
    return ["".join(one["text"]) for one in outputs if one["output_type"] == "stream"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
def test_notebooks_say_what_they_said(path: pathlib.Path) -> None:
    import nbformat

    committed = said(nbformat.reads(path.read_text(), 4))  # type: ignore[no-untyped-call]
    assert committed and said(EXAMPLES.run(path)) == committed


def test_there_are_three() -> None:
    assert len(NOTEBOOKS) == 3


@pytest.mark.filterwarnings("ignore::onsager.ReplicaSymmetryWarning")
def test_the_page_runs() -> None:
    text = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.S)
    assert blocks
    names: dict[str, Any] = {}
    for block in blocks:
        exec(block, names)
    assert names["solution"].stable and names["machine"].outcome_ == "converged"
    assert len(names["table"]) == 81 and names["many"].shape == (31, 25)

"""Studies, phase diagrams and figures."""

from __future__ import annotations

import os
from typing import Any

from . import _onsager
from ._answer import Table
from ._call import Progress, shown, text_of

Spec = Any


class Figure:
    """A figure: a notebook shows it, `save` writes SVG or PNG."""

    def __init__(self, spec: Spec, table: Table) -> None:
        self._spec = spec
        self._table = table
        #: The figure as SVG.
        self.svg = _onsager.figure(spec, table._native)

    def _repr_svg_(self) -> str:
        return self.svg

    def png(self, scale: float = 2.0) -> bytes:
        """The figure as PNG, with `scale` pixels for each nominal one."""
        return _onsager.figure_png(self._spec, self._table._native, scale)

    def save(self, file: str | os.PathLike[str], scale: float = 2.0) -> None:
        """Writes the figure to a file whose name ends with .svg or .png."""
        name = os.fspath(file)
        if name.endswith(".svg"):
            content = self.svg.encode()
        elif name.endswith(".png"):
            content = self.png(scale)
        else:
            raise ValueError(f"file is {name}: must end with .svg or .png")
        with open(name, "wb") as out:
            out.write(content)

    def __repr__(self) -> str:
        return f"Figure({self._table.title!r})"


def figure(spec: Spec, table: Table) -> Figure:
    """Draws a table.

    Parameters
    ----------
    spec : str, path or dict
        TOML with panels, as the files of `figures/` have them, its path, or a dictionary
        (which needs no `data`, and no `size`: 135 × 100 mm).
    table : Table
        What is drawn.
    """
    if not isinstance(table, Table):
        raise TypeError(f"table is of type {type(table).__name__}: a Table is needed")
    if isinstance(spec, dict):
        spec = {"data": "table.csv", "size": [135, 100], **spec}
    return Figure(text_of(spec), table)


def study(
    spec: Spec,
    *,
    record: str | os.PathLike[str] | None = None,
    threads: int | None = None,
    progress: Progress = None,
) -> Table:
    """Runs a study.

    Parameters
    ----------
    spec : str, path or dict
        TOML with a `[study]`, its path, or a dictionary of the study alone (with `kind`;
        seed 1 unless it says another).
    record : path, optional
        Finished parts are kept in this file; an interrupted run goes on from it.
    threads, progress
        As everywhere.
    """
    if isinstance(spec, dict):
        spec = {"seed": 1, **spec}
    with shown(progress) as told:
        return Table(_onsager.study(text_of(spec), record, threads, told))


def sweep(
    spec: Spec,
    *,
    record: str | os.PathLike[str] | None = None,
    threads: int | None = None,
    progress: Progress = None,
) -> Table:
    """A phase diagram: a study of kind "diagram" (see `study`)."""
    if isinstance(spec, dict):
        spec = {"kind": "diagram", **spec}
    return study(spec, record=record, threads=threads, progress=progress)

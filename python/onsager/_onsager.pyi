"""The compiled module."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

__version__: str

class InputError(ValueError):
    field: str | None

class Reply:
    seconds: float
    broken: float | None
    def to_dict(self) -> dict[str, Any]: ...
    def to_json(self) -> str: ...
    def tables(self) -> list[Table]: ...
    def notes(self) -> list[str]: ...

class Table:
    title: str
    metadata: dict[str, str]
    names: list[str]
    headings: list[str]
    columns: list[tuple[str, str, int]]
    @staticmethod
    def of(
        title: str,
        metadata: list[tuple[str, str]],
        columns: list[tuple[str, str, int]],
        rows: list[list[Any]],
    ) -> Table: ...
    def cells(self) -> list[list[Any]]: ...
    @staticmethod
    def read(text: str) -> Table: ...
    def column(self, name: str) -> Any: ...
    def shown(self, rows: int) -> list[list[str]]: ...
    def csv(self) -> str: ...
    def __len__(self) -> int: ...

_Told = Callable[[str, float | None], None] | None

def ask(
    name: str, arguments: dict[str, Any], threads: int | None = None, progress: _Told = None
) -> Reply: ...
def request_json(name: str, arguments: dict[str, Any]) -> str: ...
def experiments() -> list[str]: ...
def arguments(name: str) -> list[str]: ...
def describe(name: str) -> str: ...
def solve_many(
    alpha: npt.NDArray[np.float64],
    lam: npt.NDArray[np.float64],
    arguments: dict[str, Any],
    threads: int | None = None,
    progress: _Told = None,
) -> dict[str, Any]: ...
def study(
    spec: Any, record: Any = None, threads: int | None = None, progress: _Told = None
) -> Table: ...
def figure(spec: Any, table: Table) -> str: ...
def figure_png(spec: Any, table: Table, scale: float) -> bytes: ...
def analyze_array(
    x: npt.NDArray[Any],
    arguments: dict[str, Any],
    threads: int | None = None,
    progress: _Told = None,
) -> Reply: ...
def fit(
    x: npt.NDArray[Any],
    hidden: str,
    units: int,
    bias: list[float],
    algorithm: str,
    settings: dict[str, Any],
    restarts: int,
    standardise: str,
    seed: int,
    threads: int | None = None,
    progress: _Told = None,
) -> dict[str, Any]: ...
def hidden_means(
    x: npt.NDArray[Any],
    hidden: str,
    bias: list[float],
    weights: npt.NDArray[np.float64],
    columns: tuple[list[int], npt.NDArray[np.float64], npt.NDArray[np.float64]],
    threads: int | None = None,
) -> npt.NDArray[np.float64]: ...
def gains(
    x: npt.NDArray[Any],
    hidden: str,
    bias: list[float],
    weights: npt.NDArray[np.float64],
    columns: tuple[list[int], npt.NDArray[np.float64], npt.NDArray[np.float64]],
    threads: int | None = None,
) -> npt.NDArray[np.float64]: ...

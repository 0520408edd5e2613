"""What calculations give: records of named fields, tables, and arrays of fixed points."""

from __future__ import annotations

import copy
import html
import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import numpy as np
import numpy.typing as npt

from . import _onsager

if TYPE_CHECKING:
    import pandas

FloatArray = npt.NDArray[np.float64]
R = TypeVar("R", bound="Record")

#: Rows of a table that a notebook shows.
SHOWN = 60

#: Classes of records by name: nested records are found here.
KINDS: dict[str, type[Record]] = {}


class ReplicaSymmetryWarning(UserWarning):
    """The replicon of a solution exceeds 1: its numbers are approximations."""


class Record:
    """Named fields: `record.field`, or `record["field"]` as in JSON. Numbers in lists are arrays."""

    _fields: dict[str, Any]
    #: The classes of fields that are records, or lists of them.
    _kinds: ClassVar[dict[str, str]] = {}
    #: Fields that are not always there; they are None then.
    _optional: ClassVar[frozenset[str]] = frozenset()

    def __setattr__(self, name: str, value: Any) -> None:
        if not name.startswith("_"):
            raise AttributeError(f"{name} can't be set: a record says what was obtained")
        super().__setattr__(name, value)

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        KINDS[cls.__name__] = cls

    def __init__(self, fields: dict[str, Any]) -> None:
        self._fields = fields

    def _own(self) -> dict[str, Any]:
        return self._fields

    def _wrapped(self, name: str, value: Any) -> Any:
        kind = self._kinds.get(name, "")
        if isinstance(value, np.ndarray):
            value.flags.writeable = False
            return value
        if kind == "dict":
            return dict(value) if isinstance(value, dict) else value
        if isinstance(value, dict):
            return KINDS.get(kind, Record)(value)
        if isinstance(value, list):
            if kind == "array" and not value:
                return np.zeros(0)
            return [self._wrapped(name, one) for one in value]
        return value

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        fields = self._own()
        key = {"lam": "lambda", "from_": "from"}.get(name, name)
        for own in (key, key.replace("_", "-")):
            if own in fields:
                return self._wrapped(own, fields[own])
        if name in self._optional:
            return None
        known = ", ".join(name.replace("-", "_") for name in fields)
        raise AttributeError(f"{type(self).__name__} has no field {name}: there are {known}")

    def __getitem__(self, key: str) -> Any:
        return self._wrapped(key, self._own()[key])

    def __contains__(self, key: object) -> bool:
        return key in self._own()

    def __iter__(self) -> Iterator[str]:
        return iter(self._own())

    def __len__(self) -> int:
        return len(self._own())

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *(name.replace("-", "_") for name in self._own())]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Record) and _same(self._own(), other._own())

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        parts = ", ".join(f"{key}={_short(value)}" for key, value in self._own().items())
        return f"{type(self).__name__}({parts})"

    def to_dict(self) -> dict[str, Any]:
        """A copy of the fields as dictionaries, lists, arrays, numbers and text."""
        return copy.deepcopy(self._own())

    def keys(self) -> list[str]:
        """Names of the fields as in JSON."""
        return list(self._own())


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return "{…}" if value else "{}"
    if isinstance(value, np.ndarray) and value.size > 8:
        return f"array of {' × '.join(map(str, value.shape))}"
    if isinstance(value, list) and len(value) > 3:
        return f"[{len(value)} entries]"
    if isinstance(value, list):
        return f"[{', '.join(map(_short, value))}]"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_same(a[key], b[key]) for key in a)
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return a.shape == b.shape and bool(np.array_equal(a, b, equal_nan=True))
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(_same, a, b))
    return bool(a == b)


class Table:
    """A table of results: `table["zeta_11"]` is a column, an array where its cells are numbers (NaN
    where none was obtained), else a list with None. `metadata` has settings, version and seed."""

    def __init__(self, native: _onsager.Table) -> None:
        self._native = native

    @staticmethod
    def read(file: str | os.PathLike[str]) -> Table:
        """The table in a CSV file of onsager."""
        with open(file, encoding="utf-8") as text:
            return Table(_onsager.Table.read(text.read()))

    @staticmethod
    def of(columns: Mapping[str, Any]) -> Table:
        """A table of one's own columns (of equal length), for a figure; NaN and None are missing."""
        cells: dict[str, list[Any]] = {}
        for name, own in columns.items():
            plain = own.tolist() if hasattr(own, "tolist") else own
            if isinstance(plain, str) or not isinstance(plain, (list, tuple)):
                raise TypeError(f"{name} is of type {type(own).__name__}: a column is a list or an array")
            cells[str(name)] = [None if type(one).__name__ == "NAType" else one for one in plain]
        rows = {name: len(own) for name, own in cells.items()}
        for name, count in rows.items():
            if count != next(iter(rows.values())):
                raise ValueError(f"{name} has {count} rows, others have more or fewer: give one for each")
        names = [(name, name, -1) for name in cells]
        return _table("", [], names, [list(row) for row in zip(*cells.values())])

    @property
    def title(self) -> str:
        """What it shows."""
        return self._native.title

    @property
    def metadata(self) -> dict[str, str]:
        """Settings, version, seed, counts of outcomes and the like."""
        return self._native.metadata

    @property
    def names(self) -> list[str]:
        """Names of the columns."""
        return self._native.names

    def __getitem__(self, name: str) -> Any:
        return self._native.column(name)

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def keys(self) -> list[str]:
        """Names of the columns."""
        return self.names

    def __len__(self) -> int:
        return len(self._native)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Table) and self._state() == other._state()

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return (_table, self._state())

    def _state(self) -> tuple[Any, ...]:
        native = self._native
        return (native.title, list(native.metadata.items()), native.columns, native.cells())

    def __repr__(self) -> str:
        return f"Table({self.title!r}, {len(self)} rows: {', '.join(self.names)})"

    def __str__(self) -> str:
        return str(self._native)

    def to_csv(self, file: str | os.PathLike[str] | None = None) -> str:
        """The table as CSV with every digit, below its settings; also written to `file`."""
        text = self._native.csv()
        if file is not None:
            with open(file, "w", encoding="utf-8", newline="") as out:
                out.write(text)
        return text

    def to_dict(self) -> dict[str, Any]:
        """The columns by name."""
        return {name: self[name] for name in self.names}

    def to_pandas(self) -> pandas.DataFrame:
        """The table as a data frame (needs pandas), with the settings in `attrs`."""
        import pandas

        frame = pandas.DataFrame(self.to_dict())
        frame.attrs.update(self.metadata)
        return frame

    def _repr_html_(self) -> str:
        cell = "".join
        head = cell(f"<th>{html.escape(name)}</th>" for name in self._native.headings)
        rows = cell(
            f"<tr>{cell(f'<td>{html.escape(value)}</td>' for value in row)}</tr>"
            for row in self._native.shown(SHOWN)
        )
        left = len(self) - SHOWN
        more = f"<p>… and {left} more rows</p>" if left > 0 else ""
        caption = f"<caption>{html.escape(self.title)}</caption>" if self.title else ""
        return (
            f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{more}"
        )


def _table(title: str, metadata: Any, columns: Any, cells: Any) -> Table:
    return Table(_onsager.Table.of(title, metadata, columns, cells))


class Answer(Record):
    """The answer to a question, with program version, seed and resolved settings."""

    _kept: tuple[dict[str, Any], list[Table], list[str], str] | None

    def __init__(self, native: _onsager.Reply | None, kept: Any = None) -> None:
        self._native = native
        self._kept = kept
        self._fields = {}

    def _own(self) -> dict[str, Any]:
        if not self._fields:
            if self._kept is not None:
                self._fields = self._kept[0]
            elif self._native is not None:
                self._fields = self._native.to_dict()
        return self._fields

    @property
    def seconds(self) -> float | None:
        """How long the calculation took by itself; None once it was pickled."""
        return None if self._native is None else self._native.seconds

    @property
    def tables(self) -> list[Table]:
        """What the command line shows, the main table first."""
        if self._kept is not None:
            return self._kept[1]
        assert self._native is not None
        return [Table(native) for native in self._native.tables()]

    @property
    def notes(self) -> list[str]:
        """Remarks in words."""
        if self._kept is not None:
            return self._kept[2]
        assert self._native is not None
        return self._native.notes()

    def to_json(self) -> str:
        """What the command line prints with `--format json`, in one line."""
        if self._kept is not None:
            return self._kept[3]
        assert self._native is not None
        return self._native.to_json()

    def to_pandas(self) -> pandas.DataFrame:
        """The main table as a data frame (needs pandas)."""
        return self.tables[0].to_pandas()

    def __reduce__(self) -> tuple[Any, ...]:
        kept = (self._own(), self.tables, self.notes, self.to_json())
        return (_restored, (type(self).__name__, kept))

    def __str__(self) -> str:
        return "\n".join([*map(str, self.tables), *self.notes])

    def _repr_html_(self) -> str:
        tables = "".join(table._repr_html_() for table in self.tables)
        notes = "".join(f"<p>{html.escape(note)}</p>" for note in self.notes)
        return tables + notes


def _restored(kind: str, kept: Any) -> Record:
    return KINDS[kind](None, kept)  # type: ignore[call-arg,arg-type]


class SolvedAnswer(Answer):
    """What fixed points have in addition: the numbers of the answer, which is the solution with the
    largest objective, or how the search ended."""

    @property
    def answer(self) -> Any:
        """The solution with the largest objective; None where no search found one."""
        found = self.solutions
        return found[0] if found else None

    def _number(self, name: str) -> Any:
        answer = self.answer
        return None if answer is None else answer[name]

    @property
    def outcome(self) -> str:
        """How the search ended: "converged", or why there is no number."""
        answer = self.answer
        found: str = self.searches[0].outcome if answer is None else answer.outcome
        return found

    @property
    def nature(self) -> str | None:
        """What the answer is: "stable", or why not."""
        return self._number("nature")  # type: ignore[no-any-return]

    @property
    def stable(self) -> bool:
        """Whether there is an answer, and it is exact and stable."""
        return bool(self._number("stable"))

    @property
    def overlap(self) -> FloatArray | None:
        """ζ, signals × units, |M_ab|/√Q_bb; None without an answer."""
        return self._number("zeta")  # type: ignore[no-any-return]

    @property
    def m(self) -> FloatArray | None:
        """M = W*ᵀW/d, signals × units."""
        return self._number("m")  # type: ignore[no-any-return]

    @property
    def q(self) -> FloatArray | None:
        """Q = WᵀW/d, units × units."""
        return self._number("q")  # type: ignore[no-any-return]

    @property
    def replicon(self) -> float | None:
        """Below 1 the numbers are exact; above 1 replica symmetry breaks."""
        return self._number("replicon")  # type: ignore[no-any-return]

    @property
    def log_likelihood(self) -> float | None:
        """ℓ, the objective per visible unit."""
        return self._number("log_likelihood")  # type: ignore[no-any-return]


class SolvedMany:
    """Fixed points at many settings. Arrays have the shape of the settings (`shape`), then that of the
    quantity; where `outcome` is not "converged", numbers are NaN and `message` says why.

    `overlap` and `m` (…, signals, units), `q` (…, units, units), `replicon`, `replicon_error`,
    `log_likelihood`, `log_likelihood_error`, `quadrature_error`, `stable`, `nature`.
    """

    overlap: FloatArray
    m: FloatArray
    q: FloatArray
    replicon: FloatArray
    replicon_error: FloatArray
    log_likelihood: FloatArray
    log_likelihood_error: FloatArray
    quadrature_error: FloatArray
    stable: npt.NDArray[np.bool_]
    outcome: npt.NDArray[np.object_]
    nature: npt.NDArray[np.object_]
    message: npt.NDArray[np.object_]

    def __init__(self, alpha: FloatArray, lam: FloatArray, columns: dict[str, Any]) -> None:
        self.alpha = alpha
        self.lam = lam
        self.shape = alpha.shape
        signals, units = lam.shape[-1], columns.pop("units")
        sides = {"overlap": (signals, units), "m": (signals, units), "q": (units, units)}
        for name, column in columns.items():
            if name in ("outcome", "nature", "message"):
                column = np.array(column, dtype=object)
            own = np.asarray(column)
            setattr(self, name, own.reshape(self.shape + sides.get(name, ())))

    def __len__(self) -> int:
        return int(np.prod(self.shape))

    def __repr__(self) -> str:
        found = int(np.sum(self.outcome == "converged"))
        return f"SolvedMany(shape={self.shape}, {found} of {len(self)} converged)"

    def to_dict(self) -> dict[str, Any]:
        """All arrays by name."""
        return {name: value for name, value in vars(self).items() if name != "shape"}

    def to_table(self) -> Table:
        """A row for each setting; `zeta_11` is the overlap of signal 1 and unit 1."""
        columns: dict[str, Any] = {"alpha": self.alpha.reshape(-1)}
        strengths = self.lam.shape[-1]
        for at in range(strengths):
            name = "lambda" if strengths == 1 else f"lambda_{at + 1}"
            columns[name] = self.lam[..., at].reshape(-1)
        for name, own in (("zeta", self.overlap), ("m", self.m), ("q", self.q)):
            for a in range(own.shape[-2]):
                for b in range(own.shape[-1]):
                    columns[f"{name}_{a + 1}{b + 1}"] = own[..., a, b].reshape(-1)
        rest = ["replicon", "log_likelihood", "stable", "outcome", "nature", "message"]
        columns.update({name: getattr(self, name).reshape(-1) for name in rest})
        return Table.of(columns)

    def to_pandas(self) -> pandas.DataFrame:
        """The same as a data frame (needs pandas)."""
        return self.to_table().to_pandas()

    def _repr_html_(self) -> str:
        count = min(len(self), SHOWN)
        cells = "".join

        def flat(own: npt.NDArray[Any]) -> npt.NDArray[Any]:
            return own.reshape((len(self), *own.shape[len(self.shape) :]))

        def shown(numbers: npt.NDArray[Any]) -> str:
            missing = bool(np.isnan(numbers).any())
            return "—" if missing else ", ".join(f"{one:.6g}" for one in np.ravel(numbers))

        numbers = [flat(own) for own in (self.alpha, self.lam, self.overlap, self.replicon)]
        words = [flat(own) for own in (self.nature, self.outcome)]
        rows = []
        for at in range(count):
            row = [*(shown(own[at]) for own in numbers), *(str(own[at] or "—") for own in words)]
            rows.append(f"<tr>{cells(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>")
        head = ["α", "λ", "ζ", "replicon", "nature", "outcome"]
        left = len(self) - count
        more = f"<p>… and {left} more</p>" if left > 0 else ""
        header = cells(f"<th>{one}</th>" for one in head)
        return f"<table><thead><tr>{header}</tr></thead><tbody>{cells(rows)}</tbody></table>{more}"

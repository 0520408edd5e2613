"""Calls into the library: progress, warnings, arrays of settings."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Union

import numpy as np

from . import _onsager
from ._answer import KINDS, Answer, ReplicaSymmetryWarning, SolvedMany

#: Whether to show progress (with tqdm if it is installed), or who is told of it: what is being done,
#: and the finished part where it is known.
Progress = Union[bool, Callable[[str, Union[float, None]], None], None]

#: Most signals: a longer list is hardly one of strengths.
MOST = 8
#: An array of more numbers than this may have been meant otherwise.
FEW = 3


def refused(field: str, message: str) -> _onsager.InputError:
    """The error that names an argument."""
    error = _onsager.InputError(message)
    error.field = field
    return error


@contextmanager
def shown(progress: Progress) -> Iterator[Callable[[str, float | None], None] | None]:
    """The callback for `progress`."""
    if progress is None or progress is False:
        yield None
    elif callable(progress):
        yield progress
    else:
        try:
            from tqdm.auto import tqdm
        except ImportError:

            def tell(what: str, part: float | None) -> None:
                text = what if part is None else f"{what} {part:.0%}"
                print(f"\r{text:<60}", end="", file=sys.stderr, flush=True)

            yield tell
            print(file=sys.stderr)
            return
        with tqdm(total=1.0, bar_format="{desc}{percentage:3.0f}%|{bar}| {elapsed}") as bar:

            def update(what: str, part: float | None) -> None:
                bar.set_description(what)
                if part is not None:
                    bar.update(part - bar.n)

            yield update
            update("finished", 1.0)


def ask(
    name: str,
    kind: str,
    arguments: dict[str, Any],
    threads: int | None = None,
    progress: Progress = None,
) -> Any:
    """Asks the experiment of that name, and wraps its answer."""
    with shown(progress) as told:
        native = _onsager.ask(name, arguments, threads, told)
    return wrap(native, kind)


def wrap(native: _onsager.Reply, kind: str) -> Answer:
    answer = KINDS[kind](native)  # type: ignore[arg-type]
    assert isinstance(answer, Answer)
    return answer


def solve(arguments: dict[str, Any], threads: int | None, progress: Progress) -> Any:
    """One problem, or arrays of them."""
    alpha, lam = arguments["alpha"], arguments["lam"]
    plain = (int, float)
    if type(alpha) in plain and type(lam) in plain:
        return single(arguments, threads, progress)
    if np.ndim(alpha) > 0 or np.ndim(lam) > 1:
        return many(arguments, threads, progress)
    if np.size(lam) > MOST and arguments["units"] is None:
        raise refused(
            "lam",
            f"lam is a list of {np.size(lam)} strengths, one for each signal of one problem: "
            "for one signal at many strengths give lam[:, None]",
        )
    if isinstance(lam, np.ndarray) and lam.size > FEW and arguments["units"] is None:
        said = f"lam is taken for {lam.size} signals of one problem; lam[:, None] is one signal at many strengths"
        warnings.warn(said, stacklevel=3)
    return single(arguments, threads, progress)


def single(arguments: dict[str, Any], threads: int | None, progress: Progress) -> Answer:
    with shown(progress) as told:
        native = _onsager.ask("solve", arguments, threads, told)
    if native.broken is not None:
        said = f"the replicon is {native.broken:.4g}, above 1: the numbers are approximations"
        warnings.warn(said, ReplicaSymmetryWarning, stacklevel=4)
    return wrap(native, "Solved")


def many(arguments: dict[str, Any], threads: int | None, progress: Progress) -> SolvedMany:
    arguments = dict(arguments)
    alpha, lam = floats("alpha", arguments.pop("alpha")), floats("lam", arguments.pop("lam"))
    if lam.ndim == 1 and alpha.ndim > 0 and lam.size != 1:
        raise refused(
            "lam",
            f"lam has shape {lam.shape}: its last axis are the signals; beside arrays of alpha give "
            "lam[:, None] for one signal at many strengths, lam[None, :] for many signals",
        )
    lam = lam[..., None] if lam.ndim == 0 else lam
    if lam.shape[-1] == 0:
        raise refused("lam", f"lam has shape {lam.shape}: its last axis are the signals, one at least")
    try:
        shape = np.broadcast_shapes(alpha.shape, lam.shape[:-1])
    except ValueError:
        said = f"alpha has shape {alpha.shape}, lam {lam.shape} with the signals last: the others must broadcast"
        raise refused("lam", said) from None
    alpha = np.ascontiguousarray(np.broadcast_to(alpha, shape))
    lam = np.ascontiguousarray(np.broadcast_to(lam, (*shape, lam.shape[-1])))
    rows = (alpha.reshape(-1), lam.reshape(-1, lam.shape[-1]))
    with shown(progress) as told:
        columns = _onsager.solve_many(*rows, arguments, threads, told)
    found = SolvedMany(alpha, lam, columns)
    broken = int(np.sum(found.nature == "replica-symmetry-broken"))
    if broken:
        said = f"the replicon exceeds 1 at {broken} of {len(found)}: there numbers are approximations"
        warnings.warn(said, ReplicaSymmetryWarning, stacklevel=4)
    return found


def floats(name: str, value: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    """An array of real numbers."""
    if value is None:
        raise refused(name, f"{name} is missing: give a number, or an array")
    own = np.asarray(value)
    if own.dtype.kind not in "iuf":
        raise TypeError(f"{name} has entries of type {own.dtype}: real numbers are needed")
    return own.astype(np.float64)


def samples(x: Any) -> np.ndarray[Any, Any]:
    """A matrix of samples in a type that is read as it is: float32 and float64, in any order."""
    own = np.asarray(x)
    if own.dtype.kind == "c":
        raise ValueError("Complex data not supported: X has complex entries")
    if own.dtype.kind not in "biuf":
        raise TypeError(f"X has entries of type {own.dtype}: numbers are needed")
    if own.dtype not in (np.float32, np.float64) or not own.dtype.isnative:
        own = own.astype(np.float64)
    return own if own.flags.aligned else own.copy()


def text_of(spec: Any) -> Any:
    """The text of a specification: of a path the file's."""
    if isinstance(spec, os.PathLike) or (isinstance(spec, str) and spec.endswith(".toml")):
        with open(spec, encoding="utf-8") as file:
            return file.read()
    return spec


def analyze(arguments: dict[str, Any], threads: int | None, progress: Progress) -> Any:
    """Data in a file, or in an array."""
    data = arguments["data"]
    if data is None or isinstance(data, (str, os.PathLike)):
        return ask("analyze", "Analyzed", arguments, threads, progress)
    rest = {**arguments, "data": None}
    with shown(progress) as told:
        native = _onsager.analyze_array(samples(data), rest, threads, told)
    return wrap(native, "Analyzed")

"""Priors and potentials of one's own."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any

from . import _onsager
from ._call import Progress, ask


class Prior:
    """The law of hidden units or signals, wherever a name is understood.

    Parameters
    ----------
    definition : str, optional
        The text of a file as `equations/README.md` describes, its path, or a name such as
        "ternary" or "sparse-ternary(rho=0.3)".
    atoms, weights : sequences of numbers or formulas, optional
        Values (as `1`, or `"sqrt(3/2)"`) with their probabilities. Mean 0 and variance 1 are checked
        where the theory needs them.
    log_mgf : str, optional
        A formula of z: the logarithm of the moment generating function, such as "ln(cosh(z))".
    title : str
        What tables call it.

    Examples
    --------
    >>> import onsager
    >>> sparse = onsager.Prior(atoms=["-1/sqrt(rho)", 0, "1/sqrt(rho)"],
    ...                        weights=["rho/2", "1 - rho", "rho/2"], rho=0.5)
    >>> found = onsager.solve(alpha=2, lam=1.5, hidden=sparse)
    >>> found.outcome
    'converged'
    """

    def __init__(
        self,
        definition: str | os.PathLike[str] | None = None,
        *,
        atoms: Sequence[float | str] | None = None,
        weights: Sequence[float | str] | None = None,
        log_mgf: str | None = None,
        title: str = "a prior of one's own",
        **parameters: float,
    ) -> None:
        if definition is not None:
            if atoms is not None or weights is not None or log_mgf is not None or parameters:
                raise TypeError("a definition has everything: leave atoms, weights and log_mgf out")
            text = os.fspath(definition)
            if not isinstance(text, str):
                raise TypeError("definition is of type bytes: text, a path or a name is needed")
            self.definition = text if "\n" not in text else f"{text}\n"
            return
        if (atoms is None) == (log_mgf is None):
            raise TypeError("give a definition, or atoms with weights, or log_mgf")
        lines = ['kind = "prior"', f"title = {json.dumps(title, ensure_ascii=False)}"]
        lines.append('source = "given in Python"')
        if weights is not None and atoms is None:
            raise TypeError("weights belong to atoms: leave them out beside log_mgf")
        if atoms is not None:
            if len(atoms) == 0:
                raise ValueError("atoms is empty: one value is needed at least")
            if weights is None:
                weights = [1 / len(atoms)] * len(atoms)
            lines.append(f"atoms = {_formulas('atoms', atoms)}")
            lines.append(f"weights = {_formulas('weights', weights)}")
        if log_mgf is not None:
            if not isinstance(log_mgf, str):
                raise TypeError("log_mgf is a formula of z, as text")
            lines.append('variables = ["z"]')
            lines.append(f"log_mgf = {json.dumps(log_mgf)}")
        if parameters:
            lines.append("[parameters]")
            for name, value in parameters.items():
                own = f"default = {float(value)!r}, domain = \"(-inf, inf)\", meaning = \"given\""
                lines.append(f"{name} = {{ {own} }}")
        self.definition = "\n".join(lines) + "\n"

    def __repr__(self) -> str:
        return f"Prior({self.definition!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Prior) and other.definition == self.definition

    def __hash__(self) -> int:
        return hash(self.definition)


def _formulas(name: str, values: Sequence[float | str]) -> str:
    parts = []
    for value in values:
        if isinstance(value, str):
            parts.append(json.dumps(value))
        else:
            try:
                parts.append(repr(float(value)))
            except (TypeError, ValueError):
                raise TypeError(f"{name} has an entry {value!r}: numbers and formulas are understood") from None
    return f"[{', '.join(parts)}]"


class Potential:
    """A replica-symmetric free energy: a built-in name, the path of a file, or its text.

    Parameters and priors are set by name, as in `Potential("sherrington-kirkpatrick").solve(T=0.5)`;
    what is set here holds for every question. Options of the solver, and those of a branch (`along`,
    `from_`, `to`, …), are arguments as well; `options` has them where a parameter has such a name.
    """

    def __init__(
        self,
        definition: str | os.PathLike[str],
        *,
        equations: str | os.PathLike[str] | None = None,
        **settings: Any,
    ) -> None:
        self.definition = os.fspath(definition)
        self.equations = equations
        self.settings = settings

    def __repr__(self) -> str:
        return f"Potential({self.definition!r})"

    def _ask(
        self,
        name: str,
        kind: str,
        options: dict[str, Any],
        settings: dict[str, Any],
        threads: int | None,
        progress: Progress,
    ) -> Any:
        known = set(_onsager.arguments(name)) - {"definition", "equations", "set", *options}
        own = {key: value for key, value in settings.items() if key in known}
        every = {**self.settings, **settings}
        given = {key: value for key, value in every.items() if key not in own and value is not None}
        arguments = {
            "definition": self.definition,
            "equations": self.equations,
            "set": [f"{_parameter(key)}={_setting(key, value)}" for key, value in given.items()],
            **own,
            **options,
        }
        return ask(name, kind, arguments, threads, progress)

    def solve(
        self,
        *,
        options: dict[str, Any] | None = None,
        threads: int | None = None,
        progress: Progress = None,
        **settings: Any,
    ) -> Any:
        """Its stationary points (`SolvedPotential`); `options` are those of the solver."""
        return self._ask(
            "solve_potential", "SolvedPotential", options or {}, settings, threads, progress
        )

    def branch(
        self,
        *,
        options: dict[str, Any] | None = None,
        threads: int | None = None,
        progress: Progress = None,
        **settings: Any,
    ) -> Any:
        """A branch of solutions along a parameter (`options`: along, from_, to, at, …)."""
        return self._ask(
            "branch_potential", "BranchedPotential", options or {}, settings, threads, progress
        )

    def stability(
        self,
        *,
        options: dict[str, Any] | None = None,
        threads: int | None = None,
        progress: Progress = None,
        **settings: Any,
    ) -> Any:
        """Where a solution turns unstable, folds or ends (`options`: along, over, from_, to, …)."""
        return self._ask(
            "stability_potential",
            "StabilitiesOfPotential",
            options or {},
            settings,
            threads,
            progress,
        )


def _parameter(name: str) -> str:
    return "lambda" if name == "lam" else name


def _setting(name: str, value: Any) -> str:
    if isinstance(value, (str, os.PathLike)):
        return os.fspath(value)
    if isinstance(value, Prior):
        return value.definition
    try:
        return repr(float(value))
    except (TypeError, ValueError):
        kind = type(value).__name__
        raise TypeError(f"{name} is of type {kind}: a number, a name or a Prior is needed") from None

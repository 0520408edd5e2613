"""Theory and simulation of what a Restricted Boltzmann Machine learns in high dimension.

Every function asks the library's experiment of the same name and gives its answer: nothing is
computed in Python. Answers are records of named fields; how a calculation ended is one of them.

>>> import onsager
>>> found = onsager.solve(alpha=2, lam=1.5)
>>> round(float(found.overlap[0, 0]), 6)
0.87165
>>> found.stable, found.outcome
(True, 'converged')
"""

from . import _experiments, results
from ._answer import Answer, Record, ReplicaSymmetryWarning, SolvedMany, Table
from ._definitions import Potential, Prior
from ._drawing import Figure, figure, study, sweep
from ._estimators import AMP, ContrastiveDivergence, GradientAscent, Lbfgs
from ._experiments import *  # noqa: F403
from ._onsager import InputError, __version__

__all__ = [
    *_experiments.__all__,
    "AMP",
    "Answer",
    "ContrastiveDivergence",
    "Figure",
    "GradientAscent",
    "InputError",
    "Lbfgs",
    "Potential",
    "Prior",
    "Record",
    "ReplicaSymmetryWarning",
    "SolvedMany",
    "Table",
    "__version__",
    "figure",
    "results",
    "study",
    "sweep",
]

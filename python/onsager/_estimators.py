"""Training on arrays, with the interface of scikit-learn."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from . import _onsager
from ._call import Progress, samples, shown

if TYPE_CHECKING:

    class _Base:
        def get_params(self, deep: bool = True) -> dict[str, Any]: ...
        def set_params(self, **params: Any) -> Any: ...

else:
    try:
        from sklearn.base import BaseEstimator, TransformerMixin

        class _Base(TransformerMixin, BaseEstimator):
            pass

    except ImportError:

        class _Base:
            """The part of scikit-learn's interface that needs no scikit-learn."""

            def get_params(self, deep=True):
                from inspect import signature

                names = list(signature(type(self).__init__).parameters)[1:]
                return {name: getattr(self, name) for name in names}

            def set_params(self, **params):
                for name, value in params.items():
                    if name not in self.get_params():
                        raise ValueError(f"{name} is no parameter of {type(self).__name__}")
                    setattr(self, name, value)
                return self

            def fit_transform(self, X, y=None):
                return self.fit(X).transform(X)


FloatArray = npt.NDArray[np.float64]


def _checked(estimator: Any, x: Any, reset: bool) -> npt.NDArray[Any]:
    """The samples, checked as scikit-learn checks them where it is there."""
    try:
        from sklearn.utils.validation import validate_data
    except ImportError:
        own = samples(x)
        if own.ndim != 2:
            raise ValueError(f"X has shape {own.shape}: a matrix is needed, a sample in each row")
        if reset:
            estimator.n_features_in_ = own.shape[1]
        elif own.shape[1] != estimator.n_features_in_:
            raise ValueError(
                f"X has {own.shape[1]} features, but {type(estimator).__name__} "
                f"is expecting {estimator.n_features_in_} features as input"
            )
        return own
    sides = {"ensure_min_samples": 2, "ensure_min_features": 2} if reset else {}
    return samples(validate_data(estimator, x, reset=reset, dtype=[np.float64, np.float32], **sides))


#: What the library calls the parameters of estimators.
_NAMES = {
    "threads": "n_jobs",
    "iterations": "max_iter",
    "max_iterations": "max_iter",
    "epochs": "max_iter",
    "tolerance": "tol",
    "data": "X",
}


@contextmanager
def _named() -> Iterator[None]:
    """Errors name parameters as estimators have them."""
    try:
        yield
    except _onsager.InputError as error:
        error.field = _NAMES.get(error.field or "", error.field)
        raise


class _Trained(_Base):
    """What the estimators have in common."""

    _algorithm: str

    hidden: Any
    units: int
    bias: Any
    standardise: str
    restarts: int
    max_iter: int | None
    tol: float | None
    random_state: int
    n_jobs: int | None
    persistent: bool

    def _settings(self) -> dict[str, Any]:
        settings = {"max_iterations": self.max_iter, "tolerance": self.tol}
        return {key: value for key, value in settings.items() if value is not None}

    def fit(self, X: Any, y: Any = None, *, progress: Progress = None) -> Any:
        """Trains the units on X (n × d), a sample in each row; y is not looked at.

        How training ended is in `outcome_` ("converged", "out-of-iterations", "left-domain", …), and
        `converged_` says whether more of it would change the weights. Where there are no weights,
        `components_` is NaN, and `transform` and `score` refuse.
        """
        data = _checked(self, X, reset=True)
        definition = getattr(self.hidden, "definition", self.hidden)
        bias = [] if self.bias is None else [float(one) for one in np.ravel(self.bias)]
        threads = None if self.n_jobs in (None, -1) else self.n_jobs
        seed = 1 if self.random_state is None else self.random_state
        if not isinstance(getattr(self, "persistent", False), (bool, np.bool_)):
            raise ValueError(f"persistent is {self.persistent!r}: must be True or False")
        for name, value in (("units", self.units), ("random_state", seed), ("restarts", self.restarts)):
            whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
            if not whole or not 0 <= value < 2**63:
                raise ValueError(f"{name} is {value!r}: must be a whole number, 0 or more")
        if not isinstance(definition, (str, os.PathLike)):
            raise TypeError(f"hidden is of type {type(definition).__name__}: a name or a Prior is needed")
        with shown(progress) as told, _named():
            found = _onsager.fit(
                data,
                os.fspath(definition),
                int(self.units),
                bias,
                self._algorithm,
                self._settings(),
                int(self.restarts),
                self.standardise,
                int(seed),
                threads,
                told,
            )
        self.outcome_ = found["outcome"]
        self.converged_ = found["finished"]
        self.n_iter_ = found["iterations"]
        self.gain_ = found["gain"]
        self._hidden, self._bias = os.fspath(definition), bias
        self._kept, self._shift, self._scale = found["kept"], found["shift"], found["scale"]
        self.weights_ = found["weights"]
        self.components_ = np.full((self.units, data.shape[1]), np.nan)
        self.overlap_ = np.full((self.units, self.units), np.nan)
        if self.weights_ is not None:
            self.components_[:] = 0.0
            sides = np.sqrt(len(self._kept))
            self.components_[:, self._kept] = (self.weights_ / self._scale[:, None]).T / sides
            self.overlap_ = self.weights_.T @ self.weights_ / len(self._kept)
        return self

    def _machine(self, X: Any) -> tuple[Any, ...]:
        if not hasattr(self, "outcome_"):
            try:
                from sklearn.exceptions import NotFittedError
            except ImportError:
                NotFittedError = ValueError
            raise NotFittedError(f"this {type(self).__name__} is not fitted: call fit first")
        data = _checked(self, X, reset=False)
        if self.weights_ is None:
            said = f"training ended without weights ({self.outcome_}): train on more samples, or otherwise"
            raise _onsager.InputError(said)
        columns = (self._kept, self._shift, self._scale)
        threads = None if self.n_jobs in (None, -1) else self.n_jobs
        return (data, self._hidden, self._bias, self.weights_, columns, threads)

    def transform(self, X: Any) -> FloatArray:
        """Means of the hidden units given each sample, E[h | x] (n × units)."""
        return _onsager.hidden_means(*self._machine(X))

    def score_samples(self, X: Any) -> FloatArray:
        """Log-likelihood of each sample over that of independent normal columns, in nats (n)."""
        return _onsager.gains(*self._machine(X))

    def score(self, X: Any, y: Any = None) -> float:
        """Mean of `score_samples`: the held-out objective where X was not learnt from."""
        return float(self.score_samples(X).mean())

    def predict_overlap(self, X: Any, *, progress: Progress = None) -> Any:
        """What theory expects, before fitting: the analysis of X (`onsager.analyze`), whose
        `predicted` has the overlaps of units ±1 with the signals in X, and whose `warnings` say what
        to know before a number is used."""
        from ._experiments import analyze

        definition = getattr(self.hidden, "definition", self.hidden)
        if definition != "rademacher" or self.bias is not None:
            raise ValueError("hidden: the prediction is for units ±1 without bias")
        return analyze(
            data=samples(X),
            units=self.units,
            standardise=self.standardise,
            seed=1 if self.random_state is None else self.random_state,
            threads=None if self.n_jobs in (None, -1) else self.n_jobs,
            progress=progress,
        )

    @property
    def _n_features_out(self) -> int:
        return int(self.components_.shape[0])

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:
        """Names of the units."""
        name = type(self).__name__.lower()
        return np.array([f"{name}{at}" for at in range(self._n_features_out)], dtype=object)


_PARAMETERS = """

    Parameters
    ----------
    hidden : str or Prior
        The hidden units: a name of equations/priors, or a definition.
    units : int
        Their number, 1 to 8.
    bias : array of shape (units,), optional
        Their biases.
    standardise : {"columns", "global", "none"}
        Whether each column gets mean 0 and variance 1, or all in the mean. The noise of the data should
        have variance 1 then.
    restarts : int
        Random starts, of which the largest objective is kept.
    max_iter, tol
        Iterations at most, and the residual of a converged run.
    random_state : int
        Seed of every random number.
    n_jobs : int, optional
        Threads; results do not depend on them.

    Attributes
    ----------
    components_ : array (units, features)
        Directions: `(x - mean) @ components_.T` are the fields of the units.
    overlap_ : array (units, units)
        Q = WᵀW/d.
    outcome_, converged_, n_iter_, gain_
        How training ended, its iterations where they are counted, and the log-likelihood per sample of
        the data, over that of independent normal columns, in nats.
"""


class AMP(_Trained):
    __doc__ = "AMP-RBM (arXiv:2505.18046, Algorithm 1) on data of one's own." + _PARAMETERS
    _algorithm = "amp"

    def __init__(
        self,
        hidden: Any = "rademacher",
        units: int = 1,
        *,
        bias: Any = None,
        standardise: str = "columns",
        restarts: int = 4,
        max_iter: int | None = None,
        tol: float | None = None,
        random_state: int = 1,
        n_jobs: int | None = None,
    ) -> None:
        self.hidden = hidden
        self.units = units
        self.bias = bias
        self.standardise = standardise
        self.restarts = restarts
        self.max_iter = max_iter
        self.tol = tol
        self.random_state = random_state
        self.n_jobs = n_jobs


class GradientAscent(AMP):
    __doc__ = "Gradient ascent on the objective (arXiv:2505.18046, Theorem 1)." + _PARAMETERS
    _algorithm = "gd"


class Lbfgs(AMP):
    __doc__ = "L-BFGS on the objective (arXiv:2505.18046, Theorem 1)." + _PARAMETERS
    _algorithm = "lbfgs"


class ContrastiveDivergence(_Trained):
    __doc__ = "Contrastive divergence with one step of the chain." + _PARAMETERS + """
    persistent : bool
        Whether chains go on from one update to the next.
    max_iter : int, optional
        Epochs.
"""

    def __init__(
        self,
        hidden: Any = "rademacher",
        units: int = 1,
        *,
        bias: Any = None,
        standardise: str = "columns",
        persistent: bool = False,
        max_iter: int | None = None,
        tol: float | None = None,
        random_state: int = 1,
        n_jobs: int | None = None,
    ) -> None:
        self.hidden = hidden
        self.units = units
        self.bias = bias
        self.standardise = standardise
        self.persistent = persistent
        self.max_iter = max_iter
        self.tol = tol
        self.random_state = random_state
        self.n_jobs = n_jobs

    restarts = 1

    @property
    def _algorithm(self) -> str:  # type: ignore[override]
        return "pcd" if self.persistent else "cd"

    def _settings(self) -> dict[str, Any]:
        settings = {"epochs": self.max_iter, "tolerance": self.tol}
        return {key: value for key, value in settings.items() if value is not None}

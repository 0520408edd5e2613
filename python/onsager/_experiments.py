"""Questions that can be asked."""

# Made by python/generate.py from the schemas of the library: change those.

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Union, overload

import numpy.typing as npt

from ._answer import FloatArray, SolvedMany
from ._call import Progress, ask

from ._call import analyze as _analyze
from ._call import solve as _solve

from ._definitions import Prior
from .results import (
    Analyzed,
    Branched,
    Compared,
    ContrastiveLearning,
    Dynamics,
    Evolved,
    FiniteSizes,
    Learnt,
    Likelihoods,
    Maxima,
    Sampled,
    Simulated,
    Solved,
    SpectrumFound,
    Stabilities,
    Staircase,
    Trained,
)


Path = os.PathLike[str]

#: A name, the path of a file, or a definition.
Law = Union[str, Path, Prior]

#: A number, or several.
Floats = Union[float, Sequence[float], FloatArray]


__all__ = [
    "solve",
    "evolve",
    "dmft",
    "simulate",
    "compare",
    "finite_size",
    "maximum",
    "stability",
    "branch",
    "linear",
    "learning_curve",
    "spectrum",
    "train",
    "analyze",
    "sample",
    "likelihood",
    "contrastive",
]



@overload
def solve(  # type: ignore[overload-overlap]
    *,
    alpha: float,
    lam: float | Sequence[float],
    hidden: Law | None = None,
    units: int | None = None,
    bias: Floats | None = None,
    signal: Law | None = None,
    visible_signal: Law | None = None,
    damping: float | None = None,
    equations: Path | str | None = None,
    log2_points: int | None = None,
    max_iterations: int | None = None,
    max_nodes: int | None = None,
    power_iterations: int | None = None,
    quadrature_tolerance: float | None = None,
    random_starts: int | None = None,
    randomisations: int | None = None,
    rsb: Any = None,
    sampling_tolerance: float | None = None,
    start: str | Sequence[str] | None = None,
    start_m: Any = None,
    start_q: Any = None,
    tensor_units: int | None = None,
    tolerance: float | None = None,
    seed: int | None = None,
    threads: int | None = None,
    progress: Progress = None,
) -> Solved: ...


@overload
def solve(
    *,
    alpha: float | FloatArray,
    lam: float | FloatArray,
    hidden: Law | None = None,
    units: int | None = None,
    bias: Floats | None = None,
    signal: Law | None = None,
    visible_signal: Law | None = None,
    damping: float | None = None,
    equations: Path | str | None = None,
    log2_points: int | None = None,
    max_iterations: int | None = None,
    max_nodes: int | None = None,
    power_iterations: int | None = None,
    quadrature_tolerance: float | None = None,
    random_starts: int | None = None,
    randomisations: int | None = None,
    rsb: Any = None,
    sampling_tolerance: float | None = None,
    start: str | Sequence[str] | None = None,
    start_m: Any = None,
    start_q: Any = None,
    tensor_units: int | None = None,
    tolerance: float | None = None,
    seed: int | None = None,
    threads: int | None = None,
    progress: Progress = None,
) -> SolvedMany: ...


def solve(
    *,
    alpha: Any = None,
    lam: Any = None,
    hidden: Law | None = None,
    units: int | None = None,
    bias: Floats | None = None,
    signal: Law | None = None,
    visible_signal: Law | None = None,
    damping: float | None = None,
    equations: Path | str | None = None,
    log2_points: int | None = None,
    max_iterations: int | None = None,
    max_nodes: int | None = None,
    power_iterations: int | None = None,
    quadrature_tolerance: float | None = None,
    random_starts: int | None = None,
    randomisations: int | None = None,
    rsb: Any = None,
    sampling_tolerance: float | None = None,
    start: str | Sequence[str] | None = None,
    start_m: Any = None,
    start_q: Any = None,
    tensor_units: int | None = None,
    tolerance: float | None = None,
    seed: int | None = None,
    threads: int | None = None,
    progress: Progress = None,
) -> Any:
    """The fixed points of state evolution.

    Arrays of alpha and lam (whose last axis are the signals) are solved in parallel: they
    broadcast, and the answer is a SolvedMany. A cell without a number has NaN, and an outcome
    that says why.

    Parameters
    ----------
    alpha : float
        Samples per visible unit, α = n/d
    lam : Floats
        Signal strengths λ_1,…,λ_r
    hidden : Law
        Hidden units: a name of equations/priors, or a .toml file [default: rademacher]
    units : int
        Number of hidden units k [default: one for each signal]
    bias : Floats
        Hidden biases b_1,…,b_k [default: 0]
    signal : Law
        Sample signals P_u: a name or a file, as for hidden [default: rademacher]
    visible_signal : Law
        Visible signals P_w: a name or a file, as for hidden [default: rademacher]
    damping : float
        Damping ρ of the proximal parameter, in (0, 1] [default: 0.2]
    equations : Path | str
        Folder of definition files, searched before the built-in ones
    log2_points : int
        Binary logarithm of the quasi-Monte-Carlo points [default: 12]
    max_iterations : int
        Largest number of damped iterations [default: 2000]
    max_nodes : int
        Cap on the nodes of a tensor grid [default: 40000000]
    power_iterations : int
        Power iterations W ← A^T A W N before the first step, as part of the dynamics
        [default: 0; as many as a spectral start of dmft needs]
    quadrature_tolerance : float
        Largest quadrature error of an order parameter [default: 1e-10]
    random_starts : int
        Random starts of a search for all solutions [default: 2 for one or two units, none for
        more; 8 for a potential]
    randomisations : int
        Independent quasi-Monte-Carlo randomisations [default: 8]
    rsb : Any
        Beyond replica symmetry: a number of steps, or `full`; of one hidden unit and one
        signal, or of units that decouple. Where nothing is said, `full` if all starts are
        tried and replica symmetry breaks, or has no solution.
    sampling_tolerance : float
        Largest standard error of an order parameter by quasi-Monte Carlo [default: 0.05]
    start : str | Sequence[str]
        Starts: planted, weak, mixed, random, spectral, given (with start_m and start_q)
    start_m : Any
        Overlaps M at the start: a list of rows, signals × units.
    start_q : Any
        Self-overlaps Q at the start: a list of rows, units × units.
    tensor_units : int
        Largest number of units for which the tensor rule is used, at most 3 [default: 3]
    tolerance : float
        Largest residual of the undamped map [default: 1e-12]
    seed : int
        Seed of every random number [default: 1].
    threads : int
        Number of threads; results do not depend on it.
    progress : bool or callable
        Whether to show progress, or who is told of it: `progress(what, part)`.

    Returns
    -------
    Solved

    Raises
    ------
    InputError
        Bad input; `field` names the argument.
    """
    return _solve({"alpha": alpha, "lam": lam, "hidden": hidden, "units": units, "bias": bias, "signal": signal, "visible_signal": visible_signal, "damping": damping, "equations": equations, "log2_points": log2_points, "max_iterations": max_iterations, "max_nodes": max_nodes, "power_iterations": power_iterations, "quadrature_tolerance": quadrature_tolerance, "random_starts": random_starts, "randomisations": randomisations, "rsb": rsb, "sampling_tolerance": sampling_tolerance, "start": start, "start_m": start_m, "start_q": start_q, "tensor_units": tensor_units, "tolerance": tolerance, "seed": seed}, threads, progress)


def evolve(
    *,
    alpha: float | None = None,
    lam: Floats | None = None,
    hidden: Law | None = None,
    units: int | None = None,
    bias: Floats | None = None,
    signal: Law | None = None,
    visible_signal: Law | None = None,
    ceiling: float | None = None,
    damping: float | None = None,
    equations: Path | str | None = None,
    iterations: int | None = None,
    log2_points: int | None = None,
    max_iterations: int | None = None,
    max_nodes: int | None = None,
    power_iterations: int | None = None,
    quadrature_tolerance: float | None = None,
    random_starts: int | None = None,
    randomisations: int | None = None,
    sampling_tolerance: float | None = None,
    start: str | Sequence[str] | None = None,
    start_m: Any = None,
    start_q: Any = None,
    tensor_units: int | None = None,
    tolerance: float | None = None,
    seed: int | None = None,
    threads: int | None = None,
    progress: Progress = None,
) -> Evolved:
    """A trajectory of state evolution, the exact limit of AMP's iterations.

    Parameters
    ----------
    alpha : float
        Samples per visible unit, α = n/d
    lam : Floats
        Signal strengths λ_1,…,λ_r
    hidden : Law
        Hidden units: a name of equations/priors, or a .toml file [default: rademacher]
    units : int
        Number of hidden units k [default: one for each signal]
    bias : Floats
        Hidden biases b_1,…,b_k [default: 0]
    signal : Law
        Sample signals P_u: a name or a file, as for hidden [default: rademacher]
    visible_signal : Law
        Visible signals P_w: a name or a file, as for hidden [default: rademacher]
    ceiling : float
        Ceiling of the proximal parameter [default: 0.9].
    damping : float
        Damping ρ of the proximal parameter, in (0, 1] [default: 0.2]
    equations : Path | str
        Folder of definition files, searched before the built-in ones
    iterations : int
        Number of iterations [default: 50].
    log2_points : int
        Binary logarithm of the quasi-Monte-Carlo points [default: 12]
    max_iterations : int
        Largest number of damped iterations [default: 2000]
    max_nodes : int
        Cap on the nodes of a tensor grid [default: 40000000]
    power_iterations : int
        Power iterations W ← A^T A W N before the first step, as part of the dynamics
        [default: 0; as many as a spectral start of dmft needs]
    quadrature_tolerance : float
        Largest quadrature error of an order parameter [default: 1e-10]
    random_starts : int
        Random starts of a search for all solutions [default: 2 for one or two units, none for
        more; 8 for a potential]
    randomisations : int
        Independent quasi-Monte-Carlo randomisations [default: 8]
    sampling_tolerance : float
        Largest standard error of an order parameter by quasi-Monte Carlo [default: 0.05]
    start : str | Sequence[str]
        Starts: planted, weak, mixed, random, spectral, given (with start_m and start_q)
    start_m : Any
        Overlaps M at the start: a list of rows, signals × units.
    start_q : Any
        Self-overlaps Q at the start: a list of rows, units × units.
    tensor_units : int
        Largest number of units for which the tensor rule is used, at most 3 [default: 3]
    tolerance : float
        Largest residual of the undamped map [default: 1e-12]
    seed : int
        Seed of every random number [default: 1].
    threads : int
        Number of threads; results do not depend on it.
    progress : bool or callable
        Whether to show progress, or who is told of it: `progress(what, part)`.

    Returns
    -------
    Evolved

    Raises
    ------
    InputError
        Bad input; `field` names the argument.
    """
    return ask("evolve", "Evolved", {"alpha": alpha, "lam": lam, "hidden": hidden, "units": units, "bias": bias, "signal": signal, "visible_signal": visible_signal, "ceiling": ceiling, "damping": damping, "equations": equations, "iterations": iterations, "log2_points": log2_points, "max_iterations": max_iterations, "max_nodes": max_nodes, "power_iterations": power_iterations, "quadrature_tolerance": quadrature_tolerance, "random_starts": random_starts, "randomisations": randomisations, "sampling_tolerance": sampling_tolerance, "start": start, "start_m": start_m, "start_q": start_q, "tensor_units": tensor_units, "tolerance": tolerance, "seed": seed}, threads, progress)  # type: ignore[no-any-return]


def dmft(
    *,
    alpha: float | None = None,
    lam: Floats | None = None,
    hidden: Law | None = None,
    units: int | None = None,
    bias: Floats | None = None,
    signal: Law | None = None,
    visible_signal: Law | None = None,
    antithetic: bool | None = None,
    damping: float | None = None,
    equal_times_only: bool | None = None,
    equations: Path | str | None = None,
    iterations: int | None = None,
    log2_paths: int | None = None,
    log2_points: int | None = None,
    matching: Any = None,
    max_iterations: int | None = None,
    max_nodes: int | None = None,
    path_points: Any = None,
    path_sets: int | None = None,
    power_iterations: int | None = None,
    quadrature_tolerance: float | None = None,
    random_starts: int | None = None,
    randomisations: int | None = None,
    record: Path | str | None = None,
    response_estimator: Any = None,
    responses: bool | None = None,
    sampling_tolerance: float | None = None,
    start: str | Sequence[str] | None = None,
    start_m: Any = None,
    start_q: Any = None,
    step: float | None = None,
    strata: bool | None = None,
    tensor_units: int | None = None,
    tolerance: float | None = None,
    seed: int | None = None,
    threads: int | None = None,
    progress: Progress = None,
) -> Dynamics:
    """The dynamics of gradient ascent.

    Parameters
    ----------
    alpha : float
        Samples per visible unit, α = n/d
    lam : Floats
        Signal strengths λ_1,…,λ_r
    hidden : Law
        Hidden units: a name of equations/priors, or a .toml file [default: rademacher]
    units : int
        Number of hidden units k [default: one for each signal]
    bias : Floats
        Hidden biases b_1,…,b_k [default: 0]
    signal : Law
        Sample signals P_u: a name or a file, as for hidden [default: rademacher]
    visible_signal : Law
        Visible signals P_w: a name or a file, as for hidden [default: rademacher]
    antithetic : bool
        Whether paths come in pairs with opposite noise [default: false]
    damping : float
        Damping ρ of the proximal parameter, in (0, 1] [default: 0.2]
    equal_times_only : bool
        Only the trajectory of equal times: neither two-time functions nor the long-time
        limit.
    equations : Path | str
        Folder of definition files, searched before the built-in ones
    iterations : int
        Number of gradient steps [default: 40].
    log2_paths : int
        Binary logarithm of the number of sampled paths in one set [default: 13]
    log2_points : int
        Binary logarithm of the quasi-Monte-Carlo points [default: 12]
    matching : Any
        Moments of the noise that are made exact: none, noise or paths [default: noise]
    max_iterations : int
        Largest number of damped iterations [default: 2000]
    max_nodes : int
        Cap on the nodes of a tensor grid [default: 40000000]
    path_points : Any
        Points of the paths: sobol or random [default: sobol]
    path_sets : int
        Independent sets of paths; their spread is the standard error [default: 8]
    power_iterations : int
        Power iterations W ← A^T A W N before the first step, as part of the dynamics
        [default: 0; as many as a spectral start of dmft needs]
    quadrature_tolerance : float
        Largest quadrature error of an order parameter [default: 1e-10]
    random_starts : int
        Random starts of a search for all solutions [default: 2 for one or two units, none for
        more; 8 for a potential]
    randomisations : int
        Independent quasi-Monte-Carlo randomisations [default: 8]
    record : Path | str
        Finished sets of paths are kept here; a run that was stopped goes on from there.
    response_estimator : Any
        Estimator of the response: projection or path [default: projection]
    responses : bool
        Whether the response matrices B and C are computed and shown [default: false]
    sampling_tolerance : float
        Largest standard error of an order parameter by quasi-Monte Carlo [default: 0.05]
    start : str | Sequence[str]
        Starts: planted, weak, mixed, random, spectral, given (with start_m and start_q)
    start_m : Any
        Overlaps M at the start: a list of rows, signals × units.
    start_q : Any
        Self-overlaps Q at the start: a list of rows, units × units.
    step : float
        Step `κ` [default: half of the stability bound].
    strata : bool
        Whether the atoms of the sample signal are enumerated instead of drawn [default: true]
    tensor_units : int
        Largest number of units for which the tensor rule is used, at most 3 [default: 3]
    tolerance : float
        Largest residual of the undamped map [default: 1e-12]
    seed : int
        Seed of every random number [default: 1].
    threads : int
        Number of threads; results do not depend on it.
    progress : bool or callable
        Whether to show progress, or who is told of it: `progress(what, part)`.

    Returns
    -------
    Dynamics

    Raises
    ------
    InputError
        Bad input; `field` names the argument.
    """
    return ask("dmft", "Dynamics", {"alpha": alpha, "lam": lam, "hidden": hidden, "units": units, "bias": bias, "signal": signal, "visible_signal": visible_signal, "antithetic": antithetic, "damping": damping, "equal_times_only": equal_times_only, "equations": equations, "iterations": iterations, "log2_paths": log2_paths, "log2_points": log2_points, "matching": matching, "max_iterations": max_iterations, "max_nodes": max_nodes, "path_points": path_points, "path_sets": path_sets, "power_iterations": power_iterations, "quadrature_tolerance": quadrature_tolerance, "random_starts": random_starts, "randomisations": randomisations, "record": record, "response_estimator": response_estimator, "responses": responses, "sampling_tolerance": sampling_tolerance, "start": start, "start_m": start_m, "start_q": start_q, "step": step, "strata": strata, "tensor_units": tensor_units, "tolerance": tolerance, "seed": seed}, threads, progress)  # type: ignore[no-any-return]


def simulate(
    *,
    alpha: float | None = None,
    lam: Floats | None = None,
    hidden: Law | None = None,
    units: int | None = None,
    bias: Floats | None = None,
    signal: Law | None = None,
    visible_signal: Law | None = None,
    n: int | None = None,
    d: int | None = None,
    instances: int | None = None,
    algorithm: Any = None,
    ceiling: float | None = None,
    checkpoint_every: int | None = None,
    control_variates: bool | None = None,
    damping: float | None = None,
    equations: Path | str | None = None,
    iterations: int | None = None,
    log2_points: int | None = None,
    max_iterations: int | None = None,
    max_nodes: int | None = None,
    power_iterations: int | None = None,
    quadrature_tolerance: float | None = None,
    random_starts: int | None = None,
    randomisations: int | None = None,
    record: Path | str | None = None,
    restarts: int | None = None,
    run_tolerance: float | None = None,
    sampling_tolerance: float | None = None,
    start: str | Sequence[str] | None = None,
    start_m: Any = None,
    start_q: Any = None,
    step: float | None = None,
    store: Any = None,
    tensor_units: int | None = None,
    tolerance: float | None = None,
    weight_damping: float | None = None,
    seed: int | None = None,
    threads: int | None = None,
    progress: Progress = None,
) -> Simulated:
    """Finite-size runs.

    Parameters
    ----------
    alpha : float
        Samples per visible unit, α = n/d
    lam : Floats
        Signal strengths λ_1,…,λ_r
    hidden : Law
        Hidden units: a name of equations/priors, or a .toml file [default: rademacher]
    units : int
        Number of hidden units k [default: one for each signal]
    bias : Floats
        Hidden biases b_1,…,b_k [default: 0]
    signal : Law
        Sample signals P_u: a name or a file, as for hidden [default: rademacher]
    visible_signal : Law
        Visible signals P_w: a name or a file, as for hidden [default: rademacher]
    n : int
        Number of samples n [default: α d]
    d : int
        Number of visible units d [default: 4000]
    instances : int
        Number of independent instances [default: 8]
    algorithm : Any
        Algorithm: amp, gd, lbfgs or spectral [default: amp]
    ceiling : float
        Ceiling of amp's proximal parameter, λ_max(V)·sup D, in (0, 1] [default: 0.9; more
        where theory has a solution beyond]
    checkpoint_every : int
        Iterations of amp and gd after which the state of the instance in flight is kept
        beside the record, so that a run that is killed goes on within it.
    control_variates : bool
        Correct means by control variates: numbers of the data whose mean is known.
    damping : float
        Damping ρ of the proximal parameter, in (0, 1] [default: 0.2]
    equations : Path | str
        Folder of definition files, searched before the built-in ones
    iterations : int
        Largest number of iterations [default: 200 for amp (more where its weights are
        damped), 2000 for gd, 500 for lbfgs]
    log2_points : int
        Binary logarithm of the quasi-Monte-Carlo points [default: 12]
    max_iterations : int
        Largest number of damped iterations [default: 2000]
    max_nodes : int
        Cap on the nodes of a tensor grid [default: 40000000]
    power_iterations : int
        Power iterations W ← A^T A W N before the first step, as part of the dynamics
        [default: 0; as many as a spectral start of dmft needs]
    quadrature_tolerance : float
        Largest quadrature error of an order parameter [default: 1e-10]
    random_starts : int
        Random starts of a search for all solutions [default: 2 for one or two units, none for
        more; 8 for a potential]
    randomisations : int
        Independent quasi-Monte-Carlo randomisations [default: 8]
    record : Path | str
        Finished instances are kept here; more instances extend them.
    restarts : int
        Random starts (with start random) on each instance, of which the run with the largest
        objective is kept [default: 1]
    run_tolerance : float
        Residual (amp) or root-mean-square gradient (gd, lbfgs) of a converged run [default:
        1e-6]
    sampling_tolerance : float
        Largest standard error of an order parameter by quasi-Monte Carlo [default: 0.05]
    start : str | Sequence[str]
        Starts: planted, weak, mixed, random, spectral, given (with start_m and start_q)
    start_m : Any
        Overlaps M at the start: a list of rows, signals × units.
    start_q : Any
        Self-overlaps Q at the start: a list of rows, units × units.
    step : float
        Step κ of gd [default: half of the stability bound]
    store : Any
        How the data are held: dense (32 bits), one-bit (noise ±1, one bit for each entry; the
        limit is the same) or regenerated (drawn again at each pass) [default: dense]
    tensor_units : int
        Largest number of units for which the tensor rule is used, at most 3 [default: 3]
    tolerance : float
        Largest residual of the undamped map [default: 1e-12]
    weight_damping : float
        Part of their way that amp's weights go in one iteration, in (0, 1] [default: 1; less
        where theory says that amp would not settle]
    seed : int
        Seed of every random number [default: 1].
    threads : int
        Number of threads; results do not depend on it.
    progress : bool or callable
        Whether to show progress, or who is told of it: `progress(what, part)`.

    Returns
    -------
    Simulated

    Raises
    ------
    InputError
        Bad input; `field` names the argument.
    """
    return ask("simulate", "Simulated", {"alpha": alpha, "lam": lam, "hidden": hidden, "units": units, "bias": bias, "signal": signal, "visible_signal": visible_signal, "n": n, "d": d, "instances": instances, "algorithm": algorithm, "ceiling": ceiling, "checkpoint_every": checkpoint_every, "control_variates": control_variates, "damping": damping, "equations": equations, "iterations": iterations, "log2_points": log2_points, "max_iterations": max_iterations, "max_nodes": max_nodes, "power_iterations": power_iterations, "quadrature_tolerance": quadrature_tolerance, "random_starts": random_starts, "randomisations": randomisations, "record": record, "restarts": restarts, "run_tolerance": run_tolerance, "sampling_tolerance": sampling_tolerance, "start": start, "start_m": start_m, "start_q": start_q, "step": step, "store": store, "tensor_units": tensor_units, "tolerance": tolerance, "weight_damping": weight_damping, "seed": seed}, threads, progress)  # type: ignore[no-any-return]


def compare(
    *,
    alpha: float | None = None,
    lam: Floats | None = None,
    hidden: Law | None = None,
    units: int | None = None,
    bias: Floats | None = None,
    signal: Law | None = None,
    visible_signal: Law | None = None,
    n: int | None = None,
    d: int | None = None,
    instances: int | None = None,
    algorithm: Any = None,
    antithetic: bool | None = None,
    ceiling: float | None = None,
    checkpoint_every: int | None = None,
    control_variates: bool | None = None,
    damping: float | None = None,
    equations: Path | str | None = None,
    iterations: int | None = None,
    level: float | None = None,
    log2_paths: int | None = None,
    log2_points: int | None = None,
    matching: Any = None,
    max_instances: int | None = None,
    max_iterations: int | None = None,
    max_nodes: int | None = None,
    path_points: Any = None,
    path_sets: int | None = None,
    power_iterations: int | None = None,
    precision: float | None = None,
    quadrature_tolerance: float | None = None,
    random_starts: int | None = None,
    randomisations: int | None = None,
    record: Path | str | None = None,
    resolution: float | None = None,
    response_estimator: Any = None,
    responses: bool | None = None,
    restarts: int | None = None,
    run_tolerance: float | None = None,
    sampling_tolerance: float | None = None,
    start: str | Sequence[str] | None = None,
    start_m: Any = None,
    start_q: Any = None,
    step: float | None = None,
    store: Any = None,
    strata: bool | None = None,
    tensor_units: int | None = None,
    tolerance: float | None = None,
    trajectory: bool | None = None,
    weight_damping: float | None = None,
    seed: int | None = None,
    threads: int | None = None,
    progress: Progress = None,
) -> Compared:
    """Whether theory and simulation agree.

    Parameters
    ----------
    alpha : float
        Samples per visible unit, α = n/d
    lam : Floats
        Signal strengths λ_1,…,λ_r
    hidden : Law
        Hidden units: a name of equations/priors, or a .toml file [default: rademacher]
    units : int
        Number of hidden units k [default: one for each signal]
    bias : Floats
        Hidden biases b_1,…,b_k [default: 0]
    signal : Law
        Sample signals P_u: a name or a file, as for hidden [default: rademacher]
    visible_signal : Law
        Visible signals P_w: a name or a file, as for hidden [default: rademacher]
    n : int
        Number of samples n [default: α d]
    d : int
        Number of visible units d [default: 4000]
    instances : int
        Number of independent instances [default: 8]
    algorithm : Any
        Algorithm: amp, gd, lbfgs or spectral [default: amp]
    antithetic : bool
        Whether paths come in pairs with opposite noise [default: false]
    ceiling : float
        Ceiling of amp's proximal parameter, λ_max(V)·sup D, in (0, 1] [default: 0.9; more
        where theory has a solution beyond]
    checkpoint_every : int
        Iterations of amp and gd after which the state of the instance in flight is kept
        beside the record, so that a run that is killed goes on within it.
    control_variates : bool
        Correct means by control variates: numbers of the data whose mean is known.
    damping : float
        Damping ρ of the proximal parameter, in (0, 1] [default: 0.2]
    equations : Path | str
        Folder of definition files, searched before the built-in ones
    iterations : int
        Largest number of iterations [default: 200 for amp (more where its weights are
        damped), 2000 for gd, 500 for lbfgs]
    level : float
        Share of comparisons that find a disagreement where theory is right, over all numbers
        together [default: 0.01]
    log2_paths : int
        Binary logarithm of the number of sampled paths in one set [default: 13]
    log2_points : int
        Binary logarithm of the quasi-Monte-Carlo points [default: 12]
    matching : Any
        Moments of the noise that are made exact: none, noise or paths [default: noise]
    max_instances : int
        Most instances that precision may ask for [default: 256]
    max_iterations : int
        Largest number of damped iterations [default: 2000]
    max_nodes : int
        Cap on the nodes of a tensor grid [default: 40000000]
    path_points : Any
        Points of the paths: sobol or random [default: sobol]
    path_sets : int
        Independent sets of paths; their spread is the standard error [default: 8]
    power_iterations : int
        Power iterations W ← A^T A W N before the first step, as part of the dynamics
        [default: 0; as many as a spectral start of dmft needs]
    precision : float
        Add instances until every standard error is at most this
    quadrature_tolerance : float
        Largest quadrature error of an order parameter [default: 1e-10]
    random_starts : int
        Random starts of a search for all solutions [default: 2 for one or two units, none for
        more; 8 for a potential]
    randomisations : int
        Independent quasi-Monte-Carlo randomisations [default: 8]
    record : Path | str
        Finished instances are kept here; more instances extend them.
    resolution : float
        Difference that must be noticeable for "agrees", relative to the size of each quantity
        [default: 0.2]
    response_estimator : Any
        Estimator of the response: projection or path [default: projection]
    responses : bool
        Whether the response matrices B and C are computed and shown [default: false]
    restarts : int
        Random starts (with start random) on each instance, of which the run with the largest
        objective is kept [default: 1]
    run_tolerance : float
        Residual (amp) or root-mean-square gradient (gd, lbfgs) of a converged run [default:
        1e-6]
    sampling_tolerance : float
        Largest standard error of an order parameter by quasi-Monte Carlo [default: 0.05]
    start : str | Sequence[str]
        Starts: planted, weak, mixed, random, spectral, given (with start_m and start_q)
    start_m : Any
        Overlaps M at the start: a list of rows, signals × units.
    start_q : Any
        Self-overlaps Q at the start: a list of rows, units × units.
    step : float
        Step κ of gd [default: half of the stability bound]
    store : Any
        How the data are held: dense (32 bits), one-bit (noise ±1, one bit for each entry; the
        limit is the same) or regenerated (drawn again at each pass) [default: dense]
    strata : bool
        Whether the atoms of the sample signal are enumerated instead of drawn [default: true]
    tensor_units : int
        Largest number of units for which the tensor rule is used, at most 3 [default: 3]
    tolerance : float
        Largest residual of the undamped map [default: 1e-12]
    trajectory : bool
        Every iteration of AMP against state evolution, or of gradient ascent against DMFT,
        instead of the end against the fixed point.
    weight_damping : float
        Part of their way that amp's weights go in one iteration, in (0, 1] [default: 1; less
        where theory says that amp would not settle]
    seed : int
        Seed of every random number [default: 1].
    threads : int
        Number of threads; results do not depend on it.
    progress : bool or callable
        Whether to show progress, or who is told of it: `progress(what, part)`.

    Returns
    -------
    Compared

    Raises
    ------
    InputError
        Bad input; `field` names the argument.
    """
    return ask("compare", "Compared", {"alpha": alpha, "lam": lam, "hidden": hidden, "units": units, "bias": bias, "signal": signal, "visible_signal": visible_signal, "n": n, "d": d, "instances": instances, "algorithm": algorithm, "antithetic": antithetic, "ceiling": ceiling, "checkpoint_every": checkpoint_every, "control_variates": control_variates, "damping": damping, "equations": equations, "iterations": iterations, "level": level, "log2_paths": log2_paths, "log2_points": log2_points, "matching": matching, "max_instances": max_instances, "max_iterations": max_iterations, "max_nodes": max_nodes, "path_points": path_points, "path_sets": path_sets, "power_iterations": power_iterations, "precision": precision, "quadrature_tolerance": quadrature_tolerance, "random_starts": random_starts, "randomisations": randomisations, "record": record, "resolution": resolution, "response_estimator": response_estimator, "responses": responses, "restarts": restarts, "run_tolerance": run_tolerance, "sampling_tolerance": sampling_tolerance, "start": start, "start_m": start_m, "start_q": start_q, "step": step, "store": store, "strata": strata, "tensor_units": tensor_units, "tolerance": tolerance, "trajectory": trajectory, "weight_damping": weight_damping, "seed": seed}, threads, progress)  # type: ignore[no-any-return]


def finite_size(
    *,
    alpha: float | None = None,
    lam: Floats | None = None,
    hidden: Law | None = None,
    units: int | None = None,
    bias: Floats | None = None,
    signal: Law | None = None,
    visible_signal: Law | None = None,
    d: int | Sequence[int] | None = None,
    instances: int | None = None,
    algorithm: Any = None,
    accuracy: float | None = None,
    damping: float | None = None,
    equations: Path | str | None = None,
    instances_at: int | Sequence[int] | None = None,
    iterations: int | None = None,
    log2_points: int | None = None,
    max_iterations: int | None = None,
    max_nodes: int | None = None,
    power_iterations: int | None = None,
    quadrature_tolerance: float | None = None,
    random_starts: int | None = None,
    randomisations: int | None = None,
    run_tolerance: float | None = None,
    sampling_tolerance: float | None = None,
    start: str | Sequence[str] | None = None,
    start_m: Any = None,
    start_q: Any = None,
    store: Any = None,
    tensor_units: int | None = None,
    tolerance: float | None = None,
    seed: int | None = None,
    threads: int | None = None,
    progress: Progress = None,
) -> FiniteSizes:
    """How simulations approach the limit `d → ∞`.

    Parameters
    ----------
    alpha : float
        Samples per visible unit, α = n/d
    lam : Floats
        Signal strengths λ_1,…,λ_r
    hidden : Law
        Hidden units: a name of equations/priors, or a .toml file [default: rademacher]
    units : int
        Number of hidden units k [default: one for each signal]
    bias : Floats
        Hidden biases b_1,…,b_k [default: 0]
    signal : Law
        Sample signals P_u: a name or a file, as for hidden [default: rademacher]
    visible_signal : Law
        Visible signals P_w: a name or a file, as for hidden [default: rademacher]
    d : int | Sequence[int]
        Numbers of visible units, rising [default: 125, 250, 500]
    instances : int
        Instances at each size [default: 400]
    algorithm : Any
        Algorithm: amp, gd or lbfgs [default: lbfgs]
    accuracy : float
        Accuracy that is wanted, in the units of each quantity [default: 0.01]
    damping : float
        Damping ρ of the proximal parameter, in (0, 1] [default: 0.2]
    equations : Path | str
        Folder of definition files, searched before the built-in ones
    instances_at : int | Sequence[int]
        Instances at each size, one number for each, in place of one for all
    iterations : int
        Largest number of iterations [default: that of the algorithm]
    log2_points : int
        Binary logarithm of the quasi-Monte-Carlo points [default: 12]
    max_iterations : int
        Largest number of damped iterations [default: 2000]
    max_nodes : int
        Cap on the nodes of a tensor grid [default: 40000000]
    power_iterations : int
        Power iterations W ← A^T A W N before the first step, as part of the dynamics
        [default: 0; as many as a spectral start of dmft needs]
    quadrature_tolerance : float
        Largest quadrature error of an order parameter [default: 1e-10]
    random_starts : int
        Random starts of a search for all solutions [default: 2 for one or two units, none for
        more; 8 for a potential]
    randomisations : int
        Independent quasi-Monte-Carlo randomisations [default: 8]
    run_tolerance : float
        Residual (amp) or root-mean-square gradient (gd, lbfgs) of a converged run [default:
        1e-6]
    sampling_tolerance : float
        Largest standard error of an order parameter by quasi-Monte Carlo [default: 0.05]
    start : str | Sequence[str]
        Starts: planted, weak, mixed, random, spectral, given (with start_m and start_q)
    start_m : Any
        Overlaps M at the start: a list of rows, signals × units.
    start_q : Any
        Self-overlaps Q at the start: a list of rows, units × units.
    store : Any
        How the data are held: dense (32 bits), one-bit (noise ±1, one bit for each entry; the
        limit is the same) or regenerated (drawn again at each pass) [default: dense]
    tensor_units : int
        Largest number of units for which the tensor rule is used, at most 3 [default: 3]
    tolerance : float
        Largest residual of the undamped map [default: 1e-12]
    seed : int
        Seed of every random number [default: 1].
    threads : int
        Number of threads; results do not depend on it.
    progress : bool or callable
        Whether to show progress, or who is told of it: `progress(what, part)`.

    Returns
    -------
    FiniteSizes

    Raises
    ------
    InputError
        Bad input; `field` names the argument.
    """
    return ask("finite_size", "FiniteSizes", {"alpha": alpha, "lam": lam, "hidden": hidden, "units": units, "bias": bias, "signal": signal, "visible_signal": visible_signal, "d": d, "instances": instances, "algorithm": algorithm, "accuracy": accuracy, "damping": damping, "equations": equations, "instances_at": instances_at, "iterations": iterations, "log2_points": log2_points, "max_iterations": max_iterations, "max_nodes": max_nodes, "power_iterations": power_iterations, "quadrature_tolerance": quadrature_tolerance, "random_starts": random_starts, "randomisations": randomisations, "run_tolerance": run_tolerance, "sampling_tolerance": sampling_tolerance, "start": start, "start_m": start_m, "start_q": start_q, "store": store, "tensor_units": tensor_units, "tolerance": tolerance, "seed": seed}, threads, progress)  # type: ignore[no-any-return]


def maximum(
    *,
    alpha: float | None = None,
    lam: Floats | None = None,
    hidden: Law | None = None,
    units: int | None = None,
    bias: Floats | None = None,
    signal: Law | None = None,
    visible_signal: Law | None = None,
    d: int | Sequence[int] | None = None,
    instances: int | Sequence[int] | None = None,
    annealed: int | None = None,
    equations: Path | str | None = None,
    gradient: int | None = None,
    planted: int | None = None,
    random: int | None = None,
    run_tolerance: float | None = None,
    steps: int | None = None,
    sweeps: int | None = None,
    temperature: float | None = None,
    seed: int | None = None,
    threads: int | None = None,
    progress: Progress = None,
) -> Maxima:
    """The largest objective that weights of one hidden unit have, by simulation and by
    theory.

    Parameters
    ----------
    alpha : float
        Samples per visible unit, α = n/d
    lam : Floats
        Signal strengths λ_1,…,λ_r
    hidden : Law
        Hidden units: a name of equations/priors, or a .toml file [default: rademacher]
    units : int
        Number of hidden units k [default: one for each signal]
    bias : Floats
        Hidden biases b_1,…,b_k [default: 0]
    signal : Law
        Sample signals P_u: a name or a file, as for hidden [default: rademacher]
    visible_signal : Law
        Visible signals P_w: a name or a file, as for hidden [default: rademacher]
    d : int | Sequence[int]
        Numbers of visible units, rising, up to 4000 [default: 60, 120, 240]
    instances : int | Sequence[int]
        Instances: of each size, or one number for all [default: 100]
    annealed : int
        Starts at the end of Langevin annealing [default: 0]
    equations : Path | str
        Folder of definition files, searched before the built-in ones
    gradient : int
        Runs of gradient ascent, whose level is shown beside the maximum [default: 0]
    planted : int
        Starts with overlap [default: 4; 0 where the maximum has no overlap by theory]
    random : int
        Random starts of L-BFGS on each instance [default: 16]
    run_tolerance : float
        Root-mean-square gradient at which L-BFGS stops [default: 1e-5]
    steps : int
        Steps of gradient ascent [default: 1600]
    sweeps : int
        Steps of annealing [default: 1500]
    temperature : float
        First temperature of annealing [default: 0.35]
    seed : int
        Seed of every random number [default: 1].
    threads : int
        Number of threads; results do not depend on it.
    progress : bool or callable
        Whether to show progress, or who is told of it: `progress(what, part)`.

    Returns
    -------
    Maxima

    Raises
    ------
    InputError
        Bad input; `field` names the argument.
    """
    return ask("maximum", "Maxima", {"alpha": alpha, "lam": lam, "hidden": hidden, "units": units, "bias": bias, "signal": signal, "visible_signal": visible_signal, "d": d, "instances": instances, "annealed": annealed, "equations": equations, "gradient": gradient, "planted": planted, "random": random, "run_tolerance": run_tolerance, "steps": steps, "sweeps": sweeps, "temperature": temperature, "seed": seed}, threads, progress)  # type: ignore[no-any-return]


def stability(
    *,
    alpha: float | None = None,
    lam: Floats | None = None,
    hidden: Law | None = None,
    units: int | None = None,
    bias: Floats | None = None,
    signal: Law | None = None,
    visible_signal: Law | None = None,
    damping: float | None = None,
    end: bool | None = None,
    equations: Path | str | None = None,
    from_: float | None = None,
    log2_points: int | None = None,
    max_iterations: int | None = None,
    max_nodes: int | None = None,
    over: str | None = None,
    points: int | None = None,
    quadrature_tolerance: float | None = None,
    random_starts: int | None = None,
    randomisations: int | None = None,
    rsb: bool | None = None,
    sampling_tolerance: float | None = None,
    tensor_units: int | None = None,
    to: float | None = None,
    tolerance: float | None = None,
    width: float | None = None,
    seed: int | None = None,
    threads: int | None = None,
    progress: Progress = None,
) -> Stabilities:
    """Where the replica-symmetric solution is stable.

    Parameters
    ----------
    alpha : float
        Samples per visible unit, α = n/d
    lam : Floats
        Signal strengths λ_1,…,λ_r
    hidden : Law
        Hidden units: a name of equations/priors, or a .toml file [default: rademacher]
    units : int
        Number of hidden units k [default: one for each signal]
    bias : Floats
        Hidden biases b_1,…,b_k [default: 0]
    signal : Law
        Sample signals P_u: a name or a file, as for hidden [default: rademacher]
    visible_signal : Law
        Visible signals P_w: a name or a file, as for hidden [default: rademacher]
    damping : float
        Damping ρ of the proximal parameter, in (0, 1] [default: 0.2]
    end : bool
        Whether the solution is followed to its end: fold, first-order jump, onset of
        recovery, end.
    equations : Path | str
        Folder of definition files, searched before the built-in ones
    from_ : float
        First value of the given parameter
    log2_points : int
        Binary logarithm of the quasi-Monte-Carlo points [default: 12]
    max_iterations : int
        Largest number of damped iterations [default: 2000]
    max_nodes : int
        Cap on the nodes of a tensor grid [default: 40000000]
    over : str
        Given parameter that runs over a range: alpha (strengths are located) or strength (a
        factor on lambda; α is located); or a parameter of the potential
    points : int
        Number of values of the given parameter [default: 50]
    quadrature_tolerance : float
        Largest quadrature error of an order parameter [default: 1e-10]
    random_starts : int
        Random starts of a search for all solutions [default: 2 for one or two units, none for
        more; 8 for a potential]
    randomisations : int
        Independent quasi-Monte-Carlo randomisations [default: 8]
    rsb : bool
        Whether it is followed beyond replica symmetry: with which `x` the solution splits,
        and where recovery sets in with each number of steps. For given `α`, one unit and one
        signal.
    sampling_tolerance : float
        Largest standard error of an order parameter by quasi-Monte Carlo [default: 0.05]
    tensor_units : int
        Largest number of units for which the tensor rule is used, at most 3 [default: 3]
    to : float
        Last value of the given parameter
    tolerance : float
        Largest residual of the undamped map [default: 1e-12]
    width : float
        Width to which boundaries are located [default: 1e-7]
    seed : int
        Seed of every random number [default: 1].
    threads : int
        Number of threads; results do not depend on it.
    progress : bool or callable
        Whether to show progress, or who is told of it: `progress(what, part)`.

    Returns
    -------
    Stabilities

    Raises
    ------
    InputError
        Bad input; `field` names the argument.
    """
    return ask("stability", "Stabilities", {"alpha": alpha, "lam": lam, "hidden": hidden, "units": units, "bias": bias, "signal": signal, "visible_signal": visible_signal, "damping": damping, "end": end, "equations": equations, "from_": from_, "log2_points": log2_points, "max_iterations": max_iterations, "max_nodes": max_nodes, "over": over, "points": points, "quadrature_tolerance": quadrature_tolerance, "random_starts": random_starts, "randomisations": randomisations, "rsb": rsb, "sampling_tolerance": sampling_tolerance, "tensor_units": tensor_units, "to": to, "tolerance": tolerance, "width": width, "seed": seed}, threads, progress)  # type: ignore[no-any-return]


def branch(
    *,
    alpha: float | None = None,
    lam: Floats | None = None,
    hidden: Law | None = None,
    units: int | None = None,
    bias: Floats | None = None,
    signal: Law | None = None,
    visible_signal: Law | None = None,
    along: str | None = None,
    at: float | None = None,
    damping: float | None = None,
    equations: Path | str | None = None,
    from_: float | None = None,
    largest_step: float | None = None,
    log2_points: int | None = None,
    max_iterations: int | None = None,
    max_nodes: int | None = None,
    max_points: int | None = None,
    power_iterations: int | None = None,
    quadrature_tolerance: float | None = None,
    random_starts: int | None = None,
    randomisations: int | None = None,
    rising: bool | None = None,
    sampling_tolerance: float | None = None,
    start: str | Sequence[str] | None = None,
    start_m: Any = None,
    start_q: Any = None,
    tensor_units: int | None = None,
    to: float | None = None,
    tolerance: float | None = None,
    width: float | None = None,
    seed: int | None = None,
    threads: int | None = None,
    progress: Progress = None,
) -> Branched:
    """A branch of fixed points of state evolution.

    Parameters
    ----------
    alpha : float
        Samples per visible unit, α = n/d
    lam : Floats
        Signal strengths λ_1,…,λ_r
    hidden : Law
        Hidden units: a name of equations/priors, or a .toml file [default: rademacher]
    units : int
        Number of hidden units k [default: one for each signal]
    bias : Floats
        Hidden biases b_1,…,b_k [default: 0]
    signal : Law
        Sample signals P_u: a name or a file, as for hidden [default: rademacher]
    visible_signal : Law
        Visible signals P_w: a name or a file, as for hidden [default: rademacher]
    along : str
        Control parameter: alpha, strength, lambda, lambda-1 …, bias-1 …, hidden.rho,
        signal.rho …; or a parameter of the potential [default: lambda]
    at : float
        Where the branch is begun, by a search from start [default: the upper end, or the
        lower end with rising]
    damping : float
        Damping ρ of the proximal parameter, in (0, 1] [default: 0.2]
    equations : Path | str
        Folder of definition files, searched before the built-in ones
    from_ : float
        Lower end of the range
    largest_step : float
        Largest step of arclength (control parameter in units of the range, order parameters
        in their own) [default: 0.05]
    log2_points : int
        Binary logarithm of the quasi-Monte-Carlo points [default: 12]
    max_iterations : int
        Largest number of damped iterations [default: 2000]
    max_nodes : int
        Cap on the nodes of a tensor grid [default: 40000000]
    max_points : int
        Largest number of points [default: 2000]
    power_iterations : int
        Power iterations W ← A^T A W N before the first step, as part of the dynamics
        [default: 0; as many as a spectral start of dmft needs]
    quadrature_tolerance : float
        Largest quadrature error of an order parameter [default: 1e-10]
    random_starts : int
        Random starts of a search for all solutions [default: 2 for one or two units, none for
        more; 8 for a potential]
    randomisations : int
        Independent quasi-Monte-Carlo randomisations [default: 8]
    rising : bool
        Follow towards larger values first
    sampling_tolerance : float
        Largest standard error of an order parameter by quasi-Monte Carlo [default: 0.05]
    start : str | Sequence[str]
        Starts: planted, weak, mixed, random, spectral, given (with start_m and start_q)
    start_m : Any
        Overlaps M at the start: a list of rows, signals × units.
    start_q : Any
        Self-overlaps Q at the start: a list of rows, units × units.
    tensor_units : int
        Largest number of units for which the tensor rule is used, at most 3 [default: 3]
    to : float
        Upper end of the range
    tolerance : float
        Largest residual of the undamped map [default: 1e-12]
    width : float
        Width to which folds, changes of stability and ends are located [default: 1e-8]
    seed : int
        Seed of every random number [default: 1].
    threads : int
        Number of threads; results do not depend on it.
    progress : bool or callable
        Whether to show progress, or who is told of it: `progress(what, part)`.

    Returns
    -------
    Branched

    Raises
    ------
    InputError
        Bad input; `field` names the argument.
    """
    return ask("branch", "Branched", {"alpha": alpha, "lam": lam, "hidden": hidden, "units": units, "bias": bias, "signal": signal, "visible_signal": visible_signal, "along": along, "at": at, "damping": damping, "equations": equations, "from_": from_, "largest_step": largest_step, "log2_points": log2_points, "max_iterations": max_iterations, "max_nodes": max_nodes, "max_points": max_points, "power_iterations": power_iterations, "quadrature_tolerance": quadrature_tolerance, "random_starts": random_starts, "randomisations": randomisations, "rising": rising, "sampling_tolerance": sampling_tolerance, "start": start, "start_m": start_m, "start_q": start_q, "tensor_units": tensor_units, "to": to, "tolerance": tolerance, "width": width, "seed": seed}, threads, progress)  # type: ignore[no-any-return]


def linear(
    *,
    data: Path | str | None = None,
    covariance: Path | str | None = None,
    eigenvalues: Floats | None = None,
    hidden_units: int | None = None,
    hidden_variance: float | None = None,
    max_steps: int | None = None,
    points: int | None = None,
    start_scale: float | None = None,
    times: Floats | None = None,
    tolerance: float | None = None,
    until: float | None = None,
    visible_variance: float | None = None,
    seed: int | None = None,
    threads: int | None = None,
    progress: Progress = None,
) -> Staircase:
    """The learning curve of an RBM with Gaussian units on both sides, from a random start.

    Parameters
    ----------
    data : Path | str
        Data instead: CSV, one sample a line, with or without names above; the mean is taken
        away
    covariance : Path | str
        Covariance of the data: CSV, one row a line
    eigenvalues : Floats
        Eigenvalues of the covariance instead
    hidden_units : int
        Number of hidden units [default: one for each visible unit]
    hidden_variance : float
        Variance σ_h² of a hidden unit by itself [default: 1]
    max_steps : int
        Largest number of integration steps [default: 200000]
    points : int
        Number of these times [default: 21]
    start_scale : float
        Standard deviation of the weights at the start [default: 0.01]
    times : Floats
        Times that are shown, rising; the unit is one over the learning rate
    tolerance : float
        Error of an integration step, relative to each weight and to the size of the start
        [default: 1e-10]
    until : float
        Last of equally spaced times instead, the first of which is 0
    visible_variance : float
        Variance σ_v² of a visible unit by itself [default: 1]
    seed : int
        Seed of every random number [default: 1].
    threads : int
        Number of threads; results do not depend on it.
    progress : bool or callable
        Whether to show progress, or who is told of it: `progress(what, part)`.

    Returns
    -------
    Staircase

    Raises
    ------
    InputError
        Bad input; `field` names the argument.
    """
    return ask("linear", "Staircase", {"data": data, "covariance": covariance, "eigenvalues": eigenvalues, "hidden_units": hidden_units, "hidden_variance": hidden_variance, "max_steps": max_steps, "points": points, "start_scale": start_scale, "times": times, "tolerance": tolerance, "until": until, "visible_variance": visible_variance, "seed": seed}, threads, progress)  # type: ignore[no-any-return]


def learning_curve(
    *,
    centres: str | None = None,
    component: Law | None = None,
    equations: Path | str | None = None,
    kappa: float | None = None,
    level: Any = None,
    max_steps: int | None = None,
    modes: int | None = None,
    mu: Floats | None = None,
    points: int | None = None,
    shares: Floats | None = None,
    size: float | None = None,
    start: Floats | None = None,
    start_scale: float | None = None,
    start_weights: str | None = None,
    times: Floats | None = None,
    tolerance: float | None = None,
    until: float | None = None,
    visible_units: int | None = None,
    seed: int | None = None,
    threads: int | None = None,
    progress: Progress = None,
) -> Learnt:
    """The learning curve of the modes of an RBM with ±1 units.

    Parameters
    ----------
    centres : str
        Centres in any directions instead: CSV, one centre a line, a column for each
        direction; modes turn towards them
    component : Law
        Components of the vectors of a mode, of variance 1: a name of equations/priors, or a
        .toml file [default: rademacher; gaussian with centres]
    equations : Path | str
        Folder of definition files, searched before the built-in ones
    kappa : float
        Aspect ratio κ = N_h/N_v [default: 1]
    level : Any
        How modes share the response of the RBM [default: infinite; sphere with centres]
    max_steps : int
        Largest number of integration steps [default: 200000]
    modes : int
        Number of hidden directions of a random start, with centres [default: one for each
        centre]
    mu : Floats
        Centres ±μ_a of the data, each along a mode of its own, in units of √L
    points : int
        Number of these times [default: 21]
    shares : Floats
        Shares of the pairs of clusters in the data, which add up to 1 [default: equal ones]
    size : float
        Size L = √(N_v N_h) of the RBM, for a level of finite size
    start : Floats
        Singular values at the start, one for all modes or one for each [default: 0.01]
    start_scale : float
        Standard deviation of its weights [default: 0.01]
    start_weights : str
        Weights at the start, with centres: CSV, a row for each direction of the data, a
        column for each hidden one
    times : Floats
        Times that are shown, rising; the unit is one over L and the learning rate
    tolerance : float
        Error of an integration step, relative to each weight [default: 1e-10]
    until : float
        Last of equally spaced times instead, the first of which is 0
    visible_units : int
        Number of visible units instead
    seed : int
        Seed of every random number [default: 1].
    threads : int
        Number of threads; results do not depend on it.
    progress : bool or callable
        Whether to show progress, or who is told of it: `progress(what, part)`.

    Returns
    -------
    Learnt

    Raises
    ------
    InputError
        Bad input; `field` names the argument.
    """
    return ask("learning_curve", "Learnt", {"centres": centres, "component": component, "equations": equations, "kappa": kappa, "level": level, "max_steps": max_steps, "modes": modes, "mu": mu, "points": points, "shares": shares, "size": size, "start": start, "start_scale": start_scale, "start_weights": start_weights, "times": times, "tolerance": tolerance, "until": until, "visible_units": visible_units, "seed": seed}, threads, progress)  # type: ignore[no-any-return]


def spectrum(
    *,
    kappa: float | None = None,
    matrix: Path | str | None = None,
    planted: Floats | None = None,
    sample: int | None = None,
    sigma: float | None = None,
    seed: int | None = None,
    threads: int | None = None,
    progress: Progress = None,
) -> SpectrumFound:
    """The spectrum of a weight matrix.

    Parameters
    ----------
    kappa : float
        Aspect ratio κ = N_h/N_v
    matrix : Path | str
        Read a measured weight matrix instead: CSV, a row for each visible unit
    planted : Floats
        Singular values of planted modes [default: none]
    sample : int
        Also draw a matrix with so many visible units, and compare
    sigma : float
        Level σ of the noise: entries have the variance σ²/√(N_v N_h)
    seed : int
        Seed of every random number [default: 1].
    threads : int
        Number of threads; results do not depend on it.
    progress : bool or callable
        Whether to show progress, or who is told of it: `progress(what, part)`.

    Returns
    -------
    SpectrumFound

    Raises
    ------
    InputError
        Bad input; `field` names the argument.
    """
    return ask("spectrum", "SpectrumFound", {"kappa": kappa, "matrix": matrix, "planted": planted, "sample": sample, "sigma": sigma, "seed": seed}, threads, progress)  # type: ignore[no-any-return]


def train(
    *,
    data: Path | str | None = None,
    batch: int | None = None,
    epochs: int | None = None,
    hidden_units: int | None = None,
    persistent: bool | None = None,
    points: int | None = None,
    rate: float | None = None,
    start_scale: float | None = None,
    sweeps: int | None = None,
    threshold: float | None = None,
    seed: int | None = None,
    threads: int | None = None,
    progress: Progress = None,
) -> Trained:
    """An RBM trained by contrastive divergence.

    Parameters
    ----------
    data : Path | str
        Data: CSV, one sample a line, with or without names above
    batch : int
        Samples of a step [default: 50, or all if they are fewer]
    epochs : int
        Passes over the data [default: 100]
    hidden_units : int
        Number of hidden units [default: 16]
    persistent : bool
        Whether the chain goes on from step to step (persistent contrastive divergence)
        [default: false]
    points : int
        Number of equally spaced epochs that are shown, the first of which is 0 [default: 21,
        or all if they are fewer]
    rate : float
        Learning rate [default: 0.01]
    start_scale : float
        Standard deviation of the weights at the start [default: 0.01]
    sweeps : int
        Sweeps of Gibbs sampling in a step [default: 1]
    threshold : float
        What lies above it is +1, the rest −1 [default: halfway between the smallest and the
        largest number]
    seed : int
        Seed of every random number [default: 1].
    threads : int
        Number of threads; results do not depend on it.
    progress : bool or callable
        Whether to show progress, or who is told of it: `progress(what, part)`.

    Returns
    -------
    Trained

    Raises
    ------
    InputError
        Bad input; `field` names the argument.
    """
    return ask("train", "Trained", {"data": data, "batch": batch, "epochs": epochs, "hidden_units": hidden_units, "persistent": persistent, "points": points, "rate": rate, "start_scale": start_scale, "sweeps": sweeps, "threshold": threshold, "seed": seed}, threads, progress)  # type: ignore[no-any-return]


def analyze(
    *,
    data: Path | str | npt.NDArray[Any] | None = None,
    units: int | None = None,
    signal: Law | None = None,
    binarise: float | None = None,
    bootstrap: int | None = None,
    equations: Path | str | None = None,
    holdout: float | None = None,
    load_weights: Path | str | None = None,
    occlude: bool | None = None,
    signals: int | None = None,
    skip_columns: str | None = None,
    spectrum: Any = None,
    standardise: Any = None,
    train: Any = None,
    visible_variance: float | None = None,
    whiten: int | None = None,
    seed: int | None = None,
    threads: int | None = None,
    progress: Progress = None,
) -> Analyzed:
    """What the spectrum of data says.

    Parameters
    ----------
    data : Path | str
        The data, a sample in each row: NPY, IDX, or CSV with or without names above, plain or
        compressed by gzip; or digits, which are built in
    units : int
        Predict what so many hidden units ±1 learn, one for each of the strongest signals
    signal : Law
        Law of the signals over samples, for a prediction: scores (as they are, jointly),
        matched (independent, of their kurtoses), a name of equations/priors, or a .toml file
        [default: scores where they are nearly the signals, else matched]
    binarise : float
        Entries from here on become 1, and others 0, before columns are scaled
    bootstrap : int
        Train on so many synthetic data sets of what was found, too [default: 16 with weights,
        else none]
    equations : Path | str
        Folder of definition files, searched before the built-in ones
    holdout : float
        Part of the rows, drawn at random, that nothing is learnt from
    load_weights : Path | str
        Look at weights that were trained elsewhere, in place of training: NPY or CSV, a row
        for each column that is analysed, a column for each unit, so that x·w are the fields
        of a scaled row
    occlude : bool
        Hide half of the columns of each row that is kept apart, drawn at random and the
        second half of the file's (the lower half of images), and complete them by the units
        (needs weights and holdout)
    signals : int
        Number of directions that are taken for signals, where no test decides it [default:
        those that stick out of the noise; without a bulk of noise those above permuted
        columns]
    skip_columns : str
        Columns that are left out, from 1: numbers and ranges, such as 1,5-7
    spectrum : Any
        How much of the spectrum is computed: whole, or leading (what sticks out of the noise,
        with an estimate of the rest) [default: whole up to 5000 rows or columns, whichever
        are fewer]
    standardise : Any
        Scale of the columns: mean 0 and variance 1 of each (columns), mean 0 of each and
        variance 1 in the mean (global), or as they are (none) [default: columns]
    train : Any
        Train the units on the data, and compare
    visible_variance : float
        Variance of the visible units of the RBM, in units of the data as they are scaled
        [default: that of the noise]
    whiten : int
        Divide the columns, once they are scaled, by the deviation that so many common factors
        leave of them (factor analysis)
    seed : int
        Seed of every random number [default: 1].
    threads : int
        Number of threads; results do not depend on it.
    progress : bool or callable
        Whether to show progress, or who is told of it: `progress(what, part)`.

    Returns
    -------
    Analyzed

    Raises
    ------
    InputError
        Bad input; `field` names the argument.
    """
    return _analyze({"data": data, "units": units, "signal": signal, "binarise": binarise, "bootstrap": bootstrap, "equations": equations, "holdout": holdout, "load_weights": load_weights, "occlude": occlude, "signals": signals, "skip_columns": skip_columns, "spectrum": spectrum, "standardise": standardise, "train": train, "visible_variance": visible_variance, "whiten": whiten, "seed": seed}, threads, progress)  # type: ignore[no-any-return]


def sample(
    *,
    hidden: Law | None = None,
    bias: Floats | None = None,
    equations: Path | str | None = None,
    rows: int | None = None,
    visible_variance: float | None = None,
    weights: Path | str | None = None,
    seed: int | None = None,
    threads: int | None = None,
    progress: Progress = None,
) -> Sampled:
    """New data from an RBM with normal visible units.

    Parameters
    ----------
    hidden : Law
        Hidden units P_h, of finite support: a name of equations/priors, or a .toml file
        [default: rademacher]
    bias : Floats
        Hidden biases b_1,…,b_k [default: 0]
    equations : Path | str
        Folder of definition files, searched before the built-in ones
    rows : int
        Number of rows [default: 1000]
    visible_variance : float
        Variance of the visible units [default: 1]
    weights : Path | str
        Weights: NPY or CSV, a row for each visible unit, a column for each hidden one, so
        that x·w are the fields of a row x (as analyze save_weights writes them)
    seed : int
        Seed of every random number [default: 1].
    threads : int
        Number of threads; results do not depend on it.
    progress : bool or callable
        Whether to show progress, or who is told of it: `progress(what, part)`.

    Returns
    -------
    Sampled

    Raises
    ------
    InputError
        Bad input; `field` names the argument.
    """
    return ask("sample", "Sampled", {"hidden": hidden, "bias": bias, "equations": equations, "rows": rows, "visible_variance": visible_variance, "weights": weights, "seed": seed}, threads, progress)  # type: ignore[no-any-return]


def likelihood(
    *,
    alpha: float | None = None,
    hidden: Law | None = None,
    bias: Floats | None = None,
    visible_signal: Law | None = None,
    d: int | Sequence[int] | None = None,
    instances: int | None = None,
    equations: Path | str | None = None,
    overlap: Any = None,
    self_overlap: Any = None,
    visible: str | None = None,
    visible_bias: str | None = None,
    visible_bias_variance: float | None = None,
    weights: Path | str | None = None,
    seed: int | None = None,
    threads: int | None = None,
    progress: Progress = None,
) -> Likelihoods:
    """How far the exact log-likelihood of an RBM is from the effective objective.

    Parameters
    ----------
    alpha : float
        Samples per visible unit, α = n/d
    hidden : Law
        Hidden units P_h, of finite support: a name or a file, as for visible [default:
        rademacher]
    bias : Floats
        Hidden biases b_1,…,b_k [default: 0]
    visible_signal : Law
        The signals P_w: a name or a file, as for visible [default: rademacher]
    d : int | Sequence[int]
        Numbers of visible units, of drawn weights [default: 100,1000,10000]
    instances : int
        Draws of the weights at each number of visible units [default: 16]
    equations : Path | str
        Folder of definition files, searched before the built-in ones
    overlap : Any
        Their overlap M with signals, r×k [default: none]
    self_overlap : Any
        Weights are drawn instead: their self-overlap Q, k×k
    visible : str
        Visible units P_v: a name of equations/priors, or a .toml file [default: rademacher]
    visible_bias : str
        Visible biases θ, in the same units, with weights: CSV, one a line [default: 0]
    visible_bias_variance : float
        Variance of normal visible biases θ [default: 0]
    weights : Path | str
        Weights W, in units where they are O(1): CSV, a row for each visible unit, a column
        for each hidden one
    seed : int
        Seed of every random number [default: 1].
    threads : int
        Number of threads; results do not depend on it.
    progress : bool or callable
        Whether to show progress, or who is told of it: `progress(what, part)`.

    Returns
    -------
    Likelihoods

    Raises
    ------
    InputError
        Bad input; `field` names the argument.
    """
    return ask("likelihood", "Likelihoods", {"alpha": alpha, "hidden": hidden, "bias": bias, "visible_signal": visible_signal, "d": d, "instances": instances, "equations": equations, "overlap": overlap, "self_overlap": self_overlap, "visible": visible, "visible_bias": visible_bias, "visible_bias_variance": visible_bias_variance, "weights": weights, "seed": seed}, threads, progress)  # type: ignore[no-any-return]


def contrastive(
    *,
    alpha: float | None = None,
    lam: Floats | None = None,
    hidden: Law | None = None,
    units: int | None = None,
    bias: Floats | None = None,
    signal: Law | None = None,
    visible_signal: Law | None = None,
    n: int | None = None,
    d: int | None = None,
    instances: int | None = None,
    average: int | None = None,
    batch: int | None = None,
    batches: Any = None,
    chains: str | Sequence[str] | None = None,
    damping: float | None = None,
    decay: float | None = None,
    epochs: int | None = None,
    equations: Path | str | None = None,
    hold: float | None = None,
    log2_points: int | None = None,
    max_iterations: int | None = None,
    max_nodes: int | None = None,
    momentum: float | None = None,
    power_iterations: int | None = None,
    quadrature_tolerance: float | None = None,
    random_starts: int | None = None,
    randomisations: int | None = None,
    rate: float | None = None,
    sampling_tolerance: float | None = None,
    settled: float | None = None,
    start: str | Sequence[str] | None = None,
    start_m: Any = None,
    start_q: Any = None,
    tensor_units: int | None = None,
    tolerance: float | None = None,
    visible: Any = None,
    seed: int | None = None,
    threads: int | None = None,
    progress: Progress = None,
) -> ContrastiveLearning:
    """What chains of contrastive divergence learn, beside the objective.

    Parameters
    ----------
    alpha : float
        Samples per visible unit, α = n/d
    lam : Floats
        Signal strengths λ_1,…,λ_r
    hidden : Law
        Hidden units: a name of equations/priors, or a .toml file [default: rademacher]
    units : int
        Number of hidden units k [default: one for each signal]
    bias : Floats
        Hidden biases b_1,…,b_k [default: 0]
    signal : Law
        Sample signals P_u: a name or a file, as for hidden [default: rademacher]
    visible_signal : Law
        Visible signals P_w: a name or a file, as for hidden [default: rademacher]
    n : int
        Number of samples n [default: α d]
    d : int
        Also trains machines of so many visible units [default: theory alone]
    instances : int
        Number of independent instances [default: 4]
    average : int
        Last epochs over whose ends the weights are averaged [default: a twelfth of them]
    batch : int
        Samples of an update [default: all]
    batches : Any
        Batches: reshuffled (each sample once in an epoch) or replacement [default:
        reshuffled]
    chains : str | Sequence[str]
        Chains: cd-J or pcd-J with J steps between updates; with -uniform behind they begin at
        uniform hidden states, with -means visible units are replaced by their means [default:
        cd-1,cd-2,cd-10]
    damping : float
        Damping ρ of the proximal parameter, in (0, 1] [default: 0.2]
    decay : float
        The last rate as a part of the first [default: 0.01]
    epochs : int
        Number of epochs [default: 120]
    equations : Path | str
        Folder of definition files, searched before the built-in ones
    hold : float
        Part of the epochs at that rate, which then falls geometrically [default: 0.5]
    log2_points : int
        Binary logarithm of the quasi-Monte-Carlo points [default: 12]
    max_iterations : int
        Largest number of damped iterations [default: 2000]
    max_nodes : int
        Cap on the nodes of a tensor grid [default: 40000000]
    momentum : float
        Momentum β, in [0, 1) [default: 0]
    power_iterations : int
        Power iterations W ← A^T A W N before the first step, as part of the dynamics
        [default: 0; as many as a spectral start of dmft needs]
    quadrature_tolerance : float
        Largest quadrature error of an order parameter [default: 1e-10]
    random_starts : int
        Random starts of a search for all solutions [default: 2 for one or two units, none for
        more; 8 for a potential]
    randomisations : int
        Independent quasi-Monte-Carlo randomisations [default: 8]
    rate : float
        Rate κ n/B of the first epochs, the learning time of one [default: 0.3, or less where
        half of the stability bound is less]
    sampling_tolerance : float
        Largest standard error of an order parameter by quasi-Monte Carlo [default: 0.05]
    settled : float
        Change of an overlap over the last quarter of the learning time below which training
        has settled [default: 0.01]
    start : str | Sequence[str]
        Starts: planted, weak, mixed, random, spectral, given (with start_m and start_q)
    start_m : Any
        Overlaps M at the start: a list of rows, signals × units.
    start_q : Any
        Self-overlaps Q at the start: a list of rows, units × units.
    tensor_units : int
        Largest number of units for which the tensor rule is used, at most 3 [default: 3]
    tolerance : float
        Largest residual of the undamped map [default: 1e-12]
    visible : Any
        Visible units: gaussian or rademacher [default: gaussian]
    seed : int
        Seed of every random number [default: 1].
    threads : int
        Number of threads; results do not depend on it.
    progress : bool or callable
        Whether to show progress, or who is told of it: `progress(what, part)`.

    Returns
    -------
    ContrastiveLearning

    Raises
    ------
    InputError
        Bad input; `field` names the argument.
    """
    return ask("contrastive", "ContrastiveLearning", {"alpha": alpha, "lam": lam, "hidden": hidden, "units": units, "bias": bias, "signal": signal, "visible_signal": visible_signal, "n": n, "d": d, "instances": instances, "average": average, "batch": batch, "batches": batches, "chains": chains, "damping": damping, "decay": decay, "epochs": epochs, "equations": equations, "hold": hold, "log2_points": log2_points, "max_iterations": max_iterations, "max_nodes": max_nodes, "momentum": momentum, "power_iterations": power_iterations, "quadrature_tolerance": quadrature_tolerance, "random_starts": random_starts, "randomisations": randomisations, "rate": rate, "sampling_tolerance": sampling_tolerance, "settled": settled, "start": start, "start_m": start_m, "start_q": start_q, "tensor_units": tensor_units, "tolerance": tolerance, "visible": visible, "seed": seed}, threads, progress)  # type: ignore[no-any-return]

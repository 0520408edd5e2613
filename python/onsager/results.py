"""Classes of results."""

# Made by python/generate.py from the schemas of the library: change those.

from __future__ import annotations

from typing import Any, ClassVar, Literal

from ._answer import Answer, FloatArray, Record, SolvedAnswer


class AmpPace(Record):
    """Dampings with which AMP settles in a fixed point."""

    ceiling: float
    """Ceiling of the proximal parameter (see `Proximal`)."""
    rate: float
    """Contraction rate of `M`, `Q`, `V` then."""
    weights: float
    """Part of their way that the weights go in one iteration."""


class BayesOverlap(Record):
    """Overlaps `ζ = √q_w` of estimates of one signal that know the laws of everything."""

    amp: float
    """Of Bayes-optimal AMP from a weak start. Smaller than `optimal` in a hard phase, where
    no fast algorithm is known to find the signal."""
    optimal: float
    """Of the posterior mean: no estimate has a larger one."""


class Baselines(Record):
    """Overlaps to compare a solution with."""

    _kinds: ClassVar[dict[str, str]] = {
        "bayes": "BayesOverlap",
        "pca": "array",
    }

    bayes: list[BayesOverlap] | None
    """Bayes-optimal overlaps of each signal."""
    bayes_failure: str | None
    """Why there are none."""
    bbp: float
    """BBP threshold `α^{-1/4}`."""
    pca: FloatArray
    """Overlaps of PCA's directions, `r × k`."""


class HeldOut(Record):
    """Log-likelihood of one fresh sample in the mean, less that of a model without weights."""

    error: float | None
    """Its estimated error, by quadrature."""
    log_likelihood: float
    """`E η1(z) − η2(Q)`, `z = M^T Λ u* + N(0, Q)`: a fresh sample has no proximal map."""


class Generalisation(Record):
    """Log-likelihood per sample, less that of a model without weights: of the data that were
    learnt from, and of fresh ones."""

    _kinds: ClassVar[dict[str, str]] = {
        "test": "HeldOut",
    }

    test: HeldOut | None
    """Of fresh data; null where the quadrature did not reach, or `Q` is singular."""
    train: float
    """`ℓ/α`."""


class Measured(Record):
    """A number with its error."""

    error: float | None
    """Its estimated error."""
    value: float
    """The number."""


class BrokenSolution(Record):
    """A root of `K` steps."""

    _kinds: ClassVar[dict[str, str]] = {
        "increments": "array",
        "replicons": "array",
        "x": "array",
    }

    identity: float
    """`Φ` less `α E η1(z) − α η2(Q)`, 0 at an exact root."""
    increments: FloatArray
    """`Δ_i = q_i − q_{i−1}` (K)."""
    m: float
    """Overlap with the signal, `M`."""
    objective: float
    """`Φ`, an upper bound of `ℓ` that falls with `K`."""
    onset: float | None
    """Strength at which recovery sets in with this many steps: of a solution without
    overlap."""
    q: float
    """Self-overlap `Q`."""
    q0: float
    """Overlap `q_0` of weights from the most distant states."""
    replicons: FloatArray
    """`ρ_0 … ρ_K`: 1 in the limit. The last is infinite for `V sup η1'' > 1`; in JSON it is
    `null` there, and where it was not resolved."""
    residual: float
    """Largest derivative of `Φ`."""
    steps: int
    """`K`."""
    v: float
    """Response `V` within a state, `lim β(Q − q_K)`."""
    x: FloatArray
    """Breaking parameters `x_1 < … < x_K`, the limits of Parisi's `m_i β`."""
    zeta: float
    """`ζ = |M|/√Q`."""


class FullLimit(Record):
    """The limit of many steps, extrapolated; errors are the changes that the last steps make
    to it."""

    _kinds: ClassVar[dict[str, str]] = {
        "m": "Measured",
        "objective": "Measured",
        "q": "Measured",
        "q0": "Measured",
        "v": "Measured",
        "zeta": "Measured",
    }

    m: Measured
    """Overlap `M`."""
    objective: Measured
    """`ℓ`."""
    q: Measured
    """Self-overlap `Q`."""
    q0: Measured
    """`q_0`."""
    v: Measured
    """`V`."""
    zeta: Measured
    """`ζ`."""


class SymmetricBound(Record):
    """Replica symmetry with the global maximum in `φ_V`: at least as large as the objective
    of any number of steps."""

    m: float
    """Overlap `M`."""
    objective: float
    """`ℓ` there."""
    q: float
    """Self-overlap `Q`."""
    replicon: float | None
    """Replicon; null where it is infinite, as the maximum jumps."""
    v: float
    """`V`."""


class BrokenUnit(Record):
    """One unit of a `Beyond`."""

    _kinds: ClassVar[dict[str, str]] = {
        "levels": "BrokenSolution",
        "limit": "FullLimit",
        "symmetric": "SymmetricBound",
    }

    depth: Literal['full'] | int
    """What was asked for."""
    end: Literal['replica-symmetric', 'converged', 'narrow-steps', 'fewer-steps', 'no-root']
    """How the search ended."""
    explanation: str
    """The same as a sentence."""
    levels: list[BrokenSolution]
    """Roots of increasing numbers of steps."""
    limit: FullLimit | None
    """The limit of many steps, where it was asked for and reached."""
    signal: int
    """Its signal, from 1."""
    symmetric: SymmetricBound | None
    """The leading replica-symmetric solution, if iteration found one."""


class Beyond(Record):
    """What there is beyond replica symmetry: of one unit, or of several that decouple."""

    _kinds: ClassVar[dict[str, str]] = {
        "log_likelihood": "Measured",
        "units": "BrokenUnit",
    }

    log_likelihood: Measured | None
    """Sum of the units' `ℓ`; nothing where one of them has none."""
    units: list[BrokenUnit]
    """The units, each with one of the strongest signals."""


class FixedPoint(Record):
    """A fixed point of state evolution that was found: residual, quadrature and stability
    are part of it."""

    _kinds: ClassVar[dict[str, str]] = {
        "k": "array",
        "m": "array",
        "q": "array",
    }

    joint_eigenvalue: float | None
    """Largest real part of an eigenvalue of the derivative of the undamped map, over all
    directions of `M`, `Q`, `V` but those of a continuous symmetry. Above 1 the fixed
    point is a saddle: `M` and `Q` run away from it."""
    joint_eigenvalue_error: float | None
    """Its estimated error."""
    k: FloatArray
    """Proximal parameter `V = K`."""
    log_likelihood: float
    """`ℓ = α E[η1(z)] − α η2(Q)`: objective per visible unit."""
    log_likelihood_error: float | None
    """Its estimated error, by quadrature and by the error of the order parameters."""
    m: FloatArray
    """Overlap of weights and signals, `r × k`."""
    q: FloatArray
    """Self-overlap of the weights, `k × k`."""
    quadrature_error: float
    """Estimated error of the order parameters by quadrature: by differences between grids
    (tensor) or standard error (quasi-Monte Carlo), carried through `(I − J)^{-1}`."""
    rate: float
    """Spectral radius of the map with the search's damping of `V`: the factor by which AMP
    with this damping approaches the fixed point, or leaves it beyond 1; directions of a
    continuous symmetry, along which it stays where it is, are left out. It says nothing
    about the solution itself."""
    replicon: float | None
    """Spectral radius of `α (K⊗K) E[∂g⊗∂g]`. Below 1 replica symmetry holds at this fixed
    point; above 1 its numbers are approximations."""
    replicon_error: float | None
    """Estimated error of the replicon, by quadrature and by the error of the order
    parameters."""
    residual: float
    """Residual of the undamped map, recomputed."""


class LastIterate(Record):
    """Order parameters that are not result: an entry that is not finite is null."""

    _kinds: ClassVar[dict[str, str]] = {
        "m": "array",
        "q": "array",
        "v": "array",
    }

    m: FloatArray
    q: FloatArray
    v: FloatArray


class Work(Record):
    """Work done by a search."""

    evaluations: int
    """Evaluations of the state-evolution map, those of the iterations included."""
    iterations: int
    """Damped iterations."""
    level: int
    """Refinement level of the quadrature at the end."""
    nodes: int
    """Quadrature nodes of one evaluation at that level."""


class UnitSolution(Record):
    """One unit's scalar problem as programs read it; where it has no fixed point, the last
    iterate is named as such."""

    _kinds: ClassVar[dict[str, str]] = {
        "fixed_point": "FixedPoint",
        "last_iterate": "LastIterate",
        "work": "Work",
    }

    _optional: ClassVar[frozenset[str]] = frozenset([
        "fixed_point",
        "last_iterate",
    ])

    explanation: str
    """The same as a sentence."""
    fixed_point: FixedPoint | None
    """Its fixed point."""
    last_iterate: LastIterate | None
    """Where its search ended, which is not a result."""
    outcome: Literal['converged', 'left-domain', 'no-root', 'not-finite', 'out-of-iterations', 'quadrature-limit', 'saddle', 'scan-incomplete', 'slow']
    """How its search ended."""
    residual: float | None
    """Residual of the undamped map at its end; null where the map is not defined."""
    signal: int | None
    """Signal that the unit is aligned with, from 1; nothing where it sees noise only."""
    work: Work
    """Work done."""


class Attempt(Record):
    """A search as programs read it; `solution` counts from 1."""

    _kinds: ClassVar[dict[str, str]] = {
        "units": "UnitSolution",
        "work": "Work",
    }

    _optional: ClassVar[frozenset[str]] = frozenset([
        "units",
    ])

    explanation: str
    """The same as a sentence."""
    outcome: Literal['converged', 'left-domain', 'no-root', 'not-finite', 'out-of-iterations', 'quadrature-limit', 'saddle', 'scan-incomplete', 'slow']
    """How it ended."""
    residual: float | None
    """Residual of the undamped map at its end; null where the map is not defined."""
    solution: int | None
    """Place of the solution that it led to, from 1."""
    start: str
    """Where it began."""
    units: list[UnitSolution] | None
    """The scalar problems of the units, where it was made unit by unit."""
    work: Work
    """Work done."""


class PriorSettings(Record):
    """A prior: its name, and what determines it."""

    law: str
    """Its law in words that determine it: a definition that changes changes them."""
    name: str
    """The name under which it was asked for; of a definition in place of a name its title."""


class ModelSettings(Record):
    """The model."""

    _kinds: ClassVar[dict[str, str]] = {
        "bias": "array",
        "hidden": "PriorSettings",
        "lambda": "array",
        "signal": "PriorSettings",
        "visible_signal": "PriorSettings",
    }

    alpha: float
    """Samples per visible unit."""
    bias: FloatArray
    """Biases of the hidden units."""
    hidden: PriorSettings
    """Hidden units."""
    lam: FloatArray
    """Signal strengths."""
    signal: PriorSettings
    """Sample signals `P_u`."""
    units: int
    """Number of hidden units."""
    visible_signal: PriorSettings
    """Visible signals `P_w`."""


class FixedPointSettings(Record):
    """Tuning of a fixed-point search."""

    damping: float
    """Damping `ρ` of the proximal parameter."""
    log2_points: int
    """Binary logarithm of the quasi-Monte-Carlo points of one randomisation."""
    max_iterations: int
    """Largest number of damped iterations."""
    max_nodes: int
    """Cap on the nodes of a tensor grid."""
    quadrature_tolerance: float
    """Largest error of an order parameter by quadrature (tensor rule)."""
    random_starts: int | None
    """Random starts of a search for all solutions; `None` stands for two where there are one
    or two units, and none for more, whose joint searches take seconds each."""
    randomisations: int
    """Number of independent randomisations."""
    sampling_tolerance: float
    """Largest standard error of an order parameter by quasi-Monte Carlo."""
    seed: int
    """Seed of the randomisations."""
    tensor_units: int
    """Largest number of units for which the tensor rule is used."""
    tolerance: float
    """Largest residual, relative to the largest order parameter where that exceeds 1 and
    absolute below: an overlap that vanishes has an absolute floor."""
    unit_by_unit: bool
    """Whether units that decouple are solved one by one. Jointly they give the same, slower:
    a check."""


class SolveSettings(Record):
    """Resolved settings of `Solve`."""

    _kinds: ClassVar[dict[str, str]] = {
        "model": "ModelSettings",
        "solver": "FixedPointSettings",
    }

    model: ModelSettings
    """The model."""
    solver: FixedPointSettings
    """The solver."""
    starts: list[str] | None
    """The starts that were asked for; nothing where all were tried."""


class Finding(Record):
    """A solution as programs read it: the fixed point with what follows from it."""

    _kinds: ClassVar[dict[str, str]] = {
        "k": "array",
        "m": "array",
        "q": "array",
        "work": "Work",
        "zeta": "array",
    }

    decoupled: bool
    """Whether it was solved as scalar problems of the units."""
    explanation: str
    """The same as a sentence."""
    found_from: list[str]
    """The searches that found it."""
    joint_eigenvalue: float | None
    """Largest real part of an eigenvalue of the derivative of the undamped map, over all
    directions of `M`, `Q`, `V` but those of a continuous symmetry. Above 1 the fixed
    point is a saddle: `M` and `Q` run away from it."""
    joint_eigenvalue_error: float | None
    """Its estimated error."""
    k: FloatArray
    """Proximal parameter `V = K`."""
    log_likelihood: float
    """`ℓ = α E[η1(z)] − α η2(Q)`: objective per visible unit."""
    log_likelihood_error: float | None
    """Its estimated error, by quadrature and by the error of the order parameters."""
    m: FloatArray
    """Overlap of weights and signals, `r × k`."""
    nature: Literal['stable', 'saddle', 'replica-symmetry-broken', 'marginal']
    """What it is, by its replicon and its eigenvalue."""
    outcome: Literal['converged', 'left-domain', 'no-root', 'not-finite', 'out-of-iterations', 'quadrature-limit', 'saddle', 'scan-incomplete', 'slow']
    """How its search ended."""
    q: FloatArray
    """Self-overlap of the weights, `k × k`."""
    quadrature_error: float
    """Estimated error of the order parameters by quadrature: by differences between grids
    (tensor) or standard error (quasi-Monte Carlo), carried through `(I − J)^{-1}`."""
    rate: float
    """Spectral radius of the map with the search's damping of `V`: the factor by which AMP
    with this damping approaches the fixed point, or leaves it beyond 1; directions of a
    continuous symmetry, along which it stays where it is, are left out. It says nothing
    about the solution itself."""
    replicon: float | None
    """Spectral radius of `α (K⊗K) E[∂g⊗∂g]`. Below 1 replica symmetry holds at this fixed
    point; above 1 its numbers are approximations."""
    replicon_error: float | None
    """Estimated error of the replicon, by quadrature and by the error of the order
    parameters."""
    residual: float
    """Residual of the undamped map, recomputed."""
    stable: bool
    """Whether it may be trusted: replica symmetric, and no saddle."""
    work: Work
    zeta: FloatArray
    """Overlaps `ζ_ab = |M_ab|/√Q_bb`, a row for each signal; null of a unit without weights."""


class Solved(SolvedAnswer):
    """The answer of solve."""

    _kinds: ClassVar[dict[str, str]] = {
        "amp": "AmpPace",
        "baselines": "Baselines",
        "generalisation": "Generalisation",
        "rsb": "Beyond",
        "searches": "Attempt",
        "settings": "SolveSettings",
        "solutions": "Finding",
    }

    amp: AmpPace | None
    """How fast AMP settles in the answer, where its weights have to be damped for it;
    nothing where it does without, or where there is no stable answer."""
    baselines: Baselines
    """Baselines beside the solutions."""
    citations: list[str]
    """Keys of the bibliography: what the answer builds on."""
    generalisation: list[Generalisation]
    """Log-likelihood per sample of each solution, in their order."""
    omitted: list[Literal['assignments', 'joint', 'escapes']]
    """What was left out because it would have been too much."""
    program: str
    """Name of the program."""
    rsb: Beyond | None
    """What there is beyond replica symmetry; nothing where that was not asked for and is not
    needed."""
    searches: list[Attempt]
    """All searches in the order in which they were made."""
    seed: int
    """Seed of every random number."""
    settings: SolveSettings
    """What was asked for."""
    solutions: list[Finding]
    """The different solutions by decreasing objective `ℓ`: the first is what theory predicts
    for global maximisation."""
    version: str
    """Its version."""


class StationaryPoint(Record):
    """A solution as programs read it: order parameters and observables by name; an
    observable that is not defined is null."""

    _kinds: ClassVar[dict[str, str]] = {
        "eigenvalues": "array",
        "observables": "dict",
        "order_parameters": "dict",
    }

    eigenvalues: FloatArray | None
    """Eigenvalues of the stability matrix, each as real and imaginary part."""
    evaluations: int
    """Evaluations of the equations."""
    explanation: str
    """The same as a sentence."""
    observables: dict[str, float | None] | None
    """Observables by name; null where one is not defined."""
    order_parameters: dict[str, float] | None
    """Order parameters by name."""
    outcome: Literal['converged', 'left-domain', 'no-root', 'not-finite', 'out-of-iterations', 'quadrature-limit', 'saddle', 'scan-incomplete', 'slow']
    """How the search ended; only `converged` has a stationary point."""
    quadrature_error: float | None
    """Estimated error of the order parameters by quadrature."""
    rate: float | None
    """Spectral radius of the saddle-point map, where there is one: its iteration converges
    here if it is below 1."""
    rate_error: float | None
    """Its estimated error."""
    refinement_level: int
    """Refinement level of the quadrature at the end."""
    replicon: float | None
    """Replicon, where the definition has one."""
    replicon_error: float | None
    """Its estimated error."""
    residual: float | None
    """Residual at the end; null where the equations are not defined."""
    stable: bool | None
    """Whether eigenvalue and replicon, as far as the definition has them, are below 1,
    errors included; null where it has neither."""
    starts: list[str]
    """The starts that ended here."""
    value: float | None
    """`Φ`."""


class PotentialSettings(Record):
    """Tuning of the search."""

    max_iterations: int
    """Largest number of iterations of the saddle-point map before Newton's method."""
    quadrature_tolerance: float
    """Largest error of an order parameter by quadrature."""
    random_starts: int
    """Additional starts, spread over the domain by a Sobol' sequence."""
    seed: int
    """Seed of that sequence."""
    tolerance: float
    """Largest residual `|F|` of a stationary point. Where `F` is so steep that the numbers
    nearest to a root leave more, a point is taken that Newton's method would not move by
    more than rounding errors."""


class PotentialAsked(Record):
    """Resolved settings of `SolvePotential`."""

    _kinds: ClassVar[dict[str, str]] = {
        "parameters": "dict",
        "priors": "dict",
        "solver": "PotentialSettings",
    }

    definition: str
    """The name or file."""
    parameters: dict[str, float]
    """Every parameter."""
    priors: dict[str, str]
    """Prior of each role."""
    solver: PotentialSettings
    """The solver."""
    title: str
    """Its title."""


class SolvedPotential(Answer):
    """The answer of solve_potential."""

    _kinds: ClassVar[dict[str, str]] = {
        "fixed_points": "StationaryPoint",
        "settings": "PotentialAsked",
    }

    citations: list[str]
    """Keys of the bibliography: what the answer builds on."""
    fixed_points: list[StationaryPoint]
    """The different solutions, the answer first, and the searches that found none."""
    program: str
    """Name of the program."""
    seed: int
    """Seed of every random number."""
    settings: PotentialAsked
    """What was asked for."""
    version: str
    """Its version."""


class Proximal(Record):
    """Update of the proximal parameter: `V' = (1 − ρ) V + ρ K`, its eigenvalues kept below a
    ceiling and from using up more than half of the distance to the edge `λ_max(V) sup D =
    1`. Any sequence `V_t` keeps state evolution exact, since `K` and `C` are the true
    divergences (theory.md section 2); theory and simulation share this rule."""

    ceiling: float
    """Largest `λ_max(V) sup D`, in (0, 1]. Below 1, AMP stays away from the edge where its
    denoiser becomes steep; fixed points with a larger `K` are then out of its reach, and
    a run that ends there has not converged."""
    damping: float
    """`ρ` in (0, 1]."""


class StartSettings(Record):
    """A start of a trajectory."""

    _kinds: ClassVar[dict[str, str]] = {
        "m": "array",
        "q": "array",
    }

    _optional: ClassVar[frozenset[str]] = frozenset([
        "m",
        "q",
    ])

    m: FloatArray | None
    """Overlap of weights and signals, `r × k`."""
    name: str
    """Its name."""
    power_iterations: int
    """Power iterations before the first step."""
    q: FloatArray | None
    """Self-overlap of the weights, `k × k`."""


class EvolveSettings(Record):
    """Resolved settings of `Evolve`."""

    _kinds: ClassVar[dict[str, str]] = {
        "model": "ModelSettings",
        "proximal": "Proximal",
        "start": "StartSettings",
    }

    iterations: int
    """Number of iterations that were asked for."""
    model: ModelSettings
    """The model."""
    proximal: Proximal
    """Update of the proximal parameter."""
    quadrature: Record
    """How expectations are computed."""
    start: StartSettings
    """The start."""


class State(Record):
    """State of AMP-RBM in the high-dimensional limit."""

    _kinds: ClassVar[dict[str, str]] = {
        "m": "array",
        "q": "array",
        "v": "array",
    }

    m: FloatArray
    """Overlap of weights and signals, `r × k`."""
    q: FloatArray
    """Self-overlap of the weights, `k × k`."""
    v: FloatArray
    """Proximal parameter `V` (`k × k`), symmetric."""


class Evolved(Answer):
    """The answer of evolve."""

    _kinds: ClassVar[dict[str, str]] = {
        "quadrature_errors": "array",
        "settings": "EvolveSettings",
        "states": "State",
    }

    citations: list[str]
    """Keys of the bibliography: what the answer builds on."""
    explanation: str | None
    """Why it ended early."""
    outcome: Literal['complete', 'left-domain']
    """`complete`, or `left-domain` where an iteration was not defined."""
    program: str
    """Name of the program."""
    quadrature_errors: FloatArray
    """Error by quadrature of each state: the largest change of an entry of `M` and `Q` on a
    coarser grid, or with other random points; nothing where those end earlier."""
    seed: int
    """Seed of every random number."""
    settings: EvolveSettings
    """What was asked for."""
    states: list[State]
    """One state for each iteration, the start first."""
    version: str
    """Its version."""


class Estimated(Record):
    """Mean and standard error of a matrix over the randomisations."""

    _kinds: ClassVar[dict[str, str]] = {
        "mean": "array",
        "standard_error": "array",
    }

    mean: FloatArray
    """Mean."""
    standard_error: FloatArray | None
    """Standard error of the mean; `None` for a single randomisation."""


class Estimate(Record):
    """Mean over instances, with its standard error."""

    count: int
    """Number of values."""
    mean: float
    """Mean."""
    standard_error: float | None
    """Standard error of the mean; `None` for a single value."""


class OrderParameters(Record):
    """`M = W*^T W/d` (r×k) and `Q = W^T W/d` (k×k)."""

    _kinds: ClassVar[dict[str, str]] = {
        "m": "array",
        "q": "array",
    }

    m: FloatArray
    """Overlap of weights and signals, `r × k`."""
    q: FloatArray
    """Self-overlap of the weights, `k × k`."""


class RelaxationSpectrum(Record):
    """Edges of the bulk of the spectrum of `𝓛`; gradient ascent relaxes by `1 − κ·slowest` a
    step in the slowest direction, and a step beyond `2/fastest` is unstable."""

    fastest: float
    """Upper edge."""
    slowest: float
    """Lower edge: rate of relaxation of the slowest directions, per step and unit of `κ`."""


class Limit(Record):
    """The long-time limit of the dynamics: the fixed point of state evolution that its
    stationary equations have."""

    _kinds: ClassVar[dict[str, str]] = {
        "displacement": "Estimate",
        "end": "OrderParameters",
        "fixed_point": "FixedPoint",
        "integrated_response": "Estimated",
        "relaxation": "RelaxationSpectrum",
    }

    displacement: Estimate | None
    """Root-mean-square displacement of the weights since then."""
    distance: float | None
    """Largest difference of an entry of `M`, `Q` at the end from the fixed point."""
    drift: float
    """Largest change of an entry of `M`, `Q` since then."""
    end: OrderParameters | None
    """The end of the trajectory, aligned to the fixed point."""
    explanation: str
    """The same as a sentence."""
    fixed_point: FixedPoint | None
    """The fixed point."""
    half_time: int
    """Time with which the end is compared."""
    integrated_response: Estimated | None
    """Integrated response at the end, which tends to `K`; nothing without responses."""
    outcome: Literal['converged', 'left-domain', 'no-root', 'not-finite', 'out-of-iterations', 'quadrature-limit', 'saddle', 'scan-incomplete', 'slow']
    """How the search for the fixed point ended."""
    relaxation: RelaxationSpectrum | None
    """Spectrum of the linearised dynamics."""
    standing: Literal['relaxing', 'not-stationary', 'no-fixed-point']
    """What the end of the trajectory is."""
    step: float
    """The step."""
    time: int
    """Last time of the trajectory."""


class Sampling(Record):
    """How the paths are sampled: what reduces their variance."""

    antithetic: bool
    """Whether paths come in pairs with opposite noise."""
    matching: Literal['none', 'noise', 'paths']
    """Moments that are made exact."""
    points: Literal['random', 'sobol']
    """Origin of the points."""
    strata: bool
    """Whether the atoms of `P_u` are enumerated (one stratum for each, of exact weight)
    instead of drawn; if the model is odd, one of each pair `±u*` is enough."""


class DmftSetup(Record):
    """Resolved settings of `Dmft`."""

    _kinds: ClassVar[dict[str, str]] = {
        "model": "ModelSettings",
        "sampling": "Sampling",
        "solver": "FixedPointSettings",
        "start": "StartSettings",
    }

    log2_paths: int
    """Binary logarithm of the number of paths in one randomisation, all strata together."""
    model: ModelSettings
    """The model."""
    randomisations: int
    """Independent randomisations: the standard error comes from their spread."""
    rank_tolerance: float
    """Norm, relative to `√Q_tt`, below which a direction counts as already spanned."""
    response_estimator: Literal['projection', 'path']
    """Estimator of the response."""
    responses: bool
    """Whether the response matrices `B_ts`, `C_ts` are computed even where the estimator
    does not need them."""
    sampling: Sampling
    """Variance reduction."""
    solver: FixedPointSettings
    """Solver of the long-time limit."""
    start: StartSettings
    """The start."""
    step: float
    """Step `κ`."""
    steps: int
    """Number of gradient steps `T`."""


class DmftState(Record):
    """Order parameters at one time, with standard errors."""

    _kinds: ClassVar[dict[str, str]] = {
        "gradient": "Estimate",
        "m": "Estimated",
        "q": "Estimated",
        "zeta": "Estimated",
    }

    gradient: Estimate | None
    """Root-mean-square gradient of the step from here."""
    m: Estimated | None
    """`M_t`."""
    q: Estimated | None
    """`Q_tt`."""
    t: int
    """The time, in gradient steps."""
    zeta: Estimated | None
    """`ζ_t`."""


class Dynamics(Answer):
    """The answer of dmft."""

    _kinds: ClassVar[dict[str, str]] = {
        "b_ts": "Estimated",
        "c_ts": "Estimated",
        "long_time": "Limit",
        "q_ts": "Estimated",
        "settings": "DmftSetup",
        "sigma_ts": "Estimated",
        "states": "DmftState",
    }

    _optional: ClassVar[frozenset[str]] = frozenset([
        "b_ts",
        "c_ts",
        "q_ts",
        "sigma_ts",
    ])

    b_ts: list[list[Estimated]] | None
    """`B_ts`; empty unless responses were asked for."""
    c_ts: list[list[Estimated]] | None
    """`C_ts`; likewise."""
    citations: list[str]
    """Keys of the bibliography: what the answer builds on."""
    decoupled: bool
    """Whether the units were solved as scalar problems."""
    explanation: str | None
    """Why it ended early."""
    long_time: Limit | None
    """The long-time limit; nothing where it was not asked for, or the dynamics has fewer
    than two times."""
    no_long_time: str | None
    """Why there is no long-time limit."""
    outcome: Literal['complete', 'left-domain', 'not-finite', 'lost-direction']
    """`complete`, or how the dynamics ended early."""
    program: str
    """Name of the program."""
    q_ts: list[list[Estimated]] | None
    """`Q_ts`."""
    seed: int
    """Seed of every random number."""
    settings: DmftSetup
    """What was asked for."""
    sigma_ts: list[list[Estimated]] | None
    """`Σ_ts`."""
    states: list[DmftState]
    """One state for each time."""
    unstable_from: int | None
    """Time from which on the step exceeds the stability bound at `Q_t`, if there is one."""
    version: str
    """Its version."""
    worst_standard_error: float | None
    """Largest standard error of an entry of `M` and `Q` over all times."""


class RecordedRun(Record):
    """One finished run."""

    _kinds: ClassVar[dict[str, str]] = {
        "trajectory": "OrderParameters",
    }

    gradient_rms: float | None
    """Root-mean-square gradient there."""
    instance: int
    """Number of the instance."""
    log_likelihood: float | None
    """`ℓ` at the final weights."""
    outcome: Literal['converged', 'out-of-iterations', 'left-domain', 'not-finite']
    """How it ended."""
    residual: float | None
    """Last residual."""
    trajectory: list[OrderParameters]
    """Overlaps along the run, the start first, as long as they are numbers."""


class Size(Record):
    """Size of an instance."""

    d: int
    """Number of visible units `d`."""
    n: int
    """Number of samples `n`."""


class SimulationStart3(Record):
    """The start of state evolution with these order parameters; met exactly, unless the
    sample's own `W*^T W*/d` leaves no such weights (then up to the fluctuations of
    Gaussian noise, of order `1/√d`). It needs planted signals."""

    overlaps: Literal['planted', 'weak', 'silent', 'mixed'] | Record


class SimulationSettings(Record):
    """Resolved settings of `Simulate`."""

    _kinds: ClassVar[dict[str, str]] = {
        "model": "ModelSettings",
        "size": "Size",
        "start": "SimulationStart3",
    }

    _optional: ClassVar[frozenset[str]] = frozenset([
        "store",
    ])

    method: Record
    """The algorithm."""
    model: ModelSettings
    """The model."""
    power: int
    """Power iterations from there before the algorithm begins."""
    restarts: int
    """Number of independent random starts on each instance, of which the run with the
    largest objective is kept (a choice that needs no knowledge of the signal). From a
    single random start, two units may settle on one signal."""
    size: Size
    """Size of the instances."""
    start: Literal['random', 'spectral'] | SimulationStart3
    """Where it begins."""
    store: Literal['dense', 'one-bit', 'regenerated'] | None
    """How data that are drawn for the run are held; of data that are given they are as they
    come."""


class Adjustment(Record):
    """What control variates made of a mean."""

    _kinds: ClassVar[dict[str, str]] = {
        "raw": "Estimate",
    }

    controls: int
    """Independent controls in the regression."""
    raw: Estimate
    """The mean as it was, with its standard error."""
    reduction: float | None
    """Variance of that mean over that of the corrected one, both as estimated, so that the
    price of the coefficients is in it: as many times more instances would do the same.
    Null where the number does not vary."""


class Summary(Record):
    """One number over all runs."""

    _kinds: ClassVar[dict[str, str]] = {
        "adjustment": "Adjustment",
    }

    _optional: ClassVar[frozenset[str]] = frozenset([
        "adjustment",
    ])

    adjustment: Adjustment | None
    """What control variates made of the mean, where they were asked for."""
    count: int
    """Number of values."""
    mean: float
    """Mean."""
    quantity: str
    """What it is."""
    standard_error: float | None
    """Standard error of the mean; `None` for a single value."""


class Simulated(Answer):
    """The answer of simulate."""

    _kinds: ClassVar[dict[str, str]] = {
        "runs": "RecordedRun",
        "settings": "SimulationSettings",
        "summary": "Summary",
    }

    citations: list[str]
    """Keys of the bibliography: what the answer builds on."""
    fingerprint: str
    """What a record of these runs must agree in."""
    outcomes: str
    """How the runs ended, counted."""
    program: str
    """Name of the program."""
    runs: list[RecordedRun]
    """The runs."""
    seed: int
    """Seed of every random number."""
    settings: SimulationSettings
    """What was asked for."""
    summary: list[Summary]
    """Mean and standard error of every number at the end, over the runs with usable weights,
    aligned by the symmetries of the model."""
    version: str
    """Its version."""


class Criteria(Record):
    """How the verdict is made."""

    level: float
    """Share of disagreements that are found where theory is right, over all rows together
    (1.1 times as many with those that are found because the runs fall into groups)."""
    resolution: float
    """*Agrees* needs that a difference of this size, in units of `Row::scale`, would be
    noticed in every row."""


class Ending1(Record):
    """At the listed solution of this number, from 1 as people count."""

    solution: int


class EndingCount(Record):
    """Runs that ended at the same place."""

    _kinds: ClassVar[dict[str, str]] = {
        "ending": "Ending1",
    }

    ending: Literal['undecided', 'elsewhere'] | Ending1
    """The place."""
    instances: list[int]
    """The instances."""


class Precision(Record):
    """When there are enough instances."""

    max_instances: int
    """Most instances that may be run."""
    standard_error: float
    """Largest standard error that is wanted."""


class Reached(Record):
    """A precision that was asked for, and whether it was reached."""

    _kinds: ClassVar[dict[str, str]] = {
        "wanted": "Precision",
    }

    outcome: Literal['reached', 'max-instances']
    """How it ended."""
    wanted: Precision
    """What was wanted."""


class JudgedRow(Record):
    """A row with what the verdict says of it."""

    _kinds: ClassVar[dict[str, str]] = {
        "adjustment": "Adjustment",
        "simulation": "Estimate",
    }

    _optional: ClassVar[frozenset[str]] = frozenset([
        "adjustment",
    ])

    adjustment: Adjustment | None
    """What control variates made of the simulation's mean, where they were asked for."""
    deviation: float | None
    """`(simulation − theory)` in standard errors, combined where both have one."""
    differs: bool
    """Whether the deviation is beyond the limit."""
    freedom: float
    """Its degrees of freedom: one less than instances (less one for each control variate),
    or Welch's number of them where theory has a standard error too."""
    iteration: int | None
    """Iteration, or `None` for the end of the runs."""
    limit: float | None
    """Largest deviation, in standard errors, that is still compatible."""
    noticeable: float | None
    """Difference that would be noticed with probability 0.9, in units of the quantity (see
    `Row::noticeable`)."""
    p_value: float
    """Two-sided probability of a deviation at least this large under Student's law."""
    quantity: str
    """What it is."""
    scale: float
    """What a large difference would be: 1 for `ζ`, `√Q_bb` for `M`, `√(Q_aa Q_bb)` for `Q`,
    `max(1, |ℓ|)` for `ℓ`."""
    simulation: Estimate
    """Mean and standard error of the simulation."""
    theory: float
    """Prediction for `d → ∞`."""
    theory_error: float | None
    """Its standard error, where it was sampled."""


class DmftSettings(Record):
    """Settings of a DMFT calculation."""

    _kinds: ClassVar[dict[str, str]] = {
        "sampling": "Sampling",
    }

    log2_paths: int
    """Binary logarithm of the number of paths in one randomisation, all strata together."""
    randomisations: int
    """Independent randomisations: the standard error comes from their spread."""
    rank_tolerance: float
    """Norm, relative to `√Q_tt`, below which a direction counts as already spanned."""
    response_estimator: Literal['projection', 'path']
    """Estimator of the response."""
    responses: bool
    """Whether the response matrices `B_ts`, `C_ts` are computed even where the estimator
    does not need them."""
    sampling: Sampling
    """Variance reduction."""
    step: float
    """Step `κ`."""
    steps: int
    """Number of gradient steps `T`."""


class CompareSettings(Record):
    """Resolved settings of `Compare`."""

    _kinds: ClassVar[dict[str, str]] = {
        "model": "ModelSettings",
        "paths": "DmftSettings",
        "size": "Size",
        "solver": "FixedPointSettings",
        "start": "SimulationStart3",
    }

    _optional: ClassVar[frozenset[str]] = frozenset([
        "store",
    ])

    method: Record
    """The algorithm."""
    model: ModelSettings
    """The model."""
    paths: DmftSettings | None
    """How the paths of gradient ascent are sampled, where they are the prediction."""
    power: int
    """Power iterations from there before the algorithm begins."""
    restarts: int
    """Number of independent random starts on each instance, of which the run with the
    largest objective is kept (a choice that needs no knowledge of the signal). From a
    single random start, two units may settle on one signal."""
    size: Size
    """Size of the instances."""
    solver: FixedPointSettings
    """The solver of the prediction."""
    start: Literal['random', 'spectral'] | SimulationStart3
    """Where it begins."""
    store: Literal['dense', 'one-bit', 'regenerated'] | None
    """How data that are drawn for the run are held; of data that are given they are as they
    come."""
    trajectory: bool
    """Whether every iteration is compared, or the end."""


class Compared(Answer):
    """The answer of compare."""

    _kinds: ClassVar[dict[str, str]] = {
        "criteria": "Criteria",
        "endings": "EndingCount",
        "precision": "Reached",
        "rows": "JudgedRow",
        "settings": "CompareSettings",
    }

    _optional: ClassVar[frozenset[str]] = frozenset([
        "criteria",
        "endings",
        "p_value",
        "reasons",
        "rows",
        "verdict",
    ])

    citations: list[str]
    """Keys of the bibliography: what the answer builds on."""
    criteria: Criteria | None
    """How the verdict was made."""
    endings: list[EndingCount] | None
    """At which of the listed solutions the runs ended, where there are several."""
    failed_runs: int
    """Runs without usable weights."""
    instances: int
    """Number of instances."""
    outcomes: str
    """How the runs ended, counted."""
    p_value: float | None
    """p-value of all rows together (see `joint_p_value`)."""
    precision: Reached | None
    """Whether a precision was reached, where one was asked for."""
    prediction: Literal['exact', 'approximate', 'not-obtained']
    """What the prediction is worth."""
    program: str
    """Name of the program."""
    reasons: list[Record] | None
    """What the verdict rests on; empty for *agrees*."""
    rows: list[JudgedRow] | None
    """The compared numbers."""
    seed: int
    """Seed of every random number."""
    settings: CompareSettings
    """What was asked for."""
    verdict: Literal['agrees', 'disagrees', 'too-few-instances'] | None
    """The verdict."""
    version: str
    """Its version."""


class Common(Record):
    """One number for all sizes, and whether they share it."""

    chi_square: float
    """`Σ (value − mean)²/error²`."""
    freedom: int
    """Its degrees of freedom: sizes less 1."""
    p_value: float | None
    """Probability of a `χ²` at least this large where the sizes share the number; null for
    one size."""
    standard_error: float
    """Its standard error."""
    value: float
    """The number."""


class FiniteSizesMeasured(Record):
    """A number with its standard error."""

    standard_error: float
    """Its standard error."""
    value: float
    """The number."""


class InstancesNeeded(Record):
    """How many instances have a mean of root-mean-square error at most `ε`: `m = s²/(d (ε² −
    a²/d²))`. As `m d` hardly depends on `d`, and an instance costs `d²`, the smallest
    size whose bias leaves room is the cheapest."""

    d: int
    """Number of visible units."""
    plain: int | None
    """Instances; null where the bias alone is too large."""
    with_controls: int | None
    """The same with control variates: fewer by the reduction of the variance there."""


class Needed(Record):
    """What an accuracy `ε` needs, by the laws `a/d` for the bias and `s/√d` for the spread
    of one instance. The bias counts as `|a|` and two standard errors of it."""

    _kinds: ClassVar[dict[str, str]] = {
        "instances": "InstancesNeeded",
    }

    bias_bound: float
    """`|a|` and two standard errors."""
    d_bias: float | None
    """Smallest `d` at which the bias is at most `ε`: `|a|/ε`."""
    d_one_instance: float | None
    """Smallest `d` at which the root mean square of the error of one instance, `√(a²/d² +
    s²/d)`, is at most `ε`."""
    d_spread: float | None
    """Smallest `d` at which one instance spreads by at most `ε`: `(s/ε)²`."""
    instances: list[InstancesNeeded]
    """How many instances do it at each size."""


class QuantityAtSize(Record):
    """One number at one size."""

    _kinds: ClassVar[dict[str, str]] = {
        "adjustment": "Adjustment",
        "bias": "FiniteSizesMeasured",
        "mean": "Estimate",
        "spread": "FiniteSizesMeasured",
        "squared_deviation": "FiniteSizesMeasured",
    }

    adjustment: Adjustment | None
    """What it was before."""
    bias: FiniteSizesMeasured
    """`a = d (mean − limit)`."""
    d: int
    """Number of visible units."""
    mean: Estimate
    """Mean over the instances, corrected by control variates."""
    spread: FiniteSizesMeasured
    """`s = √d` times the standard deviation of one instance, not corrected."""
    squared_deviation: FiniteSizesMeasured
    """Mean of `(value − limit)²` over the instances, not corrected; its error is that of
    normal deviations."""


class Approach(Record):
    """One number at all sizes, and in the limit."""

    _kinds: ClassVar[dict[str, str]] = {
        "bias": "Common",
        "bias_exponent": "FiniteSizesMeasured",
        "deviation_exponent": "FiniteSizesMeasured",
        "needed": "Needed",
        "sizes": "QuantityAtSize",
        "spread": "Common",
        "spread_exponent": "FiniteSizesMeasured",
    }

    bias: Common | None
    """The common `a` of the law `mean = limit + a/d`, and a test of that law."""
    bias_exponent: FiniteSizesMeasured | None
    """Power of `d` in the bias, −1 by that law; null where a bias is less than three
    standard errors."""
    deviation_exponent: FiniteSizesMeasured | None
    """Power of `d` in the mean square of what one instance deviates from the limit, −1 by
    both laws."""
    limit: float
    """Its limit, by theory."""
    needed: Needed | None
    """What the accuracy needs, by these laws."""
    quantity: str
    """What it is."""
    sizes: list[QuantityAtSize]
    """The sizes."""
    spread: Common | None
    """The common `s` of the law `s/√d` of the spread of one instance, and a test of that
    law."""
    spread_exponent: FiniteSizesMeasured | None
    """Power of `d` in the spread, −½ by that law."""


class RunsAtSize(Record):
    """How the runs of one size ended."""

    converged: int
    """Runs that converged."""
    d: int
    """Number of visible units."""
    instances: int
    """All runs."""
    outcomes: str
    """How all of them ended, counted."""
    usable: int
    """Runs with usable weights, which make the numbers; those that ran out of iterations are
    among them."""


class FiniteSizeSettings(Record):
    """Resolved settings of `FiniteSize`."""

    _kinds: ClassVar[dict[str, str]] = {
        "model": "ModelSettings",
        "sizes": "Size",
        "solver": "FixedPointSettings",
        "start": "SimulationStart3",
    }

    _optional: ClassVar[frozenset[str]] = frozenset([
        "instances_at",
        "store",
    ])

    accuracy: float
    """Accuracy that is wanted, in the units of each quantity."""
    instances: int
    """Instances at each; the most, where they differ."""
    instances_at: list[int] | None
    """Instances at each size, where they differ."""
    method: Record
    """The algorithm."""
    model: ModelSettings
    """The model."""
    power: int
    """Power iterations from there before the algorithm begins."""
    restarts: int
    """Number of independent random starts on each instance, of which the run with the
    largest objective is kept (a choice that needs no knowledge of the signal). From a
    single random start, two units may settle on one signal."""
    sizes: list[Size]
    """The sizes."""
    solver: FixedPointSettings
    """The solver of the limit."""
    start: Literal['random', 'spectral'] | SimulationStart3
    """Where it begins."""
    store: Literal['dense', 'one-bit', 'regenerated'] | None
    """How data that are drawn for the run are held; of data that are given they are as they
    come."""


class FiniteSizes(Answer):
    """The answer of finite_size."""

    _kinds: ClassVar[dict[str, str]] = {
        "quantities": "Approach",
        "runs": "RunsAtSize",
        "settings": "FiniteSizeSettings",
    }

    citations: list[str]
    """Keys of the bibliography: what the answer builds on."""
    controls: list[Record]
    """The control variates by which means are corrected."""
    limit: Literal['exact', 'approximate', 'not-obtained']
    """What the limit is worth; without one nothing is simulated."""
    program: str
    """Name of the program."""
    quantities: list[Approach]
    """Each number on its way to its limit."""
    runs: list[RunsAtSize]
    """How the runs ended at each size."""
    seed: int
    """Seed of every random number."""
    settings: FiniteSizeSettings
    """What was asked for."""
    version: str
    """Its version."""


class Measured2(Record):
    """A number with its standard error."""

    standard_error: float
    """Its standard error."""
    value: float
    """The number."""


class SizeFit(Record):
    """A fit `limit + slope d^{-power}` over the sizes whose numbers are no lower bounds."""

    _kinds: ClassVar[dict[str, str]] = {
        "limit": "Measured2",
        "slope": "Measured2",
    }

    limit: Measured2
    """The limit, and its standard error as far as the power holds."""
    p_value: float | None
    """Probability of numbers at least so far off; null for two sizes."""
    power: float
    """The power, which is assumed."""
    slope: Measured2
    """The slope."""


class AtSize(Record):
    """A number at one size."""

    count: int
    """Number of instances."""
    d: int
    """Number of visible units."""
    standard_error: float
    """Its standard error."""
    standing: Literal['maximum', 'lower-bound', 'mean']
    """What the number is."""
    value: float
    """The number."""


class TheoryAt(Record):
    """What a theory says of a number."""

    deviation: float | None
    """Limit less the number, in standard errors of both, by that of the fits that are
    possible which is kindest to the theory. Null where there is none, and where the
    number is not compared."""
    excluded: bool
    """Whether the number excludes the theory: by more than three standard errors for every
    power that is possible, of 20 instances or more at each size."""
    standard_error: float
    """Its standard error."""
    theory: Literal['exact', 'one-step', 'replica-symmetric']
    """The theory."""
    value: float
    """The number."""


class Extrapolated(Record):
    """A number at all sizes, and its limit."""

    _kinds: ClassVar[dict[str, str]] = {
        "fits": "SizeFit",
        "sizes": "AtSize",
        "theory": "TheoryAt",
    }

    fits: list[SizeFit]
    """Fits by several powers, the usual one first; none through fewer than two sizes. What
    differs between them is an error that the standard errors lack."""
    quantity: str
    """What it is."""
    sizes: list[AtSize]
    """At each size."""
    theory: list[TheoryAt]
    """What theories say, the best one first. An overlap that is not far above its
    fluctuations of order `1/√d` is not compared: its absolute value is biased by as much."""


class LevelReached(Record):
    """Where one kind of climb ends in the mean, which is no maximum."""

    _kinds: ClassVar[dict[str, str]] = {
        "gap": "Extrapolated",
        "numbers": "Extrapolated",
    }

    climb: Literal['random', 'planted', 'annealed', 'gradient']
    """The kind."""
    gap: Extrapolated
    """`ℓ` of the best end of an instance less the mean of this kind: what the climbs miss."""
    numbers: list[Extrapolated]
    """`ℓ`, and `ζ` where the maximum has an overlap by theory."""
    unconverged: float
    """Share of its ends whose gradient is above the tolerance: gradient ascent has a number
    of steps."""


class AnnealingSettings(Record):
    """How temperature falls: `T (1 − t/sweeps)²`."""

    sweeps: int
    """Number of steps."""
    temperature: float
    """First temperature: weights follow `e^{L/T}` there."""


class LbfgsSettings(Record):
    """When L-BFGS stops."""

    max_iterations: int
    """Largest number of iterations."""
    tolerance: float
    """Root-mean-square gradient of a converged run."""


class ClimbSettings(Record):
    """How many climbs of each kind, and how they go."""

    _kinds: ClassVar[dict[str, str]] = {
        "annealing": "AnnealingSettings",
        "lbfgs": "LbfgsSettings",
    }

    annealed: int
    """L-BFGS behind annealing."""
    annealing: AnnealingSettings
    """How temperature falls."""
    gradient: int
    """Gradient ascent."""
    lbfgs: LbfgsSettings
    """When L-BFGS stops."""
    planted: int
    """L-BFGS from weights of overlaps `ζ` that are spread evenly over `(0, 1)`."""
    random: int
    """L-BFGS from random weights."""
    steps: int
    """Steps of gradient ascent."""


class MaximaSize(Record):
    """One size."""

    d: int
    """Number of visible units `d`."""
    instances: int
    """Number of instances."""
    n: int
    """Number of samples `n`."""


class MaximumSettings(Record):
    """Resolved settings of `Maximum`."""

    _kinds: ClassVar[dict[str, str]] = {
        "climbs": "ClimbSettings",
        "model": "ModelSettings",
        "sizes": "MaximaSize",
    }

    climbs: ClimbSettings
    """The climbs on each instance."""
    model: ModelSettings
    """The model."""
    sizes: list[MaximaSize]
    """The sizes."""


class FoundBy(Record):
    """How many instances one kind of climb found the best end of."""

    climb: Literal['random', 'planted', 'annealed', 'gradient']
    """The kind."""
    instances: int
    """Instances; others may have found the same end."""


class MaximaAtSize(Record):
    """How the searches of one size ended."""

    _kinds: ClassVar[dict[str, str]] = {
        "found_by": "FoundBy",
        "smallest": "Measured2",
    }

    d: int
    """Number of visible units."""
    failed: int
    """Climbs, of all instances, that left the domain of `η2` or were not finite."""
    found_by: list[FoundBy]
    """Who found the best ends."""
    hits: int
    """Climbs that found the best end, in the median."""
    instances: int
    """Number of instances."""
    saddles: int
    """Instances whose best end is no local maximum, by its Hessian."""
    single_hits: float
    """Share of instances whose best end was found once."""
    smallest: Measured2 | None
    """Smallest eigenvalue of `−∇²L` at the best end, in the mean."""
    standing: Literal['maximum', 'lower-bound', 'mean']
    """What the numbers of this size are."""
    unfinished: int
    """Instances whose best end has a gradient above the tolerance."""
    unplanted: float
    """Share of instances whose best end random or annealed starts found too: planted ones
    alone look only near the signal."""


class Broken(Record):
    """What there is beyond replica symmetry for one unit and its signal."""

    _kinds: ClassVar[dict[str, str]] = {
        "levels": "BrokenSolution",
        "limit": "FullLimit",
        "symmetric": "SymmetricBound",
    }

    depth: Literal['full'] | int
    """What was asked for."""
    end: Literal['replica-symmetric', 'converged', 'narrow-steps', 'fewer-steps', 'no-root']
    """How the search ended."""
    explanation: str
    """The same as a sentence."""
    levels: list[BrokenSolution]
    """Roots of increasing numbers of steps."""
    limit: FullLimit | None
    """The limit of many steps, where it was asked for and reached."""
    symmetric: SymmetricBound | None
    """The leading replica-symmetric solution, if iteration found one."""


class Maxima(Answer):
    """The answer of maximum."""

    _kinds: ClassVar[dict[str, str]] = {
        "gap_power": "Measured2",
        "levels": "LevelReached",
        "quantities": "Extrapolated",
        "settings": "MaximumSettings",
        "sizes": "MaximaAtSize",
        "theory": "Broken",
    }

    citations: list[str]
    """Keys of the bibliography: what the answer builds on."""
    gap_power: Measured2 | None
    """Power of `d` in the smallest eigenvalue of `−∇²L` there, at all sizes, those of lower
    bounds among them: about −2/3 where the maximum is marginal, 0 where it is gapped;
    null for fewer than two sizes."""
    levels: list[LevelReached]
    """Mean ends of each kind of climb."""
    program: str
    """Name of the program."""
    quantities: list[Extrapolated]
    """`ℓ`, `Q`, `V`, and `ζ` where the maximum has an overlap by theory, at the best end of
    each instance."""
    seed: int
    """Seed of every random number."""
    settings: MaximumSettings
    """What was asked for."""
    sizes: list[MaximaAtSize]
    """How the searches ended at each size."""
    theory: Broken
    """Theory, beyond replica symmetry where that breaks."""
    version: str
    """Its version."""


class StepOnset(Record):
    """Where recovery sets in with a number of steps."""

    steps: int
    """Number of steps."""
    strength: float
    """Strength."""


class Splitting(Record):
    """`x(q)` of the solution that splits off a replica-symmetric one, in the limit of no
    increment."""

    replicon: float
    """Replicon of the solution: the formulas hold where it is 1."""
    slope: float
    """`dx/dq`: a positive one makes `x(q)` increase from the start, so that all steps appear
    at once; a negative one means a jump."""
    x: float
    """The breaking point `x`."""


class BeyondLine(Record):
    """What there is beyond replica symmetry at one `α`."""

    _kinds: ClassVar[dict[str, str]] = {
        "onsets": "StepOnset",
        "splitting": "Splitting",
    }

    end: Literal['replica-symmetric', 'converged', 'narrow-steps', 'fewer-steps', 'no-root']
    """How the search for them ended."""
    onsets: list[StepOnset]
    """Where recovery sets in, by increasing number of steps; for symmetric units the limit
    is the BBP threshold, if `x(q)` rises continuously."""
    splitting: Splitting | None
    """How the solution splits at the de Almeida–Thouless line, where that was located."""


class StabilityRow(Record):
    """The boundaries at one value of the given parameter."""

    _kinds: ClassVar[dict[str, str]] = {
        "rsb": "BeyondLine",
    }

    at: Record
    """Where the replicon is 1."""
    bbp: float
    """BBP threshold."""
    end: Record
    """Where the solution with overlap ends, because the theory is no longer defined."""
    fold: Record
    """Where the branch with overlap turns back: below, no solution with overlap exists."""
    jump: Record
    """Where the objectives of the branch with overlap and of the solution without are equal:
    a first-order jump."""
    mixing: Record
    """Where the joint eigenvalue of aligned units passes 1: on one side of it they are a
    saddle, and units that mix signals lead. Only for units that decouple."""
    onset: Record
    """Where the overlap vanishes: weak recovery of state evolution. Where the branch turns
    back before, the solution without overlap is stable in state evolution up to here."""
    rsb: BeyondLine | None
    """Beyond replica symmetry, where that was asked for."""
    value: float
    """The value."""


class StabilitySettings(Record):
    """Resolved settings of `Stability`."""

    _kinds: ClassVar[dict[str, str]] = {
        "model": "ModelSettings",
        "solver": "FixedPointSettings",
    }

    end: bool
    """Whether the solution was followed to its end."""
    model: ModelSettings
    """The model; what is given and what is located stand in the rows."""
    rsb: bool
    """Whether it was followed beyond replica symmetry."""
    solver: FixedPointSettings
    """The solver."""
    width: float
    """Width of boundaries."""


class Stabilities(Answer):
    """The answer of stability."""

    _kinds: ClassVar[dict[str, str]] = {
        "rows": "StabilityRow",
        "settings": "StabilitySettings",
    }

    citations: list[str]
    """Keys of the bibliography: what the answer builds on."""
    given: Literal['strength', 'alpha']
    """The given parameter."""
    located: Literal['strength', 'alpha']
    """The parameter in which boundaries are located."""
    program: str
    """Name of the program."""
    rows: list[StabilityRow]
    """One row for each value."""
    seed: int
    """Seed of every random number."""
    settings: StabilitySettings
    """What was asked for."""
    version: str
    """Its version."""


class ContinuationSettings(Record):
    """How a branch is followed (see `trace`)."""

    _kinds: ClassVar[dict[str, str]] = {
        "range": "array",
    }

    largest_step: float
    """Largest step of arclength, in units of the range (and 1 for the order parameters)."""
    max_points: int
    """Largest number of points."""
    range: FloatArray
    """Range of the control parameter; the branch ends where it leaves it."""
    width: float
    """Width to which folds, changes of stability and ends are located, in the control
    parameter."""


class Event(Record):
    """A located event."""

    _kinds: ClassVar[dict[str, str]] = {
        "interval": "array",
    }

    after: int
    """Index of the last point of the branch before it."""
    interval: FloatArray
    """Interval in which it lies."""
    kind: Literal['fold', 'stability-change', 'bifurcation', 'onset']
    """What happens."""
    residual: float
    """`|dp/ds|` at a fold, `|replicon − 1|` at a change of stability, `|eigenvalue − 1|` at
    a bifurcation, `|det(J − I)|` of the overlaps that vanish at an onset (`|growth − 1|`
    for one unit and one signal); recomputed."""
    value: float
    """Control parameter there."""


class Unlocated(Record):
    """Something that happens between two points of a branch and was not located."""

    _kinds: ClassVar[dict[str, str]] = {
        "interval": "array",
    }

    interval: FloatArray
    """Between these values."""
    kind: Literal['fold', 'stability-change', 'bifurcation', 'onset']
    """What happens."""
    reason: str
    """Why it was not located."""


class PotentialEvents(Record):
    """What happens at one value of the given parameter."""

    _kinds: ClassVar[dict[str, str]] = {
        "events": "Event",
        "unlocated": "Unlocated",
    }

    events: list[Event]
    """Folds, changes of stability, bifurcations, onsets."""
    remarks: list[str]
    """How the branch ended on either side, or why there is none."""
    unlocated: list[Unlocated]
    """What was noticed but not located."""
    value: float
    """The value."""


class StabilitiesOfPotential(Answer):
    """The answer of stability_potential."""

    _kinds: ClassVar[dict[str, str]] = {
        "continuation": "ContinuationSettings",
        "rows": "PotentialEvents",
        "settings": "PotentialAsked",
    }

    begun_at: float
    """Where branches are begun."""
    citations: list[str]
    """Keys of the bibliography: what the answer builds on."""
    continuation: ContinuationSettings
    """Range, steps and widths."""
    given: str
    """The given parameter."""
    located: str
    """The parameter along which branches are followed."""
    program: str
    """Name of the program."""
    rows: list[PotentialEvents]
    """One row for each value of the given parameter."""
    seed: int
    """Seed of every random number."""
    settings: PotentialAsked
    """What was asked for."""
    version: str
    """Its version."""


class BranchPoint(Record):
    """One point of a branch."""

    _kinds: ClassVar[dict[str, str]] = {
        "m": "array",
        "q": "array",
        "v": "array",
    }

    arclength: float
    """Arclength since the first point."""
    direction: float
    """`dp/ds`: the tangent's component along the control parameter (in units of the range)."""
    joint_eigenvalue: float | None
    """Largest real part of an eigenvalue of the derivative of the undamped map, over all
    directions of `M`, `Q`, `V` but those of a continuous symmetry. Above 1 the fixed
    point is a saddle: `M` and `Q` run away from it."""
    joint_eigenvalue_error: float | None
    """Its estimated error."""
    log_likelihood: float
    """`ℓ = α E[η1(z)] − α η2(Q)`: objective per visible unit."""
    log_likelihood_error: float | None
    """Its estimated error, by quadrature and by the error of the order parameters."""
    m: FloatArray
    """Overlap of weights and signals, `r × k`."""
    q: FloatArray
    """Self-overlap of the weights, `k × k`."""
    quadrature_error: float | None
    """First-order estimate of the error by quadrature; it grows near folds, where the
    position on the curve stays accurate."""
    replicon: float | None
    """Spectral radius of `α (K⊗K) E[∂g⊗∂g]`. Below 1 replica symmetry holds at this fixed
    point; above 1 its numbers are approximations."""
    replicon_error: float | None
    """Estimated error of the replicon, by quadrature and by the error of the order
    parameters."""
    residual: float
    """Residual of the undamped map, recomputed."""
    v: FloatArray
    """Proximal parameter `V` (`k × k`), symmetric."""
    value: float
    """Control parameter."""


class BranchSettings(Record):
    """Resolved settings of `Branch`."""

    _kinds: ClassVar[dict[str, str]] = {
        "model": "ModelSettings",
        "solver": "FixedPointSettings",
    }

    model: ModelSettings
    """The model where the branch was begun."""
    solver: FixedPointSettings
    """The solver."""
    start: str
    """The start."""


class Branched(Answer):
    """The answer of branch."""

    _kinds: ClassVar[dict[str, str]] = {
        "continuation": "ContinuationSettings",
        "events": "Event",
        "points": "BranchPoint",
        "settings": "BranchSettings",
        "unlocated": "Unlocated",
    }

    along: str
    """The control parameter."""
    begun_at: float
    """Where the branch was begun."""
    citations: list[str]
    """Keys of the bibliography: what the answer builds on."""
    continuation: ContinuationSettings
    """Range, steps and widths."""
    end: str
    """How the branch ended."""
    evaluations: int
    """Evaluations of the equations."""
    events: list[Event]
    """Folds, changes of stability, bifurcations and onsets, located."""
    points: list[BranchPoint]
    """Its points."""
    program: str
    """Name of the program."""
    rising: bool
    """Whether it was followed towards larger values first."""
    seed: int
    """Seed of every random number."""
    settings: BranchSettings
    """What was asked for."""
    unlocated: list[Unlocated]
    """What was noticed between two points but not located."""
    version: str
    """Its version."""


class PotentialPoint(Record):
    """A point of a branch of a potential."""

    _kinds: ClassVar[dict[str, str]] = {
        "eigenvalue": "Measured",
        "observables": "dict",
        "order_parameters": "dict",
        "replicon": "Measured",
    }

    arclength: float
    """Arclength from where the branch was begun."""
    direction: float
    """Derivative of the parameter along the branch."""
    eigenvalue: Measured | None
    """Largest eigenvalue of the saddle-point map."""
    nature: Literal['stable', 'saddle', 'replica-symmetry-broken', 'marginal'] | None
    """What the point is; nothing where the potential has neither eigenvalue nor replicon."""
    objective: float
    """`Φ`."""
    observables: dict[str, float | None]
    """Observables by name; nothing where one is not defined."""
    order_parameters: dict[str, float]
    """Order parameters by name."""
    quadrature_error: float | None
    """Error of the order parameters by quadrature."""
    replicon: Measured | None
    """Replicon."""
    residual: float
    """Residual."""
    value: float
    """The control parameter."""


class BranchedPotential(Answer):
    """The answer of branch_potential."""

    _kinds: ClassVar[dict[str, str]] = {
        "continuation": "ContinuationSettings",
        "events": "Event",
        "points": "PotentialPoint",
        "settings": "PotentialAsked",
        "unlocated": "Unlocated",
    }

    along: str
    """The control parameter."""
    begun_at: float
    """Where the branch was begun."""
    citations: list[str]
    """Keys of the bibliography: what the answer builds on."""
    continuation: ContinuationSettings
    """Range, steps and widths."""
    end: str
    """How the branch ended."""
    evaluations: int
    """Evaluations of the equations."""
    events: list[Event]
    """Folds, changes of stability, bifurcations and onsets, located."""
    points: list[PotentialPoint]
    """Its points."""
    program: str
    """Name of the program."""
    rising: bool
    """Whether it was followed towards larger values first."""
    seed: int
    """Seed of every random number."""
    settings: PotentialAsked
    """What was asked for."""
    unlocated: list[Unlocated]
    """What was noticed between two points but not located."""
    version: str
    """Its version."""


class Nearest(Record):
    """A principal direction near a mode."""

    direction: int
    """Its number, from 1."""
    overlap: float
    """Overlap with the visible vector of the mode."""


class StaircaseMode(Record):
    """A mode of the weights, and the principal direction of the same number."""

    _kinds: ClassVar[dict[str, str]] = {
        "nearest": "Nearest",
    }

    eigenvalue: float
    """Eigenvalue of the direction."""
    equilibrium: float
    """Singular value at the equilibrium, in closed form."""
    half_rise: float | None
    """When it did so in the flow; null if it did not."""
    half_rise_predicted: float | None
    """When the square of the singular value reaches half of its equilibrium, in closed form
    for a mode that is aligned from the start on; null if it is not learnt or begins
    above."""
    learnt: bool
    """Whether the direction is learnt: its eigenvalue exceeds the variance of a visible
    unit."""
    mode: int
    """Its number, from 1."""
    nearest: Nearest | None
    """The principal direction nearest to the mode in the last state; null if there is none."""
    start: float
    """Norm of the weights at the start along the direction."""


class FlowSettings(Record):
    """How a learning curve is integrated."""

    max_steps: int
    """Largest number of steps."""
    tolerance: float
    """Error of a step, relative to each weight and to the size of the start."""


class LinearSettings(Record):
    """Resolved settings of `Linear`."""

    _kinds: ClassVar[dict[str, str]] = {
        "flow": "FlowSettings",
        "times": "array",
    }

    flow: FlowSettings
    """How the flow is integrated."""
    hidden_units: int
    """Number of hidden units."""
    hidden_variance: float
    """Variance of a hidden unit by itself."""
    source: Record
    """Where the covariance of the data comes from."""
    start_scale: float
    """Standard deviation of the weights at the start."""
    times: FloatArray
    """Times that were asked for."""
    visible_units: int
    """Number of visible units."""
    visible_variance: float
    """Variance of a visible unit by itself."""


class FlowState(Record):
    """The weights at one time. Modes have the same number at all times."""

    _kinds: ClassVar[dict[str, str]] = {
        "overlaps": "array",
        "singular_values": "array",
    }

    log_likelihood: float
    """Log-likelihood per sample, natural logarithm."""
    overlaps: FloatArray
    """`|u^α · e_α|`: overlap of the visible vector of mode α with principal direction α."""
    singular_values: FloatArray
    """Singular value `w_α` of each mode."""
    time: float
    """Time: number of gradient steps times the learning rate."""


class Steps(Record):
    """Numbers of steps."""

    accepted: int
    """Steps that were taken."""
    rejected: int
    """Steps that were too large, and were tried again."""


class Staircase(Answer):
    """The answer of linear."""

    _kinds: ClassVar[dict[str, str]] = {
        "eigenvalues": "array",
        "modes": "StaircaseMode",
        "settings": "LinearSettings",
        "states": "FlowState",
        "steps": "Steps",
    }

    citations: list[str]
    """Keys of the bibliography: what the answer builds on."""
    eigenvalues: FloatArray
    """Eigenvalues of the covariance of the data, the largest first."""
    equilibrium_log_likelihood: float
    """Log-likelihood per sample of the equilibrium."""
    explanation: str | None
    """Why it ended early."""
    modes: list[StaircaseMode]
    """The modes, by their singular value in the last state."""
    outcome: Literal['complete', 'left-domain', 'step-underflow', 'out-of-steps', 'no-decomposition']
    """`complete`, or how the flow ended early."""
    program: str
    """Name of the program."""
    seed: int
    """Seed of every random number."""
    settings: LinearSettings
    """What was asked for."""
    states: list[FlowState]
    """One state for each time that was reached."""
    steps: Steps
    """Steps of the integration."""
    version: str
    """Its version."""


class LearningEvent(Record):
    """What happens to a mode while it learns, and when."""

    kind: Literal['condenses', 'leads', 'ties', 'falls-behind']
    """What happens."""
    mode: int
    """Number of the mode, from 1."""
    time: float
    """Time `t'`."""


class LearntMode(Record):
    """A mode at the end of a learning curve."""

    alone: float | None
    """The singular value at which learning would end if the cluster along the mode were all
    of the data, in closed form; null if `μ` is beyond what magnetisation can be, or modes
    turn."""
    condenses: float | None
    """When it rose through `w = 1`; null if it did not."""
    mode: int
    """Its number, from 1."""
    slope: float | None
    """Its slope `dw/dt'` there: 0 where learning has ended."""
    weight: float | None
    """The singular value in the last state; null if there is none."""


class LearningPoint(Record):
    """The modes at one time."""

    _kinds: ClassVar[dict[str, str]] = {
        "gains": "array",
        "overlaps": "array",
        "responses": "array",
        "weights": "array",
    }

    gains: FloatArray
    """Empirical terms `⟨s_a τ_a⟩_data/L`."""
    overlaps: FloatArray
    """Largest overlap of the visible vector of each mode with a centre of the data; 1 for
    modes along the clusters."""
    responses: FloatArray
    """Responses `R_aa = ⟨s_a τ_a⟩_RBM/L`; `dw_a/dt'` is the empirical term less the
    response."""
    time: float
    """Time `t' = L t`: number of gradient steps times the learning rate times `L`."""
    weights: FloatArray
    """Singular values `w_a`."""


class LearningSettings(Record):
    """Resolved settings of `Learning`."""

    _kinds: ClassVar[dict[str, str]] = {
        "component": "PriorSettings",
        "flow": "FlowSettings",
        "shares": "array",
        "times": "array",
    }

    component: PriorSettings
    """Components of the vectors of a mode."""
    flow: FlowSettings
    """How the equations are integrated."""
    kappa: float
    """`κ = N_h/N_v`."""
    level: Record
    """How modes share the response."""
    shares: FloatArray
    """Shares of the pairs of clusters."""
    source: Record
    """The centres of the data."""
    start: Record
    """The weights at time 0."""
    times: FloatArray
    """Times that were asked for."""


class Learnt(Answer):
    """The answer of learning_curve."""

    _kinds: ClassVar[dict[str, str]] = {
        "events": "LearningEvent",
        "modes": "LearntMode",
        "points": "LearningPoint",
        "settings": "LearningSettings",
    }

    citations: list[str]
    """Keys of the bibliography: what the answer builds on."""
    events: list[LearningEvent]
    """What happened on the way, in order."""
    explanation: str | None
    """Why it ended early."""
    modes: list[LearntMode]
    """The modes."""
    outcome: Literal['complete', 'undefined', 'step-underflow', 'out-of-steps']
    """`complete`, or how it ended early."""
    points: list[LearningPoint]
    """One point for each time that was reached."""
    program: str
    """Name of the program."""
    seed: int
    """Seed of every random number."""
    settings: LearningSettings
    """What was asked for."""
    version: str
    """Its version."""


class BulkLaw(Record):
    """The law of the bulk in numbers."""

    kappa: float
    """Aspect ratio."""
    lower_edge: float
    """Lower edge."""
    mean_square: float
    """Mean of the square."""
    median: float
    """Median."""
    sigma: float
    """Level of the noise."""
    upper_edge: float
    """Upper edge."""


class MeasuredBulk(Record):
    """A matrix that was drawn or read."""

    _kinds: ClassVar[dict[str, str]] = {
        "singular_values": "array",
    }

    distance: float | None
    """Kolmogorov–Smirnov distance of the bulk from the law; null where there is no law."""
    entry_deviation: float | None
    """Standard deviation of the entries of the noise that belongs to it; null where not
    obtained."""
    hidden_units: int
    """Number of hidden units."""
    largest: float
    """Largest value of the bulk."""
    level: float | None
    """Level above which a singular value counts as an outlier by its size: the 99 % quantile
    of the largest one of pure noise; null where not obtained."""
    mean_square: float
    """Mean square of the bulk."""
    median: float
    """Median of the bulk."""
    outliers: int
    """Number of outliers: those that the theory has for a sample, those that were found in a
    measured matrix. The others are the bulk; where nothing was found, all of them."""
    sigma: float | None
    """Noise level from the median of what is no outlier by its size; null where not
    obtained."""
    singular_values: FloatArray
    """All singular values, the largest first."""
    smallest: float
    """Smallest value of the bulk."""
    visible_units: int
    """Number of visible units."""


class OutlierRow(Record):
    """A mode on top of the noise."""

    behind: float | None
    """The planted singular value that belongs to it by the theory: null if it is seen in the
    bulk."""
    hidden_overlap_squared: float | None
    """The same of the hidden vector."""
    hidden_overlap_squared_predicted: float | None
    """The same of the hidden vector."""
    observed: float | None
    """Where it is seen in the matrix; null without one."""
    planted: float | None
    """Its planted singular value; null for a measured matrix."""
    predicted: float | None
    """Where it is seen in theory; null where it does not leave the bulk, and for a measured
    matrix."""
    visible: bool
    """Whether it leaves the bulk."""
    visible_overlap_squared: float | None
    """Squared overlap of the observed with the planted visible vector in the sample."""
    visible_overlap_squared_predicted: float | None
    """Squared overlap of the observed with the planted visible vector in theory; null where
    it does not leave the bulk."""


class SpectrumSettings(Record):
    """Resolved settings of `Spectrum`."""

    _kinds: ClassVar[dict[str, str]] = {
        "planted": "array",
    }

    kappa: float | None
    """Aspect ratio; null for a measured matrix."""
    matrix: str | None
    """File of the measured matrix; null if there is none."""
    planted: FloatArray
    """Planted singular values, the largest first."""
    sample: int | None
    """Visible units of the sample; null if there is none."""
    sigma: float | None
    """Level of the noise; null for a measured matrix."""


class SpectrumFound(Answer):
    """The answer of spectrum."""

    _kinds: ClassVar[dict[str, str]] = {
        "law": "BulkLaw",
        "measured": "MeasuredBulk",
        "modes": "OutlierRow",
        "settings": "SpectrumSettings",
    }

    citations: list[str]
    """Keys of the bibliography: what the answer builds on."""
    explanation: str | None
    """The same in words; null if complete."""
    law: BulkLaw | None
    """The law of the bulk: as asked for, or with the noise level of the measured matrix;
    null where that was not obtained."""
    measured: MeasuredBulk | None
    """The singular values of the sample, or of the measured matrix; null if there is none."""
    modes: list[OutlierRow]
    """Planted modes, or the modes behind the outliers of the measured matrix; the largest
    first."""
    outcome: Literal['complete', 'no-bulk']
    """`complete`, or why there is no noise level."""
    program: str
    """Name of the program."""
    seed: int
    """Seed of every random number."""
    settings: SpectrumSettings
    """What was asked for."""
    version: str
    """Its version."""


class TrainingSettings(Record):
    """How an RBM is trained."""

    batch: int
    """Samples of a step."""
    epochs: int
    """Number of passes over the data."""
    hidden_units: int
    """Number of hidden units."""
    persistent: bool
    """Whether the chain goes on from step to step."""
    rate: float
    """Learning rate `γ`."""
    start_scale: float
    """Standard deviation of the weights at the start."""
    sweeps: int
    """Sweeps of the chain in a step."""


class TrainSettings(Record):
    """Resolved settings of `Train`."""

    _kinds: ClassVar[dict[str, str]] = {
        "training": "TrainingSettings",
    }

    data: str
    """The file of the data."""
    samples: int
    """Number of samples."""
    threshold: float
    """What lies above it is +1."""
    training: TrainingSettings
    """How the RBM is trained."""
    visible_units: int
    """Number of visible units."""


class TrainingState(Record):
    """The spectrum of the weights after so many epochs."""

    _kinds: ClassVar[dict[str, str]] = {
        "overlaps": "array",
        "singular_values": "array",
    }

    epoch: int
    """Passes over the data."""
    nearest: list[int]
    """For each mode, the number (from 1) of the principal direction, of those with variance,
    that its visible vector overlaps with most."""
    overlaps: FloatArray
    """That overlap."""
    pseudo_likelihood: float
    """Logarithm of the pseudo-likelihood of a sample, `Σ_i ln P(s_i | others)`, estimated
    from one unit of each sample."""
    singular_values: FloatArray
    """Singular values of the weights, the largest first."""
    time: float
    """Number of steps times the learning rate."""


class Trained(Answer):
    """The answer of train."""

    _kinds: ClassVar[dict[str, str]] = {
        "eigenvalues": "array",
        "end": "MeasuredBulk",
        "settings": "TrainSettings",
        "start": "MeasuredBulk",
        "states": "TrainingState",
    }

    citations: list[str]
    """Keys of the bibliography: what the answer builds on."""
    eigenvalues: FloatArray
    """Eigenvalues of the covariance of the data, the largest first."""
    end: MeasuredBulk
    """The spectrum of the last state."""
    outcome: Literal['complete', 'diverged', 'no-decomposition']
    """`complete`, or how training ended early."""
    program: str
    """Name of the program."""
    seed: int
    """Seed of every random number."""
    settings: TrainSettings
    """What was asked for."""
    start: MeasuredBulk
    """The spectrum of the first state."""
    states: list[TrainingState]
    """Singular values along training."""
    version: str
    """Its version."""


class Scatter(Record):
    """Mean and scatter over synthetic data sets."""

    deviation: float
    """Standard deviation of one data set."""
    mean: float
    """The mean."""
    sets: int
    """Data sets."""


class BootstrapGain(Record):
    """What so many units learn from synthetic data sets."""

    _kinds: ClassVar[dict[str, str]] = {
        "gain_in": "Scatter",
        "gain_out": "Scatter",
        "overlaps": "Scatter",
        "self_overlaps": "Scatter",
        "subspace": "Scatter",
    }

    failed: int
    """Data sets on which training failed: they are in none of the means."""
    gain_in: Scatter | None
    """Gain on the data that were learnt from, nats per sample."""
    gain_out: Scatter | None
    """On fresh data of the same law."""
    overlaps: list[Scatter]
    """Overlap `|M_ab|/√Q_bb` of each of the strongest signals with the unit matched to it,
    as far as every data set has one."""
    self_overlaps: list[Scatter]
    """Eigenvalues of `Q`, the largest first."""
    subspace: Scatter | None
    """As `Learnt::subspace`."""
    unfinished: int
    """Data sets on which it did not come to its end: their last weights are in the means."""
    units: int
    """Number of units."""


class Bootstrapped(Record):
    """What synthetic data sets give."""

    _kinds: ClassVar[dict[str, str]] = {
        "gains": "BootstrapGain",
    }

    assumption_violated: bool
    """Whether the signals that they are made of rest on a bulk of white noise that is none."""
    gains: list[BootstrapGain]
    """For one unit, two units, and so on."""
    sets: int
    """Data sets for each number of units."""
    trainer: Literal['lbfgs', 'gd', 'amp', 'cd', 'pcd']
    """How weights were trained."""


class BulkDistance(Record):
    """Distance of a bulk from the law of white noise."""

    inside_support: float
    """Part of the eigenvalues within the edges of the law."""
    ks: float
    """Largest distance between the parts of eigenvalues below a level (Kolmogorov–Smirnov),
    the noise level fitted."""
    levels_agree: bool
    """Whether the noise levels by the median and by the fit differ by less than three
    standard deviations of their difference for white noise."""
    limit: float
    """What white noise exceeds in one data set of twenty."""
    n_ks: float
    """The same times their number. Eigenvalues repel each other, so that it grows as `ln N`
    for white noise, and not as `√N`."""
    p_value: float
    """Probability of a larger distance for white noise; above 1000 eigenvalues a bound of
    it: 0.01, 0.05, 0.1, 0.5 or 1."""
    ratio: float | None
    """Largest over smallest eigenvalue, over that of the edges; null where the law begins at
    0, or the smallest was not computed."""


class Completion(Record):
    """How well hidden entries of rows that were kept apart are completed."""

    _kinds: ClassVar[dict[str, str]] = {
        "error": "Estimate",
        "over_divergence": "Estimate",
        "over_means": "Estimate",
    }

    by: Literal['means', 'units', 'two-valued', 'further', 'divergence']
    """What completes it."""
    error: Estimate | None
    """Mean squared error of an entry, over rows: in units in which two values are 0 and 1,
    or those of the data as they are scaled. Null where training failed."""
    occlusion: Literal['random', 'bottom']
    """What is hidden; of random halves the mean over four."""
    over_divergence: Estimate | None
    """That over the error of contrastive divergence, on the same rows; null where the data
    do not have two values."""
    over_means: Estimate | None
    """That over the error of the columns' means, on the same rows."""
    units: int
    """Number of units."""


class Noise(Record):
    """The variance of the noise, three ways. They agree where the bulk is that of white
    noise."""

    fit: float
    """By regression of its ordered eigenvalues on those of the law."""
    median: float
    """From the median of the bulk."""
    trace: float
    """From their mean."""
    used: float
    """What is used of these: the fit; the mean where the number of signals is none of
    outliers, and where the spectrum is estimated, whose sum is known."""


class SampleGain(Record):
    """Log-likelihood per sample over that of independent normal visible units, in nats: the
    mean of `η1(W^T x/√d) − η2(W^T W/d)`, exact for an RBM with normal visible units of
    variance 1."""

    error: float
    """Its standard error over samples drawn like these, at these weights."""
    mean: float
    """The mean over the samples."""


class CurvePoint(Record):
    """Training on a part of the rows."""

    _kinds: ClassVar[dict[str, str]] = {
        "gain_in": "SampleGain",
        "gain_out": "SampleGain",
    }

    end: Literal['converged', 'settled', 'out-of-iterations', 'out-of-epochs', 'left-domain', 'not-finite', 'diverged', 'loaded']
    """How training ended."""
    gain_in: SampleGain | None
    """Gain on them, nats per sample; null where training failed."""
    gain_out: SampleGain | None
    """On held-out rows; null without them."""
    rows: int
    """Rows that were learnt from."""


class AnalyzedLearnt(Record):
    """What is measured of trained weights. The data are in units of the visible standard
    deviation."""

    _kinds: ClassVar[dict[str, str]] = {
        "gain_in": "SampleGain",
        "gain_out": "SampleGain",
        "self_overlaps": "array",
    }

    gain_in: SampleGain
    """Gain on the data that were learnt from, nats per sample."""
    gain_out: SampleGain | None
    """On held-out rows; null where there are none."""
    self_overlaps: FloatArray
    """Eigenvalues of `Q = W^T W/d`, the largest first."""
    subspace: float
    """`‖P W (W^T W)^{-1/2}‖²/k`: the part of the units' space that lies in the span of the
    leading principal directions of the data, as many as there are signals."""
    units: int
    """Number of units."""


class ObtainedRun(Record):
    """One training run."""

    _kinds: ClassVar[dict[str, str]] = {
        "learnt": "AnalyzedLearnt",
    }

    end: Literal['converged', 'settled', 'out-of-iterations', 'out-of-epochs', 'left-domain', 'not-finite', 'diverged', 'loaded']
    """How it ended."""
    learnt: AnalyzedLearnt | None
    """What was learnt; null where it failed."""
    units: int
    """Number of units."""


class Obtained(Record):
    """What training on the data gives."""

    _kinds: ClassVar[dict[str, str]] = {
        "curve": "CurvePoint",
        "runs": "ObtainedRun",
    }

    curve: list[CurvePoint]
    """All units trained on more and more of the rows, in random order: how gains come with
    data."""
    runs: list[ObtainedRun]
    """For one unit, two units, and so on; the number of them alone where weights were
    loaded."""
    trainer: Literal['lbfgs', 'gd', 'amp', 'cd', 'pcd'] | None
    """How weights were trained; null where they were loaded."""


class UnitGain(Record):
    """What so many units gain, in nats per sample, over none."""

    _kinds: ClassVar[dict[str, str]] = {
        "self_overlaps": "array",
    }

    aligned: bool
    """Whether each unit learns a signal of its own: as the solution has it, of signals of a
    given law of signals that are signs by their scores, of kurtosis below 1.25 by two
    standard errors, or of a single signal. Others of kurtosis below 3 may have a solution
    of this kind, but that depends on more of their law than the kurtosis."""
    gain_in: float | None
    """On the data that were learnt from, `ℓ/α`."""
    gain_out: float | None
    """On fresh data."""
    gain_out_error: float | None
    """Standard error of that from those of the strengths, whatever the units learn; the
    scatter of trained weights comes on top. Null where a strength has none, or a
    neighbouring solution was not found."""
    missing: str | None
    """Why a number is missing; null where none is."""
    nature: Literal['stable', 'saddle', 'replica-symmetry-broken', 'marginal'] | None
    """What the solution is; null where none was found."""
    quadrature_error: float | None
    """Error of either gain by quadrature: that of sampled averages, where units are solved
    jointly."""
    replicon: float | None
    """Replicon of the solution."""
    self_overlaps: FloatArray
    """Eigenvalues of `Q`, in units of the visible variance, the largest first."""
    subspace: float | None
    """Part of the units' space that lies in the span of the signals, `Tr(M Q^{-1} M^T)/k`."""
    units: int
    """Number of units."""


class ScoreLaw3(Record):
    """Independent signals of a law that was given: a name of equations/priors, or a file."""

    given: str


class PredictedUnit(Record):
    """What one unit learns."""

    self_overlap: float
    """Self-overlap, in units of the visible variance."""
    unit: int
    """Its number, from 1: that of the signal it is predicted for."""
    zeta: float
    """Overlap of its weights with that signal."""
    zeta_error: float | None
    """Standard error of that for trained weights: that from the strength's, and in
    quadrature their scatter where synthetic data have it. As strengths that are read from
    them scatter with the weights, it is rather too large."""
    zeta_error_lambda: float | None
    """Standard error from the strength's alone."""
    zeta_scatter: float | None
    """Scatter of weights that are trained on synthetic data of these strengths; null without
    them."""


class Prediction(Record):
    """Prediction for hidden units ±1 that learn from the data."""

    _kinds: ClassVar[dict[str, str]] = {
        "gains": "UnitGain",
        "law": "ScoreLaw3",
        "units": "PredictedUnit",
    }

    assumption_violated: bool
    """Whether the signals rest on a bulk of white noise that is none."""
    best: int | None
    """The number of units of the largest gain on fresh data at the strengths as they were
    found; 0 where every unit loses, null where a gain is not known, or its solution not
    stable."""
    gains: list[UnitGain]
    """For one unit, two units, and so on."""
    law: Literal['scores', 'matched'] | ScoreLaw3
    """The law of the signals over samples that it rests on."""
    signals: int
    """Number of signals that enter it."""
    units: list[PredictedUnit]
    """Each of all units, where each learns a signal of its own; none where units mix
    signals, and where their solution is not stable."""


class AnalyzeSettings(Record):
    """Resolved settings of `Analyze`."""

    binarise: float | None
    """What entries became 1 from, and 0 below."""
    columns: int
    """Number of columns of the file."""
    constant: list[int]
    """Numbers of columns that do not vary, from 1: they are left out."""
    data: str
    """The file of the data, or the name of a built-in data set."""
    holdout: float | None
    """Part of the rows that is kept apart."""
    skipped: list[int]
    """Numbers of columns that are left out because it was asked for, from 1."""
    spectrum: Literal['whole', 'leading']
    """How much of the spectrum was computed."""
    standardise: Literal['columns', 'global', 'none']
    """Scale of the columns."""
    whiten: int | None
    """Common factors that columns are freed of before they are divided by what is left."""


class TracyWidomTest(Record):
    """The test of one eigenvalue, with those above it taken for signals."""

    eigenvalue: float
    """The eigenvalue of `X^T X/n`."""
    p_value: float
    """Probability of one at least so large in pure noise."""
    statistic: float
    """Its distance from the edge of the noise, in units of the largest eigenvalue's scatter."""


class Signal(Record):
    """A direction that sticks out of the noise."""

    _kinds: ClassVar[dict[str, str]] = {
        "interval95": "array",
        "test": "TracyWidomTest",
    }

    above_threshold: bool
    """Whether the whole interval lies above `α^{-1/4}`, from which on a direction can be
    seen: where it does not, noise may have this eigenvalue, or a weaker signal."""
    assumption_violated: bool
    """Whether all of this rests on a bulk of white noise that is none."""
    error: float | None
    """Standard error of that; its formula does not hold near the threshold, `αλ⁴ < 3`, and
    is infinite (null) at it."""
    interval95: FloatArray | None
    """Interval in which `λ` lies in 95 of 100 data sets; by test inversion near the
    threshold. Null where there is none."""
    inverted: bool
    """Whether it is by test inversion."""
    kurtosis: float
    """Kurtosis of the law of the signal over samples, estimated from the scores; 3 where
    they say nothing of it."""
    kurtosis_error: float | None
    """Standard error of that, of the rows and of `λ`; null where the scores say nothing of
    it."""
    lam: float
    """Its strength `λ`, in units of the noise's standard deviation."""
    overlap_pca: float
    """Overlap of the principal direction with the signal's."""
    samples_needed: float
    """Samples at which a direction of this strength begins to be seen, `d/λ⁴`: fewer than
    there are, of one that is."""
    samples_needed_error: float | None
    """Relative standard error of that; null where it is infinite."""
    samples_useful: float | None
    """Samples from which on one unit on this signal gains on fresh data; null where it does
    so wherever the theory has a solution, or nowhere, and where no such unit was
    predicted."""
    score_overlap: float
    """Overlap of the scores `Xv/|Xv|` with the signal over samples."""
    split_half_expected: float
    """What that is in theory: the squared overlap of PCA at half of the samples."""
    split_half_overlap: float | None
    """Overlap `|v·v'|` of this principal direction of two halves of the data, drawn at
    random; null where halves were not compared."""
    test: TracyWidomTest
    """Its eigenvalue, and the test of it."""


class SplitHalf(Record):
    """Overlaps between the principal directions of two halves of the data, drawn at random."""

    _kinds: ClassVar[dict[str, str]] = {
        "directions": "array",
        "subspaces": "array",
    }

    directions: FloatArray
    """`|v_a · v_a'|` of the directions of each number. Where two eigenvalues are nearly the
    same it is small although both directions are there."""
    subspaces: FloatArray
    """`‖V^T V'‖²/k` of the spaces of the first `k` directions, `k` from 1: 1 where they are
    the same."""


class Whitening(Record):
    """What dividing the columns by their own noise changed. The noise of a column is what is
    left of it when common factors are taken out: `Σ = LL^T + Ψ` with a diagonal `Ψ`, at
    the largest normal likelihood of twelve starts (D. N. Lawley, Proc. Roy. Soc.
    Edinburgh 60 (1940) 64: `lawley1940`), no less than 0.05 of the column's variance.
    Noise that is correlated between columns stays correlated."""

    at_least: int
    """Columns whose part would be below 0.05, and is that."""
    converged: bool
    """Whether the likelihood's maximum was reached; the columns are divided by where it came
    to."""
    factors: int
    """Number of factors."""
    largest: float
    """Largest."""
    mean: float
    """Mean of the parts."""
    smallest: float
    """Smallest part of a column's variance that is its own."""
    steps: int
    """Steps of the iteration."""


class MoreSamples(Record):
    """The threshold with more samples of the same columns."""

    factor: int
    """How many times as many."""
    samples: int
    """Their number."""
    threshold: float
    """The strength from which on a direction could be seen, in units of the noise."""


class Analyzed(Answer):
    """The answer of analyze."""

    _kinds: ClassVar[dict[str, str]] = {
        "bootstrap": "Bootstrapped",
        "bulk_distance": "BulkDistance",
        "bulk_edges": "array",
        "completions": "Completion",
        "eigenvalues": "array",
        "noise": "Noise",
        "obtained": "Obtained",
        "predicted": "Prediction",
        "settings": "AnalyzeSettings",
        "signals": "Signal",
        "split_half": "SplitHalf",
        "whitening": "Whitening",
        "with_more": "MoreSamples",
    }

    alpha: float
    """Independent rows for each column: `n/d`, or `(n − 1)/d` where means were taken away."""
    assumption_violated: bool
    """Whether what follows rests on white noise and the bulk is none: its numbers are not to
    be trusted."""
    bootstrap: Bootstrapped | None
    """What they learn from synthetic data of what was found, where that was asked for."""
    bulk_distance: BulkDistance | None
    """How far what is left of the spectrum is from white noise; null where no number of
    signals is known."""
    bulk_edges: FloatArray | None
    """Between them the noise lies, by the law of Marchenko and Pastur at its variance; null
    where no number of signals is known."""
    citations: list[str]
    """Keys of the bibliography: what the answer builds on."""
    completions: list[Completion]
    """How hidden entries of rows that were kept apart are completed; empty where that was
    not asked for."""
    d: int
    """Number of columns that vary."""
    eigenvalues: FloatArray
    """Eigenvalues of `X^T X/n` that are not 0 by shape, the largest first."""
    eigenvalues_known: int
    """How many of these were computed: all, or the leading ones; the others are quantiles of
    an estimated density."""
    independent: int
    """Independent rows: one fewer than there are where means were taken away."""
    lambda_detect: float | None
    """The smallest strength that is found in 95 of 100 data sets of this shape."""
    n: int
    """Number of rows, those that are kept apart left out."""
    next_signal_upper95: float | None
    """Upper end of the 95 % interval for a further signal, if there is one and it is normal
    over samples, by test inversion; null without a bulk, or where the largest eigenvalue
    left is small even for noise."""
    noise: Noise | None
    """Variance of the noise. Where the number of signals is none of outliers it is a
    convention; null where no number of signals is known."""
    obtained: Obtained | None
    """What they learn from the data, where that was asked for."""
    predicted: Prediction | None
    """What hidden units learn, according to state evolution, where that was asked for."""
    program: str
    """Name of the program."""
    seed: int
    """Seed of every random number."""
    settings: AnalyzeSettings
    """What was asked for."""
    signal_count: Literal['outliers', 'permuted', 'given', 'unknown']
    """How the number of signals was found."""
    signals: list[Signal]
    """Directions that are taken for signals, the strongest first."""
    split_half: SplitHalf
    """Overlaps between the principal directions of two halves of the data, of the signals
    and a few more: they need no theory, and no bulk."""
    threshold: float
    """The strength `α^{-1/4}` from which on a direction can be seen, in units of the noise."""
    version: str
    """Its version."""
    visible_variance: float | None
    """Variance of the visible units of the RBM, in units of the data as they are scaled."""
    warnings: list[str]
    """What is to be known before a number is used."""
    whitening: Whitening | None
    """What dividing the columns by their own noise changed; null where it was not asked for."""
    with_more: list[MoreSamples]
    """Where the threshold would be with more samples."""


class Sampled(Answer):
    """The answer of sample."""

    _kinds: ClassVar[dict[str, str]] = {
        "bias": "array",
        "rows": "array",
    }

    bias: FloatArray
    """Their biases."""
    citations: list[str]
    """Keys of the bibliography: what the answer builds on."""
    hidden: str
    """Hidden units."""
    program: str
    """Name of the program."""
    rows: FloatArray
    """The rows (n×d)."""
    seed: int
    """Seed of every random number."""
    version: str
    """Its version."""
    visible_variance: float
    """Variance of the visible units."""
    weights: str
    """The weights."""


class Exponent(Record):
    """A fitted power."""

    limit: float | None
    """The power for `d → ∞`: that of the first term of infinitely many rows that is not 0;
    null where they are not known."""
    predicted: float | None
    """The same fit to `c_0 √d + c_1` of infinitely many rows."""
    standard_error: float
    """Its standard error, from those of the means."""
    value: float
    """The power."""


class LikelihoodSettings(Record):
    """Resolved settings of `Likelihood`."""

    _kinds: ClassVar[dict[str, str]] = {
        "bias": "array",
        "hidden": "PriorSettings",
        "visible": "PriorSettings",
    }

    alpha: float
    """Samples per visible unit."""
    bias: FloatArray
    """Their biases."""
    hidden: PriorSettings
    """Hidden units."""
    visible: PriorSettings
    """Visible units."""
    visible_deviation: float
    """Their standard deviation."""
    visible_mean: float
    """Their mean."""
    weights: Record
    """The weights."""


class LikelihoodAtSize(Record):
    """The difference of the objectives at one number of visible units."""

    _kinds: ClassVar[dict[str, str]] = {
        "beyond_c1": "Estimate",
        "coefficients": "array",
        "difference": "Estimate",
        "expansion": "Estimate",
        "rest": "Estimate",
    }

    beyond_c1: Estimate
    """What the first two of them leave, `log L − log L̃ − c_0 √d − c_1`."""
    coefficients: FloatArray
    """Mean coefficients of the weights that were drawn."""
    d: int
    """Number of visible units."""
    difference: Estimate
    """`log L − log L̃`."""
    expansion: Estimate
    """The first four terms of its expansion, of the very weights that were drawn."""
    n: float
    """Number of samples, `αd`; it need not be whole."""
    predicted: float | None
    """`c_0 √d + c_1` of infinitely many rows; null where there are none. The mean over draws
    differs from it by `O(d^{-1/2})`, or `O(1/d)` for symmetric visible units:
    coefficients of a draw are not linear in its sums."""
    rest: Estimate
    """What they leave."""
    rounding: float
    """Largest difference between `log Z − η2` of two routes, times `n`: rounding."""


class Likelihoods(Answer):
    """The answer of likelihood."""

    _kinds: ClassVar[dict[str, str]] = {
        "exponent": "Exponent",
        "population": "array",
        "settings": "LikelihoodSettings",
        "sizes": "LikelihoodAtSize",
    }

    citations: list[str]
    """Keys of the bibliography: what the answer builds on."""
    exact: bool
    """Whether the visible units are normal, so that the effective objective is exact."""
    exponent: Exponent | None
    """Power of `d` with which the difference per visible unit changes over these sizes,
    fitted to its means; null where one of these is 0, of another sign or not three
    standard errors from 0, or where there is one size."""
    population: FloatArray | None
    """`c_0, c_1, c_{3/2}, c_2` of `log L − log L̃ = c_0 √d + c_1 + c_{3/2}/√d + c_2/d + …`
    where the rows of the weights are infinitely many; null where they are given, or where
    it depends on the draw."""
    program: str
    """Name of the program."""
    seed: int
    """Seed of every random number."""
    settings: LikelihoodSettings
    """What was asked for."""
    sizes: list[LikelihoodAtSize]
    """One row for each number of visible units."""
    version: str
    """Its version."""


class Chain(Record):
    """A chain of contrastive divergence."""

    persistent: bool
    """Whether the chains go on from update to update. In the limit of slow learning they
    then have the law of the model, and the gradient is that of the likelihood."""
    start: Literal['data', 'uniform']
    """Where chains begin."""
    steps: int
    """Steps `j` between updates: each draws all visible units, then all hidden ones."""
    visible: Literal['samples', 'means']
    """What stands for the visible units of a step."""


class ChainDifference(Record):
    """The difference of an observable."""

    _kinds: ClassVar[dict[str, str]] = {
        "difference": "Estimate",
    }

    difference: Estimate | None
    """The difference; null where no instance has weights of both."""
    observable: str
    """What it is."""


class LearnedChain(Record):
    """What machines of finite size learn by one chain."""

    _kinds: ClassVar[dict[str, str]] = {
        "differences": "ChainDifference",
    }

    differences: list[ChainDifference]
    """Mean over instances of what is learned less what ascent of the likelihood learns from
    the same data, for each observable."""
    ends: list[Record]
    """How training ended on each instance."""
    excess_bound: float | None
    """Upper bound of what sampling noise adds to the self-overlap of a single unit at the
    last rate, before weights are averaged; null for more units, for persistent chains, or
    without theory."""


class ContrastivePoint(Record):
    """A fixed point of contrastive divergence."""

    _kinds: ClassVar[dict[str, str]] = {
        "k": "array",
        "m": "array",
        "negative_phase": "array",
        "q": "array",
    }

    k: FloatArray
    """`K = (αH^T − αE[∂g])^{-1}` (k×k)."""
    m: FloatArray
    """Overlap of weights and signals, `r × k`."""
    negative_phase: FloatArray
    """The mean negative phase `H` (k×k)."""
    q: FloatArray
    """Self-overlap of the weights, `k × k`."""
    quadrature_error: float
    """Difference of the unknowns from the next coarser quadrature, in the same sense."""
    residual: float
    """Largest residual of the equations, relative to the largest unknown where that exceeds
    1."""


class ChainRow(Record):
    """What one chain learns."""

    _kinds: ClassVar[dict[str, str]] = {
        "chain": "Chain",
        "learned": "LearnedChain",
        "limit": "ContrastivePoint",
    }

    chain: Chain
    """The chain."""
    learned: LearnedChain | None
    """Machines of finite size."""
    limit: ContrastivePoint | None
    """Its fixed point in the limit."""
    name: str
    """Its name."""
    outcome: Record | None
    """How the search for its fixed point ended; null where there is no theory."""


class ContrastiveSettings(Record):
    """Settings of training by contrastive divergence. An update on a batch of `B` samples is
    `ΔW = κ (n/B) Σ_B (x f(z)^T − v f(z')^T)/√d`, a step `κ` of gradient ascent in the
    mean."""

    average: int
    """Number of last epochs over whose ends the weights are averaged: 1 for the last
    weights."""
    batch: int | None
    """Samples of an update; all of them without. Samples move in runs of 16 neighbours: data
    of one's own should be in random order."""
    batches: Literal['reshuffled', 'replacement']
    """How batches are chosen."""
    decay: float
    """The last rate as a part of the first."""
    epochs: int
    """Number of passes over as many samples as there are."""
    hold: float
    """Part of the epochs during which the rate is constant; then it falls geometrically."""
    momentum: float
    """Momentum `β`: updates are `U ← βU + ΔW`, `W ← W + U`, so that rates are in effect
    `κ/(1 − β)`."""
    negative: Record
    """The negative phase."""
    rate: float | None
    """`κ n/B` in the first epochs: the learning time of an epoch, where `κ` is one of an
    update. Sampling noise grows with it whatever the batch (see sampling_excess). `None`:
    0.3, or less where half of the stability bound of gradient ascent at the start is
    less."""
    tolerance: float
    """Change of an overlap over the last quarter of the learning time below which training
    has settled."""
    visible: Literal['gaussian', 'rademacher']
    """The visible units."""


class TrainedAt(Record):
    """How machines of finite size are trained."""

    _kinds: ClassVar[dict[str, str]] = {
        "size": "Size",
        "start": "StartSettings",
        "training": "ContrastiveSettings",
    }

    instances: int
    """Number of instances."""
    size: Size
    """Size of the instances."""
    start: StartSettings
    """Where ascent of the likelihood begins; chains begin where it ends."""
    training: ContrastiveSettings
    """The settings, in which the negative phase is that of each chain in turn."""


class ContrastiveRequest(Record):
    """Resolved settings of `Contrastive`."""

    _kinds: ClassVar[dict[str, str]] = {
        "model": "ModelSettings",
        "solver": "FixedPointSettings",
        "trained": "TrainedAt",
    }

    model: ModelSettings
    """The model."""
    solver: FixedPointSettings
    """The solver."""
    trained: TrainedAt | None
    """Machines that are trained; null for theory alone."""


class ContrastiveLearning(Answer):
    """The answer of contrastive."""

    _kinds: ClassVar[dict[str, str]] = {
        "chains": "ChainRow",
        "objective": "OrderParameters",
        "settings": "ContrastiveRequest",
    }

    chains: list[ChainRow]
    """One row for each chain."""
    citations: list[str]
    """Keys of the bibliography: what the answer builds on."""
    exact: list[Record]
    """How ascent of the likelihood ended on the instances, with which the chains are
    compared; without simulation empty."""
    no_theory: str | None
    """Why there is no theory of the chains, where there is none."""
    objective: OrderParameters | None
    """Overlaps at the fixed point of the objective; null where none was found."""
    objective_outcome: str
    """How the search for it ended."""
    program: str
    """Name of the program."""
    seed: int
    """Seed of every random number."""
    settings: ContrastiveRequest
    """What was asked for."""
    version: str
    """Its version."""

"""Training on arrays: the interface of scikit-learn, what is learnt, memory."""

import pickle
import tracemalloc
from typing import Any

import numpy as np
import onsager
import pytest
from sklearn.base import clone
from sklearn.utils.estimator_checks import check_estimator

#: AMP has no weights on the tables of these checks (a step leaves its domain), says so in
#: `outcome_`, and refuses to transform; L-BFGS does not count its iterations.
EXPECTED = {
    "AMP": dict.fromkeys(
        [
            "check_fit_score_takes_y",
            "check_estimators_dtypes",
            "check_dtype_object",
            "check_f_contiguous_array_estimator",
            "check_methods_sample_order_invariance",
            "check_methods_subset_invariance",
            "check_dict_unchanged",
            "check_fit_idempotent",
        ],
        "no weights",
    ),
    "Lbfgs": {"check_transformer_n_iter": "iterations are not counted"},
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "kind", [onsager.AMP, onsager.GradientAscent, onsager.Lbfgs, onsager.ContrastiveDivergence]
)
def test_estimators_are_those_of_scikit_learn(kind: Any) -> None:
    expected = EXPECTED.get(kind.__name__, {})
    results = check_estimator(kind(), expected_failed_checks=expected, on_fail="raise")
    assert len(results) > 40


def planted(n: int, d: int, lam: float, seed: int) -> tuple[Any, Any]:
    """Data with one signal ±1 on both sides."""
    chance = np.random.default_rng(seed)
    u, w = chance.choice([-1.0, 1.0], n), chance.choice([-1.0, 1.0], d)
    return lam * np.outer(u, w) / np.sqrt(d) + chance.normal(size=(n, d)), w


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("order", ["C", "F"])
def test_what_is_learnt_is_what_theory_says(dtype: Any, order: Any) -> None:
    d, seeds = 500, 12
    theory = onsager.solve(alpha=2, lam=1.8)
    found = []
    for seed in range(seeds):
        data, w = planted(2 * d, d, 1.8, seed)
        machine = onsager.AMP(standardise="none").fit(np.asarray(data, dtype, order))
        assert machine.outcome_ == "converged" and machine.converged_ and machine.n_iter_ > 1
        m = abs(w @ machine.weights_[:, 0]) / d
        found.append(m / np.sqrt(machine.overlap_[0, 0]))
    assert theory.overlap is not None
    error = np.std(found, ddof=1) / np.sqrt(seeds)
    assert abs(np.mean(found) - theory.overlap[0, 0]) < 4 * error + 2 / d, (np.mean(found), error)


def test_hidden_means_and_scores_by_numpy() -> None:
    data, _ = planted(300, 60, 2.5, 3)
    data = 3 * data + 7
    machine = onsager.GradientAscent(units=2, random_state=2).fit(data)
    fields = (data - data.mean(axis=0)) @ machine.components_.T
    # f(z) = tanh z of units ±1 (theory.md section 1), of data in single precision.
    assert np.abs(machine.transform(data) - np.tanh(fields)).max() < 1e-5
    q = machine.overlap_
    # η2(Q) of two units ±1: log of the mean of e^{hQh/2}.
    states = np.array([[1, 1], [1, -1], [-1, 1], [-1, -1]])
    eta2 = np.log(np.mean(np.exp(0.5 * np.einsum("sa,ab,sb->s", states, q, states))))
    gains = np.log(np.cosh(fields)).sum(axis=1) - eta2
    assert np.abs(machine.score_samples(data) - gains).max() < 1e-4
    assert abs(machine.score(data) - gains.mean()) < 1e-5
    assert abs(machine.gain_ - machine.score(data)) < 1e-6
    assert np.abs(machine.fit_transform(data) - machine.transform(data)).max() == 0
    assert list(machine.get_feature_names_out()) == ["gradientascent0", "gradientascent1"]


def test_parameters_copies_and_constant_columns() -> None:
    data, _ = planted(200, 40, 2.5, 4)
    data[:, 5] = 1.0
    machine = onsager.Lbfgs(hidden=onsager.Prior("ternary"), units=1, n_jobs=1).fit(data)
    assert (machine.components_[:, 5] == 0).all() and machine.outcome_ == "converged"
    again = pickle.loads(pickle.dumps(machine))
    assert (again.transform(data) == machine.transform(data)).all()
    other = clone(machine).set_params(n_jobs=2).fit(data)
    assert (other.components_ == machine.components_).all()
    assert other.get_params()["n_jobs"] == 2
    with pytest.raises(ValueError, match="hidden"):
        machine.predict_overlap(data)


def test_a_prediction_before_fitting() -> None:
    data, w = planted(1000, 250, 2.0, 6)
    prediction = onsager.AMP().predict_overlap(data)
    unit = prediction.predicted.units[0]
    machine = onsager.AMP().fit(data)
    found = abs(w @ machine.weights_[:, 0]) / 250 / np.sqrt(machine.overlap_[0, 0])
    theory = onsager.solve(alpha=4, lam=2.0).overlap
    assert theory is not None and abs(found - theory[0, 0]) < 0.05
    assert unit is not None and prediction.n == 1000 and prediction.d == 250


def test_training_that_fails_says_so() -> None:
    noise = np.random.default_rng(1).uniform(size=(40, 10))
    machine = onsager.AMP().fit(noise)
    assert machine.outcome_ == "left-domain" and not machine.converged_
    assert np.isnan(machine.components_).all()
    with pytest.raises(onsager.InputError, match="left-domain"):
        machine.transform(noise)


@pytest.mark.parametrize(
    "data, words",
    [
        (np.ones(5), "Expected 2D|2D array"),
        (np.ones((5, 3), dtype=complex), "[Cc]omplex"),
        (np.array([["a", "b"], ["c", "d"]]), "could not convert|dtype"),
        (np.array([[1, np.nan], [2, 3]]), "NaN"),
        (np.zeros((0, 3)), "0 sample"),
        (np.ones((5, 3)), "no column varies"),
    ],
)
def test_bad_samples_are_refused(data: Any, words: str) -> None:
    with pytest.raises((ValueError, TypeError), match=words):
        onsager.GradientAscent().fit(data)


def test_samples_in_any_layout_are_the_same() -> None:
    data, _ = planted(100, 30, 2.0, 8)
    expected = onsager.GradientAscent().fit(data).components_
    backwards = data[::-1, ::-1]
    assert backwards.strides[0] < 0
    flipped = onsager.GradientAscent().fit(np.ascontiguousarray(backwards)).components_
    assert (onsager.GradientAscent().fit(backwards).components_ == flipped).all()
    assert (onsager.GradientAscent().fit(np.asfortranarray(data)).components_ == expected).all()
    swapped = data.astype(data.dtype.newbyteorder())
    assert (onsager.GradientAscent().fit(swapped).components_ == expected).all()
    assert (onsager.GradientAscent().fit(data.tolist()).components_ == expected).all()


def test_fit_copies_no_samples_in_python() -> None:
    data = np.random.default_rng(2).normal(size=(2000, 400)).astype(np.float32)
    machine = onsager.GradientAscent(max_iter=2, restarts=1)
    tracemalloc.start()
    machine.fit(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 0.5 * data.nbytes, peak


def test_analysis_of_an_array_is_that_of_a_file(tmp_path: Any) -> None:
    data, _ = planted(200, 50, 2.5, 9)
    file = tmp_path / "own.npy"
    np.save(file, data)
    by_file = onsager.analyze(data=file, units=1, seed=5).to_dict()
    by_array = onsager.analyze(data=data, units=1, seed=5).to_dict()
    assert by_array["settings"].pop("data") == "array"
    by_file["settings"].pop("data")
    assert onsager.Record(by_file) == onsager.Record(by_array)

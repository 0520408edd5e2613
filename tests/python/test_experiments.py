"""Every experiment gives what the command line prints, to the bit; answers as objects."""

import json
import pathlib
import pickle
import subprocess
import sys
import types
import typing
from collections.abc import Callable
from typing import Any

import numpy as np
import onsager
import pytest
from conftest import ROOT, by_command

# What is asked, and the same on the command line.
ASKED: list[tuple[Callable[[], Any], str]] = [
    (lambda: onsager.solve(alpha=2, lam=1.5), "solve --alpha 2 --lambda 1.5"),
    (
        lambda: onsager.solve(alpha=2, lam=[1.5, 1.3], hidden="ternary", bias=[0.2, 0], seed=3),
        "solve --alpha 2 --lambda 1.5,1.3 --hidden ternary --bias 0.2,0 --seed 3",
    ),
    (
        lambda: onsager.solve(alpha=4, lam=np.array([1.5, 1.2]), signal="gaussian", units=1),
        "solve --alpha 4 --lambda 1.5,1.2 --signal gaussian --units 1",
    ),
    (lambda: onsager.solve(alpha=0.8, lam=1.3), "solve --alpha 0.8 --lambda 1.3"),
    (lambda: onsager.solve(alpha=2, lam=1, rsb=1), "solve --alpha 2 --lambda 1 --rsb 1"),
    (
        lambda: onsager.evolve(alpha=2, lam=1.5, start_m=[[0.3]], iterations=5),
        "evolve --alpha 2 --lambda 1.5 --start-m 0.3 --iterations 5",
    ),
    (
        lambda: onsager.dmft(alpha=2, lam=1.5, iterations=6, log2_paths=8, path_sets=2, seed=3),
        "dmft --alpha 2 --lambda 1.5 --iterations 6 --log2-paths 8 --path-sets 2 --seed 3",
    ),
    (
        lambda: onsager.simulate(
            alpha=2, lam=1.6, d=150, algorithm="lbfgs", instances=3, seed=2, threads=1
        ),
        "simulate --alpha 2 --lambda 1.6 --d 150 --algorithm lbfgs --instances 3 --seed 2",
    ),
    (
        lambda: onsager.compare(alpha=2, lam=1.6, d=150, algorithm="lbfgs", instances=4),
        "compare --alpha 2 --lambda 1.6 --d 150 --algorithm lbfgs --instances 4",
    ),
    (
        lambda: onsager.finite_size(alpha=2, lam=1.6, d=[40, 60], instances=16),
        "finite-size --alpha 2 --lambda 1.6 --d 40,60 --instances 16",
    ),
    (
        lambda: onsager.maximum(alpha=2, lam=1, d=[16, 24], instances=4, random=4),
        "maximum --alpha 2 --lambda 1 --d 16,24 --instances 4 --random 4",
    ),
    (lambda: onsager.stability(alpha=2, lam=1), "stability --alpha 2 --lambda 1"),
    (
        lambda: onsager.branch(alpha=2, lam=1.5, along="lambda", from_=1.1, to=1.2),
        "branch --alpha 2 --lambda 1.5 --along lambda --from 1.1 --to 1.2",
    ),
    (
        lambda: onsager.linear(eigenvalues=[3.0, 0.5], hidden_units=2, until=4.0),
        "linear --eigenvalues 3,0.5 --hidden-units 2 --until 4",
    ),
    (
        lambda: onsager.spectrum(sample=60, sigma=1.0, kappa=0.5, planted=2.5),
        "spectrum --sample 60 --sigma 1 --kappa 0.5 --planted 2.5",
    ),
    (
        lambda: onsager.likelihood(alpha=2, d=[40], self_overlap=[[0.3]], instances=2),
        "likelihood --alpha 2 --d 40 --self-overlap 0.3 --instances 2",
    ),
    (lambda: onsager.analyze(data="digits", seed=2), "analyze digits --seed 2"),
    (
        lambda: onsager.contrastive(alpha=2, lam=1.5, d=60, instances=2, epochs=4, chains="cd-1"),
        "contrastive --alpha 2 --lambda 1.5 --d 60 --instances 2 --epochs 4 --chains cd-1",
    ),
    (lambda: onsager.Potential("sk").solve(T=0.25), "solve sk --set T=0.25"),
    (
        lambda: onsager.Potential("sk", T=0.5).branch(along="T", from_=0.5, to=0.8),
        "branch sk --set T=0.5 --along T --from 0.5 --to 0.8",
    ),
    (
        lambda: onsager.Potential("sk").stability(
            options={"along": "T", "within": [0.1, 2], "over": "J0", "from_": 0, "to": 2, "points": 3, "at": 0.5}
        ),
        "stability sk --along T --within 0.1 2 --over J0 --from 0 --to 2 --points 3 --at 0.5",
    ),
]


@pytest.mark.filterwarnings("ignore::onsager.ReplicaSymmetryWarning")
@pytest.mark.parametrize("ask, line", ASKED, ids=[line for _, line in ASKED])
def test_numbers_are_those_of_the_command_line(ask: Callable[[], Any], line: str) -> None:
    answer = ask()
    replied = by_command(line)
    assert json.loads(answer.to_json()) == replied
    assert plain(answer.to_dict()) == plain(replied)
    # It survives its own file, and shows itself.
    again = pickle.loads(pickle.dumps(answer))
    assert again == answer and type(again) is type(answer)
    assert again.to_json() == answer.to_json() and again.notes == answer.notes
    assert str(again.tables[0].to_csv()) == answer.tables[0].to_csv()
    assert "<table>" in answer._repr_html_() and repr(answer).startswith(type(answer).__name__)
    frame = answer.to_pandas()
    assert list(frame.columns) == answer.tables[0].names and len(frame) == len(answer.tables[0])


def plain(value: Any) -> Any:
    """Arrays as lists, with None where a number is missing."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, list):
        return [plain(one) for one in value]
    return None if isinstance(value, float) and np.isnan(value) else value


def test_every_experiment_is_asked_here() -> None:
    from onsager import _experiments

    asked = " ".join(line for _, line in ASKED)
    missing = {
        name for name in _experiments.__all__ if name.replace("_", "-") not in asked
    }
    # Those that need files of weights, or long runs, have tests of their own below.
    assert missing == {"learning_curve", "train"}


def test_learning_curves_training_and_samples(tmp_path: pathlib.Path) -> None:
    curve = onsager.learning_curve(mu=[0.8, 0.6], until=1.0)
    line = "learning-curve --mu 0.8,0.6 --until 1"
    assert json.loads(curve.to_json()) == by_command(line)
    weights = tmp_path / "w.npy"
    np.save(weights, np.linspace(-0.3, 0.4, 24).reshape(12, 2))
    drawn = onsager.sample(weights=weights, rows=5, seed=4)
    assert drawn.to_dict()["seed"] == 4
    data = tmp_path / "data.csv"
    np.savetxt(data, np.random.default_rng(1).choice([-1, 1], (60, 8)), fmt="%d", delimiter=",")
    trained = onsager.train(data=data, hidden_units=4, epochs=2)
    line = f"train --data {data} --hidden-units 4 --epochs 2"
    assert json.loads(trained.to_json()) == by_command(line)


def test_answers_are_objects() -> None:
    solution = onsager.solve(alpha=2, lam=1.5)
    # Reference number of the repository's tests.
    assert solution.overlap is not None and abs(solution.overlap[0, 0] - 0.871650259) < 1e-8
    assert solution.stable and solution.outcome == "converged" and solution.nature == "stable"
    assert solution.replicon is not None and abs(solution.replicon - 0.226017562) < 1e-8
    assert solution.m is not None and solution.q is not None and solution.log_likelihood
    assert isinstance(solution.baselines, onsager.results.Baselines)
    assert solution.baselines.bbp == 2**-0.25
    assert solution.settings.model.lam.tolist() == [1.5]
    assert solution["settings"]["model"]["lambda"].tolist() == [1.5]
    assert isinstance(solution.searches[0], onsager.Record) and "searches" in dir(solution)
    with pytest.raises(AttributeError, match="there are program"):
        solution.overlaps  # noqa: B018
    assert solution != onsager.solve(alpha=2, lam=1.4)
    none = onsager.solve(alpha=0.8, lam=1.3)
    assert none.answer is None and none.overlap is None and not none.stable
    assert none.outcome == "left-domain" and none.rsb is not None


def test_approximate_numbers_come_with_a_warning() -> None:
    with pytest.warns(onsager.ReplicaSymmetryWarning, match="above 1"):
        onsager.solve(alpha=2, lam=1)
    with pytest.warns(onsager.ReplicaSymmetryWarning, match="at 1 of 2"):
        onsager.solve(alpha=2, lam=np.array([[1.0], [1.5]]))


def test_arrays_of_settings_broadcast() -> None:
    alpha = np.array([2.0, 3.0, 0.8])[:, None]
    lam = np.array([1.5, 1.3])[:, None]
    many = onsager.solve(alpha=alpha, lam=lam)
    assert many.shape == (3, 2) and many.overlap.shape == (3, 2, 1, 1)
    for i, j in np.ndindex(3, 2):
        one = onsager.solve(alpha=float(alpha[i, 0]), lam=float(lam[j, 0]))
        assert many.outcome[i, j] == one.outcome
        assert many.nature[i, j] == one.nature and many.stable[i, j] == one.stable
        if one.overlap is None:
            assert np.isnan(many.overlap[i, j]).all() and np.isnan(many.replicon[i, j])
            assert many.message[i, j]
        else:
            assert (many.overlap[i, j] == one.overlap).all() and many.q[i, j] == one.q
            assert many.replicon[i, j] == one.replicon
            assert many.log_likelihood[i, j] == one.log_likelihood
    frame = many.to_pandas()
    table = many.to_table()
    assert (np.isnan(table["zeta_11"]) == np.isnan(frame["zeta_11"])).all()
    assert table["outcome"] == list(frame["outcome"])
    assert len(frame) == 6 and {"alpha", "lambda", "zeta_11", "outcome"} <= set(frame.columns)
    assert "left-domain" in many._repr_html_() and "4 of 6" in repr(many)
    # Two signals, one alpha; and the number of threads.
    pairs = onsager.solve(alpha=np.array([2.0]), lam=np.array([[1.5, 1.3], [1.4, 1.2]]), threads=1)
    assert pairs.overlap.shape == (2, 2, 2) and (pairs.outcome == "converged").all()
    both = onsager.solve(alpha=np.array([2.0]), lam=np.array([[1.5, 1.3], [1.4, 1.2]]), threads=2)
    assert (pairs.overlap == both.overlap).all()


def test_a_cell_without_a_number_is_no_exception() -> None:
    many = onsager.solve(alpha=np.array([2.0, -1.0, np.nan]), lam=np.array([1.5])[:, None])
    assert many.outcome.tolist() == ["converged", "refused", "refused"]
    assert "alpha" in many.message[1] and np.isnan(many.overlap[1:]).all()


def test_laws_of_ones_own() -> None:
    named = onsager.solve(alpha=2, lam=1.5, hidden="ternary")
    root = float(np.sqrt(1.5))
    own = onsager.Prior(atoms=[-root, 0, root], title="three")
    found = onsager.solve(alpha=2, lam=1.5, hidden=own)
    assert found.overlap is not None and named.overlap is not None
    assert abs(found.overlap - named.overlap).max() < 1e-12
    assert found.settings.model.hidden.name == "three"
    path = ROOT / "equations/priors/ternary.toml"
    text = onsager.solve(alpha=2, lam=1.5, hidden=onsager.Prior(path.read_text()))
    assert text.overlap == named.overlap
    assert onsager.solve(alpha=2, lam=1.5, hidden=path).overlap == named.overlap
    formula = onsager.Prior(log_mgf="ln(cosh(z))")
    same = onsager.solve(alpha=2, lam=1.5, hidden=formula).overlap
    assert same is not None and abs(same[0, 0] - 0.871650259) < 1e-8
    sparse = onsager.Prior(
        atoms=["-1/sqrt(rho)", 0, "1/sqrt(rho)"], weights=["rho/2", "1 - rho", "rho/2"], rho=0.5
    )
    by_name = onsager.solve(alpha=2, lam=1.5, hidden="sparse-ternary(rho=0.5)").overlap
    mine = onsager.solve(alpha=2, lam=1.5, hidden=sparse).overlap
    assert mine is not None and by_name is not None and abs(mine - by_name).max() < 1e-12
    with pytest.raises(onsager.InputError, match="the text of hidden"):
        onsager.solve(alpha=2, lam=1.5, hidden=onsager.Prior('kind = "prior"\natoms = [1, 2'))
    again = pickle.loads(pickle.dumps(sparse))
    assert again == sparse and hash(again) == hash(sparse)


STUDY = """
[study]
kind = "diagram"
seed = 1
model = { lambda = [1.0] }
x = { parameter = "alpha", from = 1.5, to = 3.0, points = 3 }
y = { parameter = "lambda", from = 1.0, to = 1.6, points = 3 }
"""


def test_sweeps_tables_and_figures(tmp_path: pathlib.Path) -> None:
    record = tmp_path / "own.record"
    told: list[float | None] = []
    table = onsager.sweep(STUDY, record=record, progress=lambda what, part: told.append(part))
    assert len(table) == 9 and record.exists() and "zeta_11" in table.names
    assert onsager.sweep(STUDY, record=record).to_csv() == table.to_csv()
    study = {
        "model": {"lambda": [1.0]},
        "x": {"parameter": "alpha", "from": 1.5, "to": 3.0, "points": 3},
        "y": {"parameter": "lambda", "from": 1.0, "to": 1.6, "points": 3},
    }
    assert np.array_equal(onsager.sweep(study)["zeta_11"], table["zeta_11"], equal_nan=True)
    file = tmp_path / "own.csv"
    table.to_csv(file)
    assert onsager.Table.read(file) == table == pickle.loads(pickle.dumps(table))
    frame = table.to_pandas()
    assert frame.attrs["seed"] == table.metadata["seed"]
    spec: dict[str, Any] = {
        "data": "own.csv",
        "panel": [
            {
                "x": {"label": "*λ*"},
                "y": {"label": "*ζ*"},
                "series": [
                    {"label": "theory", "kind": "line", "x": "lambda", "y": "zeta_11", "where": {"alpha": "3"}}
                ],
            }
        ],
    }
    drawn = onsager.figure(spec, table)
    assert drawn.svg.startswith("<svg") and drawn._repr_svg_() == drawn.svg
    drawn.save(tmp_path / "own.png")
    drawn.save(tmp_path / "own.svg")
    assert (tmp_path / "own.png").read_bytes().startswith(b"\x89PNG")
    mine = onsager.Table.of({"lambda": [1.0, 2.0], "zeta_11": [0.5, np.nan], "who": ["a", None]})
    assert np.array_equal(mine["zeta_11"], [0.5, np.nan], equal_nan=True)
    assert mine["who"] == ["a", None] and len(mine) == 2
    with pytest.raises(ValueError, match="who has 1"):
        onsager.Table.of({"lambda": [1.0, 2.0], "who": ["a"]})
    committed = onsager.Table.read(ROOT / "figures/fig1-left.csv")
    assert "<svg" in onsager.figure(ROOT / "figures/fig1-left.toml", committed).svg
    with pytest.raises(ValueError, match="must end with"):
        drawn.save(tmp_path / "own.pdf")
    with pytest.raises(onsager.InputError, match="zeta_99"):
        spec["panel"][0]["series"][0]["y"] = "zeta_99"
        onsager.figure(spec, table)
    with pytest.raises(onsager.InputError, match="column"):
        table["zeta"]


def test_sources_are_what_the_schemas_say() -> None:
    line = [sys.executable, str(ROOT / "python/generate.py"), "--check"]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def kinds_hold(value: Any, found: list[str]) -> None:
    """Every field has the type that its annotation says."""
    known = {**vars(onsager._answer), **vars(onsager.results)}
    hints = typing.get_type_hints(type(value), known)
    for name, hint in hints.items():
        if name.startswith("_") or isinstance(hint, property):
            continue
        own = getattr(value, name)
        if not of_kind(own, hint):
            found.append(f"{type(value).__name__}.{name}: {type(own).__name__} for {hint}")
        for part in own if isinstance(own, list) else [own]:
            if isinstance(part, onsager.Record):
                kinds_hold(part, found)


def of_kind(value: Any, hint: Any) -> bool:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any:
        return True
    if origin in (typing.Union, types.UnionType):
        return any(of_kind(value, one) for one in arguments)
    if origin is typing.Literal:
        return value in arguments
    if origin is list:
        return isinstance(value, list) and all(of_kind(one, arguments[0]) for one in value)
    if origin is np.ndarray:
        return isinstance(value, np.ndarray)
    if origin is dict:
        return isinstance(value, dict)
    if hint is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, hint)


@pytest.mark.filterwarnings("ignore::onsager.ReplicaSymmetryWarning")
def test_annotations_hold() -> None:
    data = np.random.default_rng(3).normal(size=(120, 30))
    data += 2.5 * np.outer(np.sign(data[:, 0]), np.ones(30)) / np.sqrt(30)
    more: list[Callable[[], Any]] = [
        lambda: onsager.compare(alpha=1.5, lam=0.8, d=100, instances=3),
        lambda: onsager.analyze(data=data, units=1, standardise="none", train="lbfgs", bootstrap=2),
        lambda: onsager.dmft(
            alpha=2, lam=1.5, iterations=3, log2_paths=6, path_sets=2, equal_times_only=True
        ),
        lambda: onsager.solve(alpha=2, lam=1, rsb="full"),
        lambda: onsager.solve(alpha=2, lam=[1.5, 0.2], start=["planted", "weak"]),
    ]
    found: list[str] = []
    for ask in [*(ask for ask, _ in ASKED), *more]:
        kinds_hold(ask(), found)
    assert not found, "\n".join(sorted(set(found)))
    for kind in vars(onsager.results).values():
        for inner in getattr(kind, "_kinds", {}).values():
            assert inner in ("dict", "array") or not issubclass(
                getattr(onsager.results, inner), onsager.Answer
            )


def test_records_are_what_was_obtained() -> None:
    answer = onsager.solve(alpha=2, lam=1.5)
    with pytest.raises(AttributeError, match="can't be set"):
        answer.seed = 5
    with pytest.raises(ValueError, match="read-only"):
        answer.solutions[0].zeta[0, 0] = 5.0
    answer.to_dict()["seed"] = 99
    assert answer.seed == 1 and dict(answer)["seed"] == 1 and "seed" in answer
    # A comparison without a prediction has no verdict.
    assert onsager.compare(alpha=1.5, lam=0.8, d=100, instances=3).verdict is None
    potential = onsager.Potential("scalar-rbm").solve(lam=1.5, hidden=onsager.Prior(atoms=[-1, 1]))
    assert potential.settings.parameters["lambda"] == 1.5
    table = answer.tables[0]
    again = pickle.loads(pickle.dumps(table))
    assert again.title == table.title and str(again) == str(table)
    assert again["entry"] == table["entry"] == ["11"] and "entry" in again and list(again) == table.names
    assert again._repr_html_() == table._repr_html_()
    odd = onsager.Table.of({"#a": ["1", "02"], "b": ["x\ry", "true"], "c": [True, None], "d": [1, None]})
    assert odd.names == ["#a", "b", "c", "d"] and odd["#a"] == ["1", "02"] and odd["b"][0] == "x\ry"
    assert odd["c"] == [True, None] and np.array_equal(odd["d"], [1, np.nan], equal_nan=True)
    with pytest.raises(onsager.InputError, match="a is inf"):
        onsager.Table.of({"a": [float("inf")]})
    with pytest.raises(TypeError, match="a is of type"):
        onsager.Table.of({"a": 1.0})


def test_docstrings_say_what_is_needed() -> None:
    for name in onsager._experiments.__all__:
        text = getattr(onsager, name).__doc__
        assert all(part in text for part in ("Parameters", "Returns", "Raises", "seed :")), name
        assert "`crate" not in text and "](" not in text, name

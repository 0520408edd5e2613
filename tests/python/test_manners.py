"""Errors, interrupts, threads, progress; thousands of calls with arguments that make no sense."""

import os
import pathlib
import random
import signal
import subprocess
import sys
import textwrap
import threading
import time
from typing import Any

import numpy as np
import onsager
import pytest


def refused(field: str | None, words: str, **arguments: Any) -> None:
    with pytest.raises(onsager.InputError, match=words) as caught:
        onsager.solve(**arguments)
    assert caught.value.field == field and isinstance(caught.value, ValueError)


def test_bad_input_names_the_argument() -> None:
    refused("alpha", "alpha is -1", alpha=-1, lam=1.5)
    refused("alpha", "alpha is NaN: must be a finite number", alpha=float("nan"), lam=1.5)
    refused("alpha", "missing", alpha=None, lam=1.5)
    refused("lam", "list of 0", alpha=2, lam=[])
    refused("units", "invalid type", alpha=2, lam=1.5, units=2.0)
    refused("units", "units is -3", alpha=2, lam=1.5, units=-3)
    refused("units", "9", alpha=2, lam=1.5, units=9)
    refused("hidden", "did you mean", alpha=2, lam=1.5, hidden="ternery")
    refused("visible_signal", "must be one of", alpha=2, lam=1.5, visible_signal="x")
    refused("alpha", "invalid type: string", alpha="two", lam=1.5)
    refused("threads", "must be a whole number", alpha=2, lam=1.5, threads=0)
    with pytest.raises(onsager.InputError, match=r"lam\[:, None\]"):
        onsager.solve(alpha=2, lam=np.linspace(1, 2, 50))
    with pytest.raises(TypeError, match="unexpected keyword argument 'lamda'"):
        onsager.solve(alpha=2, lamda=1.5)  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="lam is of type object"):
        onsager.solve(alpha=2, lam=object())  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="real numbers"):
        onsager.solve(alpha=np.array(["a"]), lam=1.5)
    for alpha, lam in [([2.0, 3.0], [1.5, 1.2]), (np.ones(3), np.linspace(1, 2, 20))]:
        with pytest.raises(onsager.InputError, match=r"lam\[:, None\]") as caught:
            onsager.solve(alpha=np.array(alpha), lam=np.array(lam))
        assert caught.value.field == "lam"
    with pytest.warns(UserWarning, match="for 5 signals"):
        onsager.solve(alpha=4, lam=np.linspace(1.2, 2, 5), max_iterations=1, random_starts=0)
    refused("start_m", "start M", alpha=2, lam=1.5, start_m=[[0.1, 0.2]])
    with pytest.raises(onsager.InputError) as sweep:
        onsager.sweep({})
    assert sweep.value.field == "x" and str(sweep.value).startswith("x is missing")
    with pytest.raises(TypeError, match="matrix is an array"):
        onsager.spectrum(matrix=np.ones((3, 3)))  # type: ignore[arg-type]
    with pytest.raises(onsager.InputError) as fit:
        onsager.GradientAscent(n_jobs=0).fit(np.random.default_rng(1).normal(size=(20, 5)))
    assert fit.value.field == "n_jobs"
    assert onsager.InputError("alone").field is None
    with pytest.raises(onsager.InputError, match="broadcast"):
        onsager.solve(alpha=np.ones(3), lam=np.ones((2, 1)))
    with pytest.raises(onsager.InputError, match="no such file|No such file"):
        onsager.analyze(data="nowhere.csv")
    with pytest.raises(TypeError, match="did you mean alpha"):
        onsager._onsager.ask("solve", {"alpah": 2})


def test_long_calls_leave_python_alone() -> None:
    """Another thread counts on while a simulation runs: the lock of the interpreter is free."""
    counted = 0
    done = threading.Event()

    def count() -> None:
        nonlocal counted
        while not done.is_set():
            counted += 1
            time.sleep(0.001)

    teller = threading.Thread(target=count)
    teller.start()
    began = time.monotonic()
    onsager.simulate(alpha=2, lam=1.5, d=600, instances=6, threads=1)
    spent = time.monotonic() - began
    done.set()
    teller.join()
    assert spent > 0.05 and counted > 0.2 * spent / 0.001, (counted, spent)


def test_threads_are_not_kept_for_ever() -> None:
    before = threading_count()
    for count in range(1, 30):
        onsager.solve(alpha=2, lam=1.5, threads=count)
    # Those of crews that are given up end on their own.
    time.sleep(1.0)
    assert threading_count() < before + 4 * 30


def threading_count() -> int:
    status = pathlib.Path("/proc/self/status")
    if not status.exists():
        pytest.skip("threads are counted in /proc")
    return int(status.read_text().split("Threads:")[1].split()[0])


def test_several_calls_at_once_do_not_mix() -> None:
    expected = [onsager.solve(alpha=2, lam=1.2 + at / 10).overlap for at in range(6)]
    found: list[Any] = [None] * 6

    def ask(at: int) -> None:
        found[at] = onsager.solve(alpha=2, lam=1.2 + at / 10).overlap

    threads = [threading.Thread(target=ask, args=(at,)) for at in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == expected


INTERRUPTED = """
import onsager, time
began = time.monotonic()
print("ready", flush=True)
try:
    {call}
except KeyboardInterrupt:
    print("stopped", time.monotonic(), flush=True)
    print(onsager.solve(alpha=2, lam=1.5).outcome, flush=True)
"""

LONG = {
    "samples": "import numpy as np; onsager.analyze(data=np.broadcast_to(np.arange(900.0), (10**7, 900))[:, ::3])",
    "simulation": 'onsager.simulate(alpha=2, lam=1.5, d=2000, instances=1000, record="{record}")',
    "fixed points": "import numpy as np; onsager.solve(alpha=np.linspace(1.5, 4, 10**6), lam=1.5)",
    "dynamics": "onsager.dmft(alpha=2, lam=1.5, iterations=300, log2_paths=16)",
    "beyond": "import numpy as np\n    for _ in range(1000): onsager.solve(alpha=2, lam=1, rsb='full')",
    "four units": "onsager.solve(alpha=3, lam=[1.5, 1.4, 1.3, 1.2], bias=[0.1] * 4, signal='skewed', log2_points=16)",
}


@pytest.mark.parametrize("name", LONG)
def test_an_interrupt_stops_within_half_a_second(name: str, tmp_path: pathlib.Path) -> None:
    record = tmp_path / "own.record"
    text = textwrap.dedent(INTERRUPTED).replace("{call}", LONG[name].replace("{record}", str(record)))
    process = subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "ready\n"
    time.sleep(2.0)
    told = time.monotonic()
    os.kill(process.pid, signal.SIGINT)
    word = process.stdout.readline().split()
    assert word, "ended before it was interrupted"
    assert word[0] == "stopped" and float(word[1]) - told < 0.5, word
    # The next call works as ever.
    assert process.stdout.readline() == "converged\n"
    assert process.wait(30) == 0
    if name == "simulation":
        kept = onsager.simulate(alpha=2, lam=1.5, d=2000, instances=1, record=record)
        assert kept.runs and record.exists()


def test_progress_is_told_and_its_errors_stop() -> None:
    told: list[tuple[str, float | None]] = []
    onsager.simulate(
        alpha=2, lam=1.5, d=800, instances=20, progress=lambda what, part: told.append((what, part))
    )
    parts = [part for _, part in told if part is not None]
    assert told and parts == sorted(parts) and all(0 <= part <= 1 for part in parts)

    def refuse(what: str, part: float | None) -> None:
        raise LookupError("enough")

    with pytest.raises(LookupError, match="enough"):
        onsager.simulate(alpha=2, lam=1.5, d=800, instances=20, progress=refuse)


def test_progress_bar(capfd: pytest.CaptureFixture[str]) -> None:
    onsager.simulate(alpha=2, lam=1.5, d=800, instances=20, progress=True)
    assert "%" in capfd.readouterr().err


def test_warnings_of_the_library_are_seen(tmp_path: pathlib.Path) -> None:
    record = tmp_path / "own.record"
    onsager.simulate(alpha=2, lam=1.5, d=60, instances=3, record=record)
    head, first, *rest = record.read_text().split("\n")
    record.write_text("\n".join([head, first.replace("1", "2"), *rest]))
    with pytest.warns(UserWarning, match="own.record: damaged"):
        onsager.simulate(alpha=2, lam=1.5, d=60, instances=3, record=record)


def test_a_forked_process_works_on() -> None:
    onsager.solve(alpha=2, lam=1.5)
    text = """
    import multiprocessing, onsager
    import numpy as np
    X = np.random.default_rng(1).normal(size=(400, 50))
    machine = onsager.Lbfgs().fit(X)
    def ask(lam):
        means = machine.transform(X)
        return float(onsager.solve(alpha=2, lam=lam).overlap[0, 0]), float(means[0, 0])
    expected = ask(1.5)
    with multiprocessing.get_context("fork").Pool(2) as pool:
        print(pool.map(ask, [1.5, 1.5]) == [expected, expected])
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(text)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout == "True\n", done.stderr


JUNK: list[Any] = [
    -1, 0, 1.5, 2.0, float("nan"), float("inf"), -float("inf"), 1e308, 10**30, -(10**30), 2**63, "", "x",
    "1.5", "\n", "a\nb", b"bytes", [], [[]], [1, [2]], [None], [float("nan")], ["a"], {}, {"a": 1}, {1: 2},
    (), (1, 2), set(), object(), object, True, False, 1j, np.float32(1.5), np.int8(-3), np.array([]),
    np.zeros((2, 0)), np.ones(3), np.ones((2, 2, 2)), np.array(["a"]), np.array([None]), np.array(1 + 1j),
    np.ones((2, 2))[::-1, ::-1], np.array([np.nan]), np.datetime64("2020-01-01"), pathlib.Path("nowhere"),
    "nowhere.toml", "rademacher(x=1)", range(3), lambda: None, Exception("x"),
]  # fmt: skip


def test_calls_that_make_no_sense_are_refused(tmp_path: pathlib.Path) -> None:
    """2000 calls: ValueError or TypeError or an answer, never a panic, and never a long wait."""
    os.chdir(tmp_path)
    chance = random.Random(1)
    names = onsager._experiments.__all__
    # Sizes that nobody waits for.
    small: dict[str, Any] = {"alpha": 2, "lam": 1.5, "d": 30, "instances": 2, "iterations": 3}
    small |= {"log2_paths": 6, "path_sets": 2, "epochs": 2, "rows": 3, "hidden_units": 2}
    heavy = {"d", "n", "instances", "epochs", "sweeps", "steps", "log2_paths", "points"}
    answered = 0
    for _ in range(1600):
        name = chance.choice(names)
        function = getattr(onsager, name)
        known = function.__code__.co_varnames[: function.__code__.co_kwonlyargcount]
        arguments = {key: value for key, value in small.items() if key in known}
        for key in chance.sample(known, 2):
            if key == "progress":
                continue
            value = chance.choice(JUNK)
            if key in heavy and isinstance(value, (int, float)) and value > 100:
                continue
            arguments[key] = value
        began = time.monotonic()
        try:
            function(**arguments)
            answered += 1
        except (ValueError, TypeError):
            pass
        assert time.monotonic() - began < 20, (name, arguments)
    for _ in range(400):
        value, other = chance.choice(JUNK), chance.choice(JUNK)
        call = chance.choice(["fit", "transform", "predict", "figure", "study", "potential", "prior"])
        try:
            if call == "fit":
                onsager.GradientAscent(units=other, max_iter=3).fit(value)
            elif call == "transform":
                rows = np.random.default_rng(1).normal(size=(20, 5))
                onsager.GradientAscent(max_iter=3).fit(rows).transform(value)
            elif call == "predict":
                onsager.AMP(units=other).predict_overlap(value)
            elif call == "figure":
                onsager.figure(value, other)
            elif call == "study":
                onsager.study(value, record=other if isinstance(other, pathlib.Path) else None)
            elif call == "potential":
                onsager.Potential(value, x=other).solve()
            else:
                onsager.solve(alpha=2, lam=1.5, hidden=onsager.Prior(atoms=value, log_mgf=other))
        except (ValueError, TypeError, OSError):
            pass
    assert answered < 1600

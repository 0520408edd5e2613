"""Time and memory of `onsager analyze` beside NumPy and scikit-learn, in one run.

    python3 benches/analyze.py target/release/onsager [ROWS COLUMNS [REPEATS]]

Needs numpy; scikit-learn where it is installed. Data: f32 NPY in a temporary folder, noise with three
planted directions and columns of unequal variance. Programs take turns; what is printed is the median
of each, the ratio to NumPy's `eigvalsh` of the covariance in the same run (reading of the file
included for all), and the largest memory that onsager used.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np


def data(rows, columns, path):
    """Rows in blocks: the file may be larger than half of the memory."""
    rng = np.random.default_rng(1)
    signs = rng.choice([-1.0, 1.0], size=(columns, 3)) / np.sqrt(columns)
    scale = rng.uniform(0.5, 2.0, size=columns)
    out = np.lib.format.open_memmap(path, "w+", dtype="<f4", shape=(rows, columns))
    for start in range(0, rows, 4096):
        count = min(4096, rows - start)
        signal = rng.choice([-1.0, 1.0], size=(count, 3)) * [2.0, 1.4, 1.0]
        out[start : start + count] = (signal @ signs.T + rng.standard_normal((count, columns))) * scale
    out.flush()


def memory(program, path):
    """Largest resident memory in MiB. Asked by a small process: a child counts that of its parent."""
    ask = (
        "import resource, subprocess, sys;"
        "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)"
    )
    command = [sys.executable, "-c", ask, program, "analyze", path]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def timed(run):
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def numpy_eigenvalues(path):
    x = np.load(path).astype(np.float64)
    x -= x.mean(axis=0)
    x /= x.std(axis=0)
    np.linalg.eigvalsh(x.T @ x / len(x))


def scikit_pca(path):
    from sklearn.decomposition import PCA

    PCA(10).fit(np.load(path))


def scikit_rbm(path):
    """Ten units, five epochs: an order of magnitude for what training costs there."""
    from sklearn.neural_network import BernoulliRBM

    x = np.load(path)
    BernoulliRBM(10, n_iter=5, batch_size=50).fit((x > 0).astype(np.float32))


def main():
    program = sys.argv[1]
    rows, columns = (int(word) for word in sys.argv[2:4]) if len(sys.argv) > 3 else (60_000, 784)
    repeats = int(sys.argv[4]) if len(sys.argv) > 4 else 3
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "data.npy")
        data(rows, columns, path)
        others = {"numpy eigvalsh": lambda: numpy_eigenvalues(path)}
        try:
            import sklearn  # noqa: F401

            others["scikit-learn PCA(10)"] = lambda: scikit_pca(path)
            others["scikit-learn BernoulliRBM(10)"] = lambda: scikit_rbm(path)
        except ImportError:
            print("scikit-learn is not installed: left out")
        def onsager(*flags):
            command = [program, "analyze", path, *flags]
            return lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

        runs = {
            "onsager analyze": onsager(),
            "onsager analyze --spectrum leading": onsager("--spectrum", "leading"),
        } | others
        peak = memory(program, path)
        times = {name: [] for name in runs}
        for _ in range(repeats):
            for name, run in runs.items():
                times[name].append(timed(run))
        base = statistics.median(times["numpy eigvalsh"])
        print(f"{rows} x {columns}, {repeats} runs each")
        for name, all_times in times.items():
            median = statistics.median(all_times)
            print(f"{name:22s} {median:8.2f} s  {median / base:6.2f} x numpy")
        print(f"onsager analyze: {peak:.0f} MiB at most (the matrix has {4 * rows * columns / 2**20:.0f})")


if __name__ == "__main__":
    main()

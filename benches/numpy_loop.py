"""The loop that one would write in NumPy: state evolution of one unit, point by point.

    python benches/numpy_loop.py [alpha]

prints the mean time of a point in microseconds, then that with 101 Gauss–Hermite nodes: the peers of
`cargo bench --bench solver`.
"""

from __future__ import annotations

import statistics
import sys
import time

import numpy as np

STEPS = np.linspace(-1.0, 1.0, 101)


def numpy_loop(alpha: float, lam: float) -> float:
    """State evolution of one unit ±1 by iteration from the signal, 101 nodes, to 1e-8 (theory.md
    section 3). Nodes are in z, where the integrand is smooth: Gauss–Hermite nodes in ω = z − V f(z)
    leave errors of 1e-3, and each needs a root."""
    m, q, v = 0.9, 1.0, 0.5
    for _ in range(2000):
        root = np.sqrt(q)
        width = 8.5 * root + 1.0
        z = lam * m + width * STEPS
        f = np.tanh(z)
        slope = 1 - f * f
        omega = (z - v * f - lam * m) / root
        weights = np.exp(-0.5 * omega * omega) * (1 - v * slope)
        weights *= (z[1] - z[0]) / (root * 2.5066282746310002)
        r = alpha * lam * (weights @ f)
        s = r * r + alpha * (weights @ (f * f))
        k = 1 / (alpha - alpha * (weights @ (slope / (1 - v * slope))))
        new = k * r, k * s * k, v + 0.5 * (min(k, 0.95) - v)
        change = max(abs(new[0] - m), abs(new[1] - q), abs(k - v))
        m, q, v = new
        if change < 1e-8:
            break
    return float(m / np.sqrt(q))


NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(101)
WEIGHTS = WEIGHTS / WEIGHTS.sum()


def gauss_hermite_loop(alpha: float, lam: float) -> float:
    """The same with Gauss–Hermite nodes in ω, each of which needs the root of z = ω + V tanh z."""
    m, q, v = 0.9, 1.0, 0.5
    z = np.zeros_like(NODES)
    for _ in range(2000):
        omega = lam * m + np.sqrt(q) * NODES
        for _ in range(100):
            f = np.tanh(z)
            step = (z - omega - v * f) / (1 - v * (1 - f * f))
            z = z - step
            if np.abs(step).max() < 1e-10:
                break
        f = np.tanh(z)
        slope = 1 - f * f
        r = alpha * lam * (WEIGHTS @ f)
        s = r * r + alpha * (WEIGHTS @ (f * f))
        k = 1 / (alpha - alpha * (WEIGHTS @ (slope / (1 - v * slope))))
        new = k * r, k * s * k, v + 0.5 * (min(k, 0.95) - v)
        change = max(abs(new[0] - m), abs(new[1] - q), abs(k - v))
        m, q, v = new
        if change < 1e-8:
            break
    return float(m / np.sqrt(q))


def main() -> None:
    alpha = float(sys.argv[1]) if len(sys.argv) > 1 else 2.0
    strengths = np.linspace(1.3, 2.2, 300)
    for one in (numpy_loop, gauss_hermite_loop):
        times = []
        for _ in range(5):
            began = time.perf_counter()
            for lam in strengths:
                one(alpha, lam)
            times.append((time.perf_counter() - began) / len(strengths))
        print(1e6 * statistics.median(times))


if __name__ == "__main__":
    main()

"""Speed of the Python module, as ratios in one run: many fixed points against a loop of numpy, and what a
call takes beyond the solution itself.

    python benches/python.py [points]
"""

from __future__ import annotations

import queue
import statistics
import sys
import threading
import time
import warnings

import numpy as np
import onsager
from numpy_loop import numpy_loop

def seconds(work: object) -> float:
    began = time.perf_counter()
    work()  # type: ignore[operator]
    return time.perf_counter() - began


def main() -> None:
    warnings.simplefilter("ignore")
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    lam = np.linspace(1.3, 2.2, count)
    some = lam[:: max(1, count // 200)]
    rounds = []
    for _ in range(5):
        many = seconds(lambda: onsager.solve(alpha=np.array([2.0]), lam=lam[:, None])) / count
        loop = seconds(lambda: [numpy_loop(2.0, own) for own in some]) / len(some)
        rounds.append((loop / many, many, loop))
    ratio, many, loop = statistics.median(rounds)
    solved = onsager.solve(alpha=np.array([2.0]), lam=some[:, None])
    apart = np.abs(solved.overlap[:, 0, 0] - [numpy_loop(2.0, own) for own in some]).max()
    print(f"one of {count} points: {1e6 * many:.0f} µs, numpy {1e6 * loop:.0f} µs: {ratio:.1f} × (largest difference {apart:.0e})")
    def beyond() -> float:
        began = time.perf_counter()
        inside = onsager.solve(alpha=2, lam=1.5).seconds
        return time.perf_counter() - began - (inside or 0.0)

    def whole() -> float:
        return seconds(lambda: onsager.solve(alpha=2, lam=1.5).overlap)

    calls = [statistics.median(one() for _ in range(500)) for one in (beyond, whole)]
    to, back = queue.SimpleQueue(), queue.SimpleQueue()
    threading.Thread(target=lambda: [back.put(one) for one in iter(to.get, None)], daemon=True).start()

    def there_and_back() -> float:
        time.sleep(0.002)
        return seconds(lambda: (to.put(1), back.get()))

    wakes = statistics.median(there_and_back() for _ in range(300))
    print(f"waking another thread, and being woken by it, on this machine: {1e6 * wakes:.0f} µs")
    print(f"one call of solve: {1e6 * calls[1]:.0f} µs, of which beyond the calculation {1e6 * calls[0]:.0f} µs")


if __name__ == "__main__":
    main()

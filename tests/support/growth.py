"""How the work for an input grows with its size: no verdict by seconds.

A machine that is busy, or slow, changes both times alike; what is compared is their ratio.
"""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable

#: What a straight line stays under, however disturbed, and a square exceeds.
LINEAR = 1.6


def growth(work: Callable[[int], object], size: int, times: int = 8) -> float:
    """Return the power of the size that the work grows by: about 1 when linear, 2 when square.

    Args:
        work: does it for an input of the given size.
        size: the smaller input; large enough to take some milliseconds.
        times: how many times as large the other one is.
    """
    return math.log(_least(work, size * times) / _least(work, size), times)


def _least(work: Callable[[int], object], size: int) -> float:
    """Return the least processor time of several tries, of which one is rarely disturbed."""
    tries = []
    for _ in range(3):
        gc.collect()
        begun = time.process_time()
        work(size)
        tries.append(time.process_time() - begun)
    return max(min(tries), 1e-6)
